"""Looks at the scheduler from outside, and tells people when it does not do its work: once, and once when it works again."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.operations.condition import condition_of
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.storage import health, planner_pause, queries_schedules
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.json_file import read_json, write_json

from .planned_stop import PlannedStop, planned_stop
from .presence import check_home
from .running import running_scheduler

__all__ = ["PATIENCE", "Finding", "Trouble", "Watch", "look", "watch"]

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
    late = queries_schedules.late_schedules(db, now - PATIENCE, _MOST)
    return [schedule.id for schedule in late if not problem_with(schedule)]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


@dataclass(frozen=True, slots=True)
class Watch:
    """What was found, since when, and whom this look has told of it. `failed`: why somebody could not be told."""

    trouble: Trouble | None
    words: str
    since: datetime
    told: tuple[str, ...] = ()
    failed: str = ""


Tell = Callable[[str, bool], tuple[str, ...]]
"""Tells people the sentence, and whether the scheduler works again; returns the names of those told. SchedulerError."""


def watch(home: Path, now: datetime, look_again: Callable[[], Finding], pause: Callable[[], None], tell: Tell) -> Watch:
    """Look, and tell what changed since the last look. What could not be told is told by the next look. OSError if what was
    told cannot be remembered."""
    known = _Memory.of(home)
    found = look_again()
    if found.trouble is not None and known is None:  # a scheduler that is just being restarted is no trouble
        pause()
        found = look_again()
    place = f"(the home {home} on {socket.gethostname()})"
    if found.trouble is not None:
        memory = known or _Memory(now, told=False)
        if memory.told:
            return Watch(found.trouble, found.words, memory.since)
        _Memory(memory.since, told=False).write(home)
        told, failed = _told(tell, f"{found.words} {place}", works=False)
        if told:
            _Memory(memory.since, told=True).write(home)
        return Watch(found.trouble, found.words, memory.since, told, failed)
    if known is None:
        return Watch(None, found.words, now)
    told, failed = (), ""
    if known.told:
        since = f"after {_span(now - known.since)}"
        told, failed = _told(tell, f"The scheduler works again {since}. {place}", works=True)
    if not failed:
        (home / _NAME).unlink(missing_ok=True)
    return Watch(None, found.words, now, told, failed)


def _told(tell: Tell, words: str, *, works: bool) -> tuple[tuple[str, ...], str]:
    try:
        return tell(words, works), ""
    except SchedulerError as error:
        return (), str(error)


def _span(span: timedelta) -> str:
    minutes = max(0, span // timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class _Memory:
    """A trouble that lasts."""

    since: datetime
    told: bool

    @classmethod
    def of(cls, home: Path) -> _Memory | None:
        found = read_json(home / _NAME)
        try:
            return cls(datetime.fromisoformat(found["since"]).astimezone(UTC), found["told"] is True)
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def write(self, home: Path) -> None:
        write_json(home / _NAME, {"since": self.since.isoformat(), "told": self.told})
