"""Requests that count once, however often they are sent: the same key gives the same run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.storage import hooks as store
from workflow_scheduler.storage.database import Connection

from .secret import digest

__all__ = ["Once", "Repeated"]

REMEMBERED = timedelta(days=1)


class Repeated(Exception):
    """The request was made before, and started this run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(run_id)
        self.run_id = run_id


class Once:
    """`check` and `keep` are for the transaction that starts the run. `whose` keeps the keys of different people apart,
    and `request` is what was asked for: a key that is sent with something else starts nothing."""

    def __init__(self, key: str | None, whose: str, request: str, run_id: str, now: datetime) -> None:
        self._key = digest(f"{whose}\n{key}") if key else None
        self._request = digest(f"{whose}\n{key}\n{request}")
        self._run_id = run_id
        self._now = now

    @property
    def check(self) -> Callable[[Connection], None] | None:
        """Raises Repeated for a key that was seen."""
        return None if self._key is None else self._look

    @property
    def keep(self) -> Callable[[Connection], None] | None:
        return None if self._key is None else self._remember

    def _look(self, db: Connection) -> None:
        if self._key is not None and (found := store.run_of_key(db, self._key, self._now)):
            if store.run_of_key(db, self._request, self._now) is None:
                raise InvalidInput("This Idempotency-Key came with another request before; take a new key for each.")
            raise Repeated(found)

    def _remember(self, db: Connection) -> None:
        if self._key is not None:
            for key in (self._key, self._request):
                store.keep_request_key(db, key, self._run_id, self._now, self._now + REMEMBERED)
