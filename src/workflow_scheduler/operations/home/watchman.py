"""Looks at the scheduler from outside, and tells people when it does not do its work: once, and once when it works again."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.condition import condition_of
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.storage import health, planner_pause, queries_due
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.json_file import read_json, write_json

from .planned_stop import PlannedStop, planned_stop
from .presence import check_home
from .running import running_scheduler

__all__ = ["PATIENCE", "Finding", "Notice", "Trouble", "Watch", "look", "watch"]

PATIENCE = timedelta(minutes=2)
"""For this long a heartbeat may be missing, and a fire be overdue."""
_NAME = "watchman.json"
_LONGEST = 1_000
_MOST = 100


class Trouble(StrEnum):
    """What keeps the scheduler from its work. The values are stable codes."""

    NOT_RUNNING = "not_running"
    STOPPED_TOO_LONG = "stopped_too_long"
    NOT_RESPONDING = "not_responding"
    DATABASE = "database"
    NOT_PLANNING = "not_planning"

    @property
    def sentence(self) -> str:
        """Without details, which are for those who may sign in."""
        return _SENTENCES[self]


_SENTENCES = {
    Trouble.NOT_RUNNING: "The scheduler is not running.",
    Trouble.STOPPED_TOO_LONG: "The scheduler was stopped, and did not start again in time.",
    Trouble.NOT_RESPONDING: "The scheduler does not respond.",
    Trouble.DATABASE: "The scheduler cannot use its database.",
    Trouble.NOT_PLANNING: "The scheduler does not plan: fires are overdue.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the scheduler. `trouble` is None while it works, or is stopped as planned."""

    trouble: Trouble | None
    words: str


def look(home: Path, database: Database, now: datetime) -> Finding:
    """Judge by the lock, the heartbeat and the schedules."""
    found, stop = running_scheduler(home), planned_stop(home)
    if found is None and stop is not None:
        return _stopped(stop, now)
    try:
        check_home(home, database)
        database.open()
        condition = condition_of(database, found, now)
        if not condition.running:
            last = database.read(lambda db: health.last_heartbeat(db, "scheduler"))
            since = f" Its last heartbeat was at {_moment(last)}." if last is not None else ""
            return Finding(Trouble.NOT_RUNNING, f"The scheduler is not running.{since}")
        if condition.silent_since is not None and now - condition.silent_since > PATIENCE:
            return Finding(Trouble.NOT_RESPONDING, condition.problem())
        if condition.ending is None and (overdue := database.read(lambda db: _overdue(db, now))):
            names = f"{overdue[0]} and {len(overdue) - 1} more" if len(overdue) > 1 else overdue[0]
            minutes = PATIENCE // timedelta(minutes=1)
            return Finding(
                Trouble.NOT_PLANNING, f"The scheduler runs and plans nothing: {names} overdue for {minutes} minutes."
            )
    except SchedulerError as error:
        state = "is not running, and its" if found is None else f"(pid {found.pid}) runs, and its"
        return Finding(Trouble.DATABASE, f"The scheduler {state} database cannot be used: {error}"[:_LONGEST])
    beat = f"; its last heartbeat was at {_moment(condition.heartbeat)}" if condition.heartbeat else ""
    return Finding(None, f"The scheduler works (pid {condition.pid}{beat}).")


def _stopped(stop: PlannedStop, now: datetime) -> Finding:
    stopped = f"The scheduler was stopped at {_moment(stop.since)} by {stop.by} until {_moment(stop.until)}"
    if now <= stop.until:
        return Finding(None, f"{stopped}.")
    return Finding(Trouble.STOPPED_TOO_LONG, f"{stopped}, and is still not running.")


def _overdue(db: Connection, now: datetime) -> list[str]:
    if planner_pause.paused(db):
        return []
    late = queries_due.late_schedules(db, now - PATIENCE, _MOST)
    return [schedule.id for schedule in late if not problem_with(schedule)]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


@dataclass(frozen=True, slots=True)
class Watch:
    """What was found, since when, and which channels this look has told of it. `failed`: why a channel could not be told."""

    trouble: Trouble | None
    words: str
    since: datetime
    told: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What a channel is told. `since`: when the trouble was found first. `key`: the same for each try."""

    words: str
    works: bool
    since: datetime

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.since.isoformat()} {self.works}".encode()).hexdigest()[:32]


Send = Callable[[str, Notice], None]
"""Sends it to the channel of that name. SchedulerError."""


def watch(
    home: Path,
    now: datetime,
    look_now: Callable[[], Finding],
    pause: Callable[[], None],
    channels: Collection[str],
    send: Send,
) -> Watch:
    """Look, and tell what changed since the last look. What could not be told is told by the next one. OSError if what was
    told cannot be remembered."""
    memory = _Memory.of(home)
    found = look_now()
    if found.trouble is not None and memory is None:  # a scheduler that is just being restarted is no trouble
        pause()
        found = look_now()
    place = f"(the home {home} on {socket.gethostname()})"
    if found.trouble is not None:
        memory = memory or _Memory(now)
        told, failed = _tell(
            [name for name in channels if name not in memory.told],
            Notice(f"{found.words} {place}", False, memory.since),
            send,
        )
        replace(memory, told=(*memory.told, *told)).write(home)
        return Watch(found.trouble, found.words, memory.since, told, failed)
    if memory is None:
        return Watch(None, found.words, now)
    # Only who knows of the trouble is told of its end.
    words = f"The scheduler works again after {_span(now - memory.since)}. {place}"
    told, failed = _tell([name for name in memory.told if name in channels], Notice(words, True, memory.since), send)
    if failed:
        replace(memory, told=tuple(name for name in memory.told if name not in told)).write(home)
    else:
        (home / _NAME).unlink(missing_ok=True)
    return Watch(None, found.words, now, told, failed)


def _tell(names: Iterable[str], notice: Notice, send: Send) -> tuple[tuple[str, ...], tuple[str, ...]]:
    told, failed = [], []
    for name in names:
        try:
            send(name, notice)
        except SchedulerError as error:
            failed.append(f"{name}: {error}")
        else:
            told.append(name)
    return tuple(told), tuple(failed)


def _span(span: timedelta) -> str:
    minutes = max(0, span // timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class _Memory:
    """A trouble that lasts, and the channels that know of it."""

    since: datetime
    told: tuple[str, ...] = ()

    @classmethod
    def of(cls, home: Path) -> _Memory | None:
        found = read_json(home / _NAME)
        try:
            return cls(datetime.fromisoformat(found["since"]).astimezone(UTC), tuple(map(str, found["told"])))
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def write(self, home: Path) -> None:
        write_json(home / _NAME, {"since": self.since.isoformat(), "told": self.told})
