"""Gives monitors the signs that wait: in their order for each subject, so that a slow monitor delays no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.notifiers.ping import ping
from workflow_scheduler.secrets.sources import SecretUnavailable, resolved
from workflow_scheduler.storage import pings as store
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.pings import WaitingPing
from workflow_scheduler.system.crash_points import crash_point

__all__ = ["Pinger"]

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(hours=1)
"""A monitor has given alarm itself by then."""
MOST_AT_ONCE = 8
BATCH = 200
_LONGEST_ERROR = 500
_log = logging.getLogger(__name__)


class Pinger:
    """`allow_private`: whether monitors may be in the own network. `wake`: called when a subject is free again."""

    def __init__(
        self,
        database: Database,
        home: Path,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        *,
        allow_private: bool,
    ) -> None:
        self._database = database
        self._home = home
        self._clock = clock
        self._wake = wake
        self._allow_private = allow_private
        self._busy: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._next_at: datetime | None = None

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Begin to give what is due. Returns when the next one is."""
        if not hinted and (self._next_at is None or self._next_at > now):
            return self._next_at
        with self._lock:
            busy = sorted(self._busy)
        due, next_at = self._database.read(
            lambda db: (store.due_pings(db, now, busy, BATCH), store.next_ping(db, busy))
        )
        waiting = sorted(due, key=lambda one: (one.ping.subject, one.id))
        for subject, mine in groupby(waiting, key=lambda one: one.ping.subject):
            if len(busy) < MOST_AT_ONCE:
                busy.append(subject)
                self._begin(subject, list(mine))
        self._next_at = next_at if next_at is None or next_at > now else None  # else it is being given
        return self._next_at

    def close(self, patience: float = 5.0) -> None:
        """Wait a little for what is being given; the next scheduler gives the rest."""
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(patience / len(threads))

    def _begin(self, subject: str, waiting: list[WaitingPing]) -> None:
        thread = threading.Thread(target=self._give, args=(subject, waiting), name="ping", daemon=True)
        with self._lock:
            self._busy[subject] = thread
        thread.start()

    def _give(self, subject: str, waiting: list[WaitingPing]) -> None:
        try:
            for one in waiting:
                if not self._give_one(one):
                    break
        except Exception:
            _log.exception("The ping of %s could not be given", subject)
        finally:
            with self._lock:
                del self._busy[subject]
            self._wake()

    def _give_one(self, one: WaitingPing) -> bool:
        if self._clock() - one.ping.created_at > GIVEN_UP_AFTER:
            # The scheduler did not run meanwhile: a monitor would take it for what is so now.
            self._put_off(one, "No scheduler ran that could give it in time.", retry=False)
            return True
        try:
            address = resolved(one.ping.address, self._home)
            ping(address, one.ping.sign, one.ping.words, allow_private=self._allow_private)
        except (DeliveryFailed, SecretUnavailable) as error:
            self._put_off(one, str(error)[:_LONGEST_ERROR], retry=getattr(error, "retry", True))
            return False
        crash_point("ping.given")
        self._database.write(lambda db: store.given(db, one))
        return True

    def _put_off(self, one: WaitingPing, error: str, *, retry: bool) -> None:
        now = self._clock()
        pause = min(FIRST_PAUSE * 2 ** min(one.tries, 20), LONGEST_PAUSE)
        again = retry and now + pause - one.ping.created_at <= GIVEN_UP_AFTER
        then = f"tried again in {pause.total_seconds():g} s" if again else "given up"
        _log.log(
            logging.WARNING if again else logging.ERROR, "The ping of %s failed (%s): %s", one.ping.subject, then, error
        )
        self._database.write(lambda db: store.postpone(db, one, error, now + pause if again else None))
