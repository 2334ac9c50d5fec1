"""Makes repeated requests count once: the same key returns the first result."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.operations.access.secret import digest
from workflow_scheduler.storage import webhooks as store
from workflow_scheduler.storage.database import Connection

__all__ = ["Once", "Repeated"]

REMEMBERED = timedelta(days=1)


class Repeated(Exception):
    """The request was already processed; `made` names its result."""

    def __init__(self, made: str) -> None:
        super().__init__(made)
        self.made = made


class Once:
    """`check` and `keep` belong in the transaction that creates `made`, such as a run; without a key they do nothing.

    `whose` separates the keys of different users, and `request` is the request itself: a key sent with a different
    request is refused.
    """

    def __init__(self, key: str | None, whose: str, request: str, made: str, now: datetime) -> None:
        self._key = digest(f"{whose}\n{key}") if key else None
        self._request = digest(f"{whose}\n{key}\n{request}")
        self.made = made
        self._now = now

    def check(self, db: Connection) -> None:
        """Repeated if the key was already used."""
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
