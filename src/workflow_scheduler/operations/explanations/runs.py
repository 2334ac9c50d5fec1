"""Why a run waits, is in progress, failed or ended otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from workflow_scheduler.domain.deadline import DeadlineState
from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.explanation import OF_RUN, GateCode, Remedy, RemedyCode, VerdictCode
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.engine.admission import Rule
from workflow_scheduler.operations.runs.attempt_files import files_of
from workflow_scheduler.operations.runs.late import deadline_rows
from workflow_scheduler.operations.runs.waiting import hold_of
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_explanations import later_runs

from .changes import change_of
from .machines import words_of_machines
from .question import Situation
from .tasks import Found, explain_task, telling_task
from .trail import Trail

__all__ = ["OF_RULE", "explain_run", "retried_by"]

OF_RULE: Mapping[Rule, GateCode] = {
    Rule.OWNER: GateCode.DISPOSITION,
    Rule.BACKFILL_PAUSED: GateCode.DISPOSITION,
    Rule.BACKFILL_WINDOW: GateCode.DISPOSITION,
    Rule.SCHEDULE_OVERLAP: GateCode.OVERLAP,
    Rule.WORKFLOW_OVERLAP: GateCode.OVERLAP,
    Rule.BACKFILL_GIVES_WAY: GateCode.OVERLAP,
    Rule.EXCLUSIVE_RUN: GateCode.OVERLAP,
    Rule.MAX_ACTIVE_RUNS: GateCode.MAX_ACTIVE_RUNS,
    Rule.MAX_RUNS: GateCode.SLOTS,
}
"""The gate of each rule of admission."""
_LATER = 500
"""The most runs among which a retry is searched."""
_MINUTE = timedelta(minutes=1)


def explain_run(db: Connection, situation: Situation, trail: Trail, run: Run, task_id: str | None = None) -> Found:
    """Adds the gates from the disposition on. NotFound for a task that the run does not have."""
    trail.run_id = run.id
    if task_id is None and run.nominal is None:
        trail.what = f"Run {run.id} of {run.workflow_id}"
    elif task_id is not None:
        trail.what = f"Task {task_id} of run {run.id}"
    cause = f": {run.cause}" if run.cause else ""
    trail.passed(GateCode.DISPOSITION, f"run {run.id} was queued{cause}", run.queued_at, run.started_by)
    _add_deadlines(db, trail, run, task_id)
    found = _explain(db, situation, trail, run, task_id)
    if run.over and run.state is not RunState.SUCCEEDED and task_id is None:
        retry = retried_by(db, run)
        if retry is not None and retry.state is RunState.SUCCEEDED:
            return Found(VerdictCode.RETRIED, f"run {retry.id} succeeded", (Remedy(RemedyCode.SHOW_RUN, retry.id),))
    return found


def _add_deadlines(db: Connection, trail: Trail, run: Run, task_id: str | None) -> None:
    for deadline in deadline_rows(db, run):
        if task_id in (None, deadline.task_id):
            name = deadline.kind.replace("_", " ")
            if deadline.state in (DeadlineState.MISSED, DeadlineState.AT_RISK):
                trail.late(GateCode.DEADLINE, f"{name}: {deadline.reason}", deadline.due_utc)
            else:
                trail.passed(GateCode.DEADLINE, f"{name}: {deadline.reason or deadline.state}", deadline.due_utc)


def retried_by(db: Connection, run: Run) -> Run | None:
    """The last retry of a run, or of its retries."""
    chain, last = {run.id}, None
    for later in later_runs(db, run.workflow_id, run.queued_at, _LATER):
        if later.retry_of in chain:
            chain.add(later.id)
            last = later
    return last


def _explain(db: Connection, situation: Situation, trail: Trail, run: Run, task_id: str | None) -> Found:
    if run.state is RunState.QUEUED:
        return _queued(db, situation, trail, run)
    history = run_store.task_history(db, run.id)
    named = [entry for entry in history if entry[0].task_id == task_id]
    if task_id is not None and history and not named:
        known = ", ".join(task.task_id for task, _ in history)
        raise NotFound(f"The run has no task {task_id!r}; there are: {known}.")
    verdict, words = OF_RUN[run.state]
    if run.started_at is None:  # it ended before it began
        by = change_of(db, run.finished_at, run.id, _MINUTE) if run.finished_at else None
        trail.stopped(GateCode.RUN, f"{words}: {run.reason}", run.finished_at, by.actor if by else "")
        return Found(verdict, run.reason, (Remedy(RemedyCode.RUN_NOW, run.workflow_id),))
    trail.passed(GateCode.SLOTS, "the run was admitted", run.started_at)
    chosen = named[0] if named else None if run.state is RunState.SUCCEEDED else telling_task(history)
    found = Found(verdict, run.reason)
    if chosen is not None:
        workflow = versions.find_version(db, run.workflow_id, run.version)
        keys = [chosen[1][-1].key] if chosen[1] and not run.over else []
        (machine,) = words_of_machines(db, trail, workflow, keys).values() or ("",)
        files = files_of(db, run.id).get(chosen[1][-1].key) if workflow.bundle and chosen[1] else None
        said = f"; files: {files.sentence}" if files is not None else ""
        found = explain_task(trail, workflow, history, *chosen, situation.lack_of_room, machine, said)
        if task_id is not None:
            return found._replace(why=found.why.removeprefix(f"task {task_id}: "))
    if not run.over:
        return found
    if run.state is RunState.SUCCEEDED:
        trail.passed(GateCode.RUN, f"{words}: {run.reason}", run.finished_at)
        return Found(verdict)
    by = change_of(db, run.finished_at, run.id, _MINUTE) if run.finished_at and run.cancel_reason else None
    trail.stopped(GateCode.RUN, f"{words}: {run.reason}", run.finished_at, by.actor if by else "")
    if run.state is RunState.CANCELLED:
        return Found(verdict, run.reason, (Remedy(RemedyCode.RETRY_RUN, run.id),))
    return found


def _queued(db: Connection, situation: Situation, trail: Trail, run: Run) -> Found:
    if run.engine_id is None and (problem := situation.planning.condition.problem()):
        trail.stopped(GateCode.SCHEDULER, problem)
        return Found(VerdictCode.WAITS, problem, (Remedy(RemedyCode.START_SCHEDULER),))
    held = hold_of(db, run, situation.max_runs, situation.now)
    gate = OF_RULE[held.hold.rule] if held else None
    for code, fact in (
        (GateCode.OVERLAP, "no run is in its way"),
        (GateCode.MAX_ACTIVE_RUNS, "the limit is not reached"),
        (GateCode.SLOTS, "there is room"),
    ):
        if gate is not None and held is not None and gate in (code, GateCode.DISPOSITION):
            names = ", ".join(other.id for other in held.runs[:3])
            since = held.runs[0].started_at if held.runs else None
            trail.stopped(gate, held.hold.reason, since, names)
            why = f"{held.hold.reason} In progress: {names}" if names else held.hold.reason
            return Found(
                VerdictCode.WAITS, why, tuple(Remedy(RemedyCode.SHOW_RUN, other.id) for other in held.runs[:1])
            )
        trail.passed(code, fact)
    if situation.lack_of_room:
        trail.stopped(GateCode.DISK, situation.lack_of_room)
        return Found(VerdictCode.WAITS, situation.lack_of_room, (Remedy(RemedyCode.PRUNE),))
    trail.passed(GateCode.DISK, "there is enough space")
    return Found(OF_RUN[run.state][0])
