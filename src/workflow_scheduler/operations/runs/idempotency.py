"""Requests that count once, however often they are sent: the same key gives what was made before."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.operations.access.secret import digest
from workflow_scheduler.storage import webhooks as store
from workflow_scheduler.storage.database import Connection

__all__ = ["Once", "Repeated"]

REMEMBERED = timedelta(days=1)


class Repeated(Exception):
    """The request was made before, and `made` is the name of what it made."""

    def __init__(self, made: str) -> None:
        super().__init__(made)
        self.made = made


class Once:
    """`check` and `keep` are for the transaction that makes what is named `made`, such as a run; without a key they do nothing.

    `whose` keeps the keys of different people apart, and `request` is what was asked for: a key that is sent with something
    else makes nothing.
    """

    def __init__(self, key: str | None, whose: str, request: str, made: str, now: datetime) -> None:
        self._key = digest(f"{whose}\n{key}") if key else None
        self._request = digest(f"{whose}\n{key}\n{request}")
        self.made = made
        self._now = now

    def check(self, db: Connection) -> None:
        """Raises Repeated for a key that was seen."""
        if self._key is not None and (found := store.run_of_key(db, self._key, self._now)):
            if store.run_of_key(db, self._request, self._now) is None:
                raise InvalidInput(
                    "This Idempotency-Key was already used for another request; use a new key for each request."
                )
            raise Repeated(found)

    def keep(self, db: Connection) -> None:
        if self._key is not None:
            for key in (self._key, self._request):
                store.keep_request_key(db, key, self.made, self._now, self._now + REMEMBERED)
