"""What wakes the loop: APScheduler's timers, and a loopback socket that other processes send a byte to."""

from __future__ import annotations

import contextlib
import enum
import logging
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from .wake_signal import nudge

__all__ = ["HEARTBEAT", "LOOK", "PLAN_AT_LEAST", "UPKEEP", "Hint", "Wakeups"]

HEARTBEAT = 10
"""Seconds between two signs of life in the database."""
LOOK = 1
"""Seconds between two looks for changes whose wake-up was lost."""
PLAN_AT_LEAST = timedelta(seconds=10)
"""The planner looks this often at the clock, however far the next fire is: clocks are set, machines sleep."""
UPKEEP = 600
"""Seconds between two rounds of upkeep."""
_NOT_YET = datetime.min.replace(tzinfo=UTC)
_log = logging.getLogger(__name__)


class Hint(enum.Enum):
    """Why the loop wakes. A hint may be lost: the next look, a second later, finds the same."""

    LOOK = "look"
    CHANGED = "changed"
    BEAT = "beat"


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Again so many seconds from now. APScheduler's own interval lists every moment that was missed before it leaves out
    all but one: with a clock that is set to the year 2200, billions."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return max(previous_fire_time or now, now) + self._interval


class Wakeups:
    """Calls `look`, `plan` and `beat` in time, and `changed` when another process says so. Each must be quick;
    `upkeep` need not be, and has a thread of its own."""

    def __init__(
        self,
        *,
        look: Callable[[], None],
        plan: Callable[[], None],
        beat: Callable[[], None],
        changed: Callable[[], None],
        upkeep: Callable[[], None],
    ) -> None:
        self._jobs = {"look": (look, LOOK), "plan": (plan, PLAN_AT_LEAST.seconds), "beat": (beat, HEARTBEAT)}
        self._changed = changed
        self._upkeep = upkeep
        self._timers: BackgroundScheduler | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._listener: threading.Thread | None = None
        self._closed = False
        self._plan_at = _NOT_YET

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def keep_going(self) -> None:
        """Start the threads, or start again one that died."""
        timers = self._timers
        if timers is None or not timers._thread.is_alive():  # its `running` stays true when its thread is dead
            if timers is not None:
                _log.error("The timers' thread had died and was started again")
            self._plan_at = _NOT_YET
            self._timers = self._start_timers()
        if self._listener is None or not self._listener.is_alive():
            self._listener = threading.Thread(target=self._listen, name="wake-ups", daemon=True)
            self._listener.start()

    def plan_at(self, moment: datetime | None, now: datetime) -> None:
        """Have `plan` called at the moment, and in any case within `PLAN_AT_LEAST`."""
        latest = now + PLAN_AT_LEAST
        at = latest if moment is None else min(moment, latest)
        # A timer that rings too early costs one look; to move it in every pass would cost each pass more than that.
        if self._timers is not None and not now < self._plan_at <= at:
            self._plan_at = at
            self._timers.modify_job("plan", next_run_time=at)

    def start_over(self) -> None:
        """After the clock was set: timers that wait for a moment of the old clock would be silent until that comes."""
        self._plan_at = _NOT_YET
        if self._timers is not None:
            for name, (_, seconds) in self._jobs.items():
                self._timers.reschedule_job(name, trigger=_Every(seconds))

    def close(self) -> None:
        self._closed = True
        if self._timers is not None:
            self._timers.shutdown(wait=False)
        with contextlib.suppress(OSError):
            nudge(self.port)
        if self._listener is not None:
            self._listener.join(1)
        self._socket.close()

    def _start_timers(self) -> BackgroundScheduler:
        # The other calls only put a word into a queue: they are made in the timers' own thread.
        executors = {"default": DebugExecutor(), "upkeep": ThreadPoolExecutor(1)}
        timers = BackgroundScheduler(timezone=UTC, executors=executors)
        timers.add_job(self._upkeep, _Every(UPKEEP), executor="upkeep", misfire_grace_time=None)
        for name, (call, seconds) in self._jobs.items():
            timers.add_job(call, _Every(seconds), id=name, misfire_grace_time=None, coalesce=True)
        timers.start()
        return timers

    def _listen(self) -> None:
        while not self._closed:
            try:
                self._socket.recv(16)
            except OSError:
                continue  # Windows reports a sender that is gone
            self._changed()
