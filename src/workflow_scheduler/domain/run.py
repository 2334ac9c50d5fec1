"""Runs, task runs and attempts: their states, and which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from .errors import Refused
from .events import Event
from .quick_dataclass import dataclass

__all__ = [
    "ATTEMPT_TRANSITIONS",
    "RUN_TRANSITIONS",
    "TASK_RUN_TRANSITIONS",
    "Attempt",
    "AttemptKey",
    "AttemptState",
    "Run",
    "RunState",
    "TaskRun",
    "TaskRunState",
    "transition",
]


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class TaskRunState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"  # between two attempts
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class AttemptState(StrEnum):
    READY = "ready"
    LAUNCHING = "launching"
    """An engine has claimed it and starts it when a process slot is free."""
    RUNNING = "running"
    CHECKING_OUTPUTS = "checking_outputs"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


_R, _T, _A = RunState, TaskRunState, AttemptState
_RUN_END = {_R.SUCCEEDED, _R.FAILED, _R.CANCELLED, _R.UNKNOWN}
_TASK_END = {_T.SUCCEEDED, _T.FAILED, _T.SKIPPED, _T.CANCELLED, _T.UNKNOWN}
_ATTEMPT_END = {_A.SUCCEEDED, _A.FAILED, _A.TIMED_OUT, _A.CANCELLED, _A.UNKNOWN}

RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    _R.QUEUED: frozenset({_R.RUNNING, _R.CANCELLED}),
    _R.RUNNING: frozenset(_RUN_END),
    **{state: frozenset[RunState]() for state in _RUN_END},
}
TASK_RUN_TRANSITIONS: Mapping[TaskRunState, frozenset[TaskRunState]] = {
    # A task that succeeded in the run that is retried is taken over as it was: pending -> succeeded.
    _T.PENDING: frozenset({_T.RUNNING, _T.SKIPPED, _T.CANCELLED, _T.SUCCEEDED}),
    _T.RUNNING: frozenset((_TASK_END - {_T.SKIPPED}) | {_T.WAITING}),
    _T.WAITING: frozenset({_T.RUNNING, _T.CANCELLED}),
    **{state: frozenset[TaskRunState]() for state in _TASK_END},
}
ATTEMPT_TRANSITIONS: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.READY: frozenset({_A.LAUNCHING, _A.CANCELLED}),
    # Back to ready: the operating system refused a process, and nothing was started.
    _A.LAUNCHING: frozenset({_A.READY, _A.RUNNING, _A.CHECKING_OUTPUTS} | _ATTEMPT_END),
    _A.RUNNING: frozenset({_A.CHECKING_OUTPUTS} | _ATTEMPT_END),
    _A.CHECKING_OUTPUTS: frozenset(_ATTEMPT_END),
    **{state: frozenset[AttemptState]() for state in _ATTEMPT_END},
}


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one workflow version. Times are UTC."""

    id: str
    workflow_id: str
    version: int
    state: RunState
    queued_at: datetime
    reason: str = ""
    schedule_id: str | None = None
    nominal: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exclusive: bool = False
    """Starts only when no other run of its schedule is in progress, or of its workflow, as `exclusive_scope` says."""
    exclusive_scope: str = "schedule"
    retry_of: str | None = None
    engine_id: int | None = None
    cancel_reason: str | None = None
    """Set when its cancellation was requested; the engine carries it out."""
    started_by: str = ""
    """Who or what started it: "schedule", "local:NAME", a user, a token or a webhook."""
    cause: str = ""
    """Why this run exists, as known when it was queued; kept when it ends."""
    params: Mapping[str, Any] | None = None
    """The values of its parameters, resolved when it was created; None if its workflow had none."""
    timezone: str | None = None
    """The zone of its schedule; None for that of the home."""
    due: datetime | None = None
    """When its fire was due, if not at its nominal time."""
    backfill_id: str | None = None
    """The backfill that it belongs to."""

    @property
    def over(self) -> bool:
        return self.state in _RUN_END


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One task within one run."""

    run_id: str
    task_id: str
    position: int
    state: TaskRunState = TaskRunState.PENDING
    reason: str = ""
    attempts: int = 0
    """Number of attempts so far."""
    recoveries: int = 0
    """Number of those with an unknown result, which do not count against the retry limit."""
    retry_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def over(self) -> bool:
        return self.state in _TASK_END


class AttemptKey(NamedTuple):
    """Which attempt; `number` counts those of the task in the run, from 1."""

    run_id: str
    task_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a task run. `outputs` holds a path, the proof and the reason for each output file."""

    run_id: str
    task_id: str
    number: int
    state: AttemptState = AttemptState.READY
    reason: str = ""
    engine_id: int | None = None
    exit_code: int | None = None
    pid: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    facts: Mapping[str, Any] | None = None
    """What was true when its command began; None until it has ended, or if it never began."""

    @property
    def key(self) -> AttemptKey:
        return AttemptKey(self.run_id, self.task_id, self.number)

    @property
    def over(self) -> bool:
        return self.state in _ATTEMPT_END


_Thing = TypeVar("_Thing", Run, TaskRun, Attempt)
_State = RunState | TaskRunState | AttemptState


def transition(
    thing: _Thing, to: _State, at: datetime, reason: str = "", *, workflow_id: str, **changes: Any
) -> tuple[_Thing, Event]:
    """Return the object in its new state with these `changes`, and the event about it; Refused if `to` may not
    follow.

    `started_at` and `finished_at` are set from `at` unless an observer of the actual time has set them.
    """
    noun, table = _TABLES[type(thing)]
    if to not in table[thing.state]:
        raise Refused(f"This {noun} is {thing.state.value} and cannot become {to.value}; reload it.")
    changes |= {"state": to, "reason": reason}
    if to.value == "running" and changes.get("started_at", thing.started_at) is None:
        changes["started_at"] = at
    if not table[to]:
        changes["finished_at"] = changes.get("finished_at") or thing.finished_at or at
    event = Event(
        at=at,
        kind=f"{noun}.{to.value}",
        workflow_id=workflow_id,
        run_id=thing.id if isinstance(thing, Run) else thing.run_id,
        task_id=None if isinstance(thing, Run) else thing.task_id,
        attempt=thing.number if isinstance(thing, Attempt) else None,
        schedule_id=thing.schedule_id if isinstance(thing, Run) else None,
        reason=reason,
    )
    return _changed(thing, changes), event


def _changed(thing: _Thing, changes: Mapping[str, Any]) -> _Thing:
    """As `dataclasses.replace`, in half the time: the engine spends much of its own here."""
    new = object.__new__(type(thing))
    for name in type(thing).__slots__:
        object.__setattr__(new, name, changes[name] if name in changes else getattr(thing, name))
    return new


_TABLES: Mapping[type, tuple[str, Mapping[Any, frozenset[Any]]]] = {
    Run: ("run", RUN_TRANSITIONS),
    TaskRun: ("task", TASK_RUN_TRANSITIONS),
    Attempt: ("attempt", ATTEMPT_TRANSITIONS),
}
