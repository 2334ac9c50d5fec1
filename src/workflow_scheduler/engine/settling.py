"""Turns reports into rows: the effect of an attempt's progress or end on its task and run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import datetime

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.plan import judge
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, TaskRunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.base import (
    AttemptSpec,
    CheckingOutputs,
    NotLaunched,
    Outcome,
    Report,
    Started,
    Unreachable,
)
from workflow_scheduler.storage.sightings import TIMEOUT, Sighting

from .lengths import Length
from .output_guard import OutputGuard
from .unit_of_work import UnitOfWork

__all__ = ["Pass", "cancel_running", "settle"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pass:
    """The decisions of one pass. They take effect in memory and on processes only after the commit."""

    ledger: UnitOfWork
    launch: list[AttemptSpec] = field(default_factory=list)
    stop: list[tuple[AttemptKey, str]] = field(default_factory=list)
    ready: list[AttemptKey] = field(default_factory=list)
    ready_elsewhere: list[AttemptKey] = field(default_factory=list)
    """What waits to be given to other machines."""
    over: list[AttemptKey] = field(default_factory=list)
    refused: list[AttemptKey] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    waits: dict[str, datetime | None] = field(default_factory=dict)
    ended_runs: list[str] = field(default_factory=list)
    started_runs: list[str] = field(default_factory=list)
    wakeful_runs: list[str] = field(default_factory=list)
    """Those of them that keep the machine awake."""
    begun: list[Length] = field(default_factory=list)
    """What begins and may take too long."""
    done: list[Length] = field(default_factory=list)
    """What succeeded, perhaps too soon."""
    sightings: list[Sighting] = field(default_factory=list)
    """What commands did when their time limits ended them."""
    deadlines_at: list[datetime] = field(default_factory=list)
    more_runs: bool = False
    runs_wait: bool = True


def settle(
    this: Pass, report: Report, engine_id: int, definition: Callable[[Run], Workflow], guard: OutputGuard
) -> bool:
    """Apply one report to the unit of work; True if its run may have a next step."""
    attempt = this.ledger.attempt(report.key)
    run = this.ledger.run(report.key[0])
    if attempt is None or run is None or attempt.over or attempt.engine_id != engine_id:
        return False  # another engine took it over, or it is settled
    try:
        return _write(this, run, attempt, report, definition, guard)
    except Refused:
        # An invalid report must not keep the others from being settled.
        _log.exception("A report was ignored: %s", report)
        return False


def _write(
    this: Pass, run: Run, attempt: Attempt, report: Report, definition: Callable[[Run], Workflow], guard: OutputGuard
) -> bool:
    ledger = this.ledger
    match report:
        case Started():
            if attempt.state is AttemptState.LAUNCHING:
                ledger.move_attempt(attempt, AttemptState.RUNNING, pid=report.pid, started_at=report.at)
                task = definition(run).task(attempt.task_id)
                if task is not None and (limit := task.deadlines.longer_than) is not None:
                    this.begun.append(Length(run, task.id, limit, report.at))
            return False
        case CheckingOutputs():
            if attempt.state is not AttemptState.CHECKING_OUTPUTS:
                ledger.move_attempt(attempt, AttemptState.CHECKING_OUTPUTS, exit_code=report.exit_code)
            return False
        case NotLaunched():
            ledger.move_attempt(attempt, AttemptState.READY, report.reason)
            this.over.append(report.key)
            this.refused.append(report.key)
            return False
        case Unreachable():
            ledger.note_attempt(attempt, _silence(report))
            return False
        case Outcome():
            task = definition(run).task(attempt.task_id)
            _end(this, run, attempt, report if task is None else guard.judge(run, task, report), task)
            return True


def _silence(report: Unreachable) -> str:
    return "" if report.since is None else f"machine {report.machine} silent since {report.since:%Y-%m-%d %H:%M:%SZ}"


def _end(this: Pass, run: Run, attempt: Attempt, outcome: Outcome, task: Task | None) -> None:
    ledger = this.ledger
    ledger.move_attempt(
        attempt,
        outcome.state,
        outcome.reason,
        exit_code=outcome.exit_code,
        started_at=outcome.started_at or attempt.started_at,
        finished_at=outcome.finished_at or ledger.now,
        outputs=outcome.outputs,
        facts=outcome.facts,
    )
    if outcome.facts and outcome.script is not None:
        ledger.add_script(outcome.key, outcome.facts["script"]["hash"], outcome.script)
    this.over.append(outcome.key)
    this.outcomes.append(outcome)
    if outcome.seen is not None:
        this.sightings.append(Sighting(outcome.key, TIMEOUT, outcome.finished_at or ledger.now, outcome.seen))
    task_run = ledger.task_runs(run.id)[attempt.task_id]
    if task is None or task_run.over:
        return
    started = outcome.started_at or attempt.started_at
    if (limit := task.deadlines.shorter_than) is not None and outcome.state is AttemptState.SUCCEEDED and started:
        this.done.append(Length(run, task.id, limit, started, outcome.finished_at))
    verdict = judge(task, task_run, outcome.state, outcome.reason, ledger.now)
    to, reason = verdict.state, verdict.reason
    if to is TaskRunState.WAITING and run.cancel_reason is not None:
        to, reason = TaskRunState.CANCELLED, run.cancel_reason
    retry_at = verdict.retry_at if to is TaskRunState.WAITING else None
    ledger.move_task_run(task_run, to, reason, retry_at=retry_at, recoveries=verdict.recoveries)


def cancel_running(this: Pass, run_id: str, waiting: Iterable[AttemptKey], live: Iterable[AttemptKey]) -> None:
    """Cancel what has not started in a run, and stop the rest."""
    ledger = this.ledger
    run = ledger.run(run_id)
    if run is None or run.over:
        return
    reason = run.cancel_reason or "cancelled"
    ready = {(key[0], key[1]): key for key in waiting if key[0] == run_id}
    ledger.load_attempts(list(ready.values()))
    for task_run in list(ledger.task_runs(run_id).values()):
        key = ready.get((run_id, task_run.task_id))
        if task_run.state in (TaskRunState.PENDING, TaskRunState.WAITING):
            ledger.move_task_run(task_run, TaskRunState.CANCELLED, reason, retry_at=None)
        elif key is not None and (attempt := ledger.attempt(key)) is not None:
            ledger.move_attempt(attempt, AttemptState.CANCELLED, reason)
            ledger.move_task_run(task_run, TaskRunState.CANCELLED, reason)
    this.stop += [(key, reason) for key in live if key[0] == run_id]
