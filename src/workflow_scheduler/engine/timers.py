"""APScheduler's timers, in a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

__all__ = ["Timers"]


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires this many seconds from now. APScheduler's own interval enumerates every missed time before it drops
    all but one: with a clock set to the year 2200, billions."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return max(previous_fire_time or now, now) + self._interval


class Timers:
    """Makes each of the named `calls`, which must be quick, and the slow one whenever its seconds have passed."""

    def __init__(
        self, calls: Mapping[str, tuple[Callable[[], None], float]], slow: tuple[Callable[[], None], float]
    ) -> None:
        self._seconds = {name: seconds for name, (_, seconds) in calls.items()}
        # The quick ones run in the timers' own thread.
        executors = {"default": DebugExecutor(), "slow": ThreadPoolExecutor(1)}
        self._scheduler = BackgroundScheduler(timezone=UTC, executors=executors)
        self._scheduler.add_job(slow[0], _Every(slow[1]), executor="slow", misfire_grace_time=None)
        for name, (call, seconds) in calls.items():
            self._scheduler.add_job(call, _Every(seconds), id=name, misfire_grace_time=None, coalesce=True)
        self._scheduler.start()

    @property
    def alive(self) -> bool:
        return bool(self._scheduler._thread.is_alive())  # its `running` stays true when its thread is dead

    def move(self, name: str, at: datetime) -> None:
        """Make this call at that time instead of the next."""
        self._scheduler.modify_job(name, next_run_time=at)

    def start_over(self) -> None:
        """Count the seconds of all calls from now."""
        for name, seconds in self._seconds.items():
            self._scheduler.reschedule_job(name, trigger=_Every(seconds))

    def close(self) -> None:
        self._scheduler.shutdown(wait=False)
