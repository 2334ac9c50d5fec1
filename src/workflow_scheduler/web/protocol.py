"""HTTP for strangers: a connection that does not say what it wants in time is closed."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]

HEADER_SECONDS = 15.0


class PatientProtocol(H11Protocol):
    """uvicorn itself waits for ever for the first request of a connection, and for the rest of a later one."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._be_patient()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # such as the rest of a head that was too long, and is answered
        super().data_received(data)
        if self._asked():
            self._lose_patience()
        elif self._patience is None:
            self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose_patience()
        super().connection_lost(exc)

    def _asked(self) -> bool:
        """Whether a whole head came, that is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(HEADER_SECONDS, self._close_if_silent)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _close_if_silent(self) -> None:
        self._patience = None
        if not self._asked():
            self.transport.abort()
