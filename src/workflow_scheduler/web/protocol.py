"""HTTP for untrusted clients: a connection that sends its request or reads its answer too slowly is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]

HEADER_SECONDS = 15.0
WRITE_SECONDS = 60.0
"""For which somebody may take nothing of what is sent."""


class PatientProtocol(H11Protocol):
    """uvicorn waits forever for a connection's first request, for the rest of a later one, and for a reader. Idle
    connections of this class make room for others."""

    _patience: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None

    def __init__(self, *, group: str, left: Callable[[PatientProtocol], None], **about: Any) -> None:
        super().__init__(**about)
        self.group = group
        self.silent_since = self.loop.time()
        self._left = left
        self._over = False

    @property
    def busy(self) -> bool:
        """Whether a complete request has come and is being answered."""
        return self._has_head() and self.conn.their_state is not h11.SEND_BODY

    def end(self) -> None:
        self._over = True
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._over:  # while TLS was being agreed on
            transport.abort()
        self._be_patient()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # such as the rest of a head that was too long, and is answered
        super().data_received(data)
        if self._has_head():
            self._lose_patience()
        elif self._patience is None:
            self._be_patient()

    def on_response_complete(self) -> None:
        self.silent_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose_patience()
        if self._writing is not None:
            self._writing.cancel()
        super().connection_lost(exc)
        self._left(self)

    def _has_head(self) -> bool:
        """Whether a complete head has come and is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(HEADER_SECONDS, self._close_if_silent)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _close_if_silent(self) -> None:
        self._patience = None
        if not self._has_head():
            self.transport.abort()
