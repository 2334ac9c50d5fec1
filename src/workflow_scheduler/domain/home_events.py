"""Events that concern the home as a whole: they name no workflow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from .durations import format_duration
from .events import Event

__all__ = ["disk_event", "pause_event", "restart_event", "worker_back_event", "worker_silent_event"]


class _Ended(Protocol):
    @property
    def heartbeat_at(self) -> datetime: ...


def disk_event(at: datetime, min_free: int) -> Event:
    words = f"The home's disk has less than {min_free // 1_000_000} MB free (MIN_FREE_MB): no task is started."
    return Event(at, "disk.low", "", reason=words)


def pause_event(at: datetime, by: str, *, paused: bool) -> Event:
    if not paused:
        return Event(at, "planner.resumed", "", reason="All schedules were resumed.")
    return Event(at, "planner.paused", "", reason=f"All schedules were paused by {by}.")


def restart_event(at: datetime, ended: Sequence[_Ended]) -> Event:
    """`ended`: the schedulers that were not stopped."""
    last = max(engine.heartbeat_at for engine in ended)
    words = f"The previous scheduler ended without being stopped; its last heartbeat was at {last:%Y-%m-%d %H:%M:%SZ}."
    return Event(at, "scheduler.restarted", "", reason=words)


def worker_silent_event(at: datetime, name: str, since: datetime) -> Event:
    words = f"Machine {name} has been silent since {since:%Y-%m-%d %H:%M:%SZ}; what it runs is waited for."
    return Event(at, "worker.offline", "", task_id=name, reason=words)


def worker_back_event(at: datetime, name: str, since: datetime, until: datetime) -> Event:
    silent = format_duration(max(0, round((until - since).total_seconds())))
    return Event(at, "worker.online", "", task_id=name, reason=f"Machine {name} is back, after {silent} of silence.")
