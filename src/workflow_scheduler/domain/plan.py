"""Decides what happens next from a definition, its task runs and the time. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from .quick_dataclass import dataclass
from .run import AttemptState, RunState, TaskRun, TaskRunState
from .task import Guarantee, Task
from .workflow import Workflow

__all__ = ["RECOVERY_LIMIT", "Plan", "Verdict", "judge", "next_steps"]

RECOVERY_LIMIT = 5
"""The most attempts of one task run with an unknown result before it is given up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run needs now. `end` is set when nothing is left to do or to wait for."""

    start: tuple[str, ...] = ()
    skip: tuple[tuple[str, str], ...] = ()
    end: tuple[RunState, str] | None = None
    wake_at: datetime | None = None


def next_steps(
    workflow: Workflow, task_runs: Mapping[str, TaskRun], now: datetime, *, cancelling: bool = False
) -> Plan:
    """Decide which tasks start, which are skipped and why, and whether the run has ended."""
    predecessors = workflow.predecessors
    known = dict(task_runs)
    start: list[str] = []
    skip: list[tuple[str, str]] = []
    waits: list[datetime] = []
    over = True
    for task_id in workflow.order:
        mine = known[task_id]
        if mine.over:
            continue
        if mine.state is TaskRunState.WAITING and mine.retry_at is not None and not cancelling:
            if mine.retry_at <= now:
                start.append(task_id)
            else:
                waits.append(mine.retry_at)
        elif mine.state is TaskRunState.PENDING and not cancelling:
            before = predecessors[task_id]
            ended = [other for name in before if (other := known[name]).over]
            blocker = (
                next((task for task in ended if _blocks(workflow.by_id[task.task_id], task)), None) if ended else None
            )
            if blocker is not None:
                skip.append((task_id, f"{blocker.task_id} {_PAST[blocker.state]}"))
                known[task_id] = replace(mine, state=TaskRunState.SKIPPED)
                continue
            if len(ended) == len(before):
                start.append(task_id)
        over = False
    end = _end(workflow, known) if over else None
    return Plan(tuple(start), tuple(skip), end, min(waits, default=None))


_PAST = {
    TaskRunState.FAILED: "failed",
    TaskRunState.UNKNOWN: "ended with an unknown result",
    TaskRunState.SKIPPED: "was skipped",
    TaskRunState.CANCELLED: "was cancelled",
}


def _blocks(task: Task, theirs: TaskRun) -> bool:
    """Whether the result of a predecessor keeps its successors from starting."""
    if theirs.state in (TaskRunState.FAILED, TaskRunState.UNKNOWN):
        return not task.continue_on_failure
    return theirs.state in (TaskRunState.SKIPPED, TaskRunState.CANCELLED)


def _end(workflow: Workflow, task_runs: Mapping[str, TaskRun]) -> tuple[RunState, str]:
    by_state = {
        state: [task for task in workflow.tasks if task_runs[task.id].state is state]
        for state in (TaskRunState.CANCELLED, TaskRunState.UNKNOWN, TaskRunState.FAILED)
    }
    if cancelled := by_state[TaskRunState.CANCELLED]:
        return RunState.CANCELLED, task_runs[cancelled[0].id].reason
    failed = [task for task in by_state[TaskRunState.FAILED] if not task.continue_on_failure]
    if failed:
        return RunState.FAILED, "; ".join(f"task {task.id}: {task_runs[task.id].reason}" for task in failed[:3])
    # A lost result may be a failure: `continue_on_failure` continues after it but does not make it a success.
    if unknown := by_state[TaskRunState.UNKNOWN]:
        return RunState.UNKNOWN, f"task {unknown[0].id}: {task_runs[unknown[0].id].reason}"
    if allowed := by_state[TaskRunState.FAILED]:
        names = ", ".join(task.id for task in allowed)
        return RunState.SUCCEEDED, f"continued although {names} failed (continue_on_failure)"
    if not workflow.tasks:
        return RunState.SUCCEEDED, "the workflow has no tasks"
    count = len(workflow.tasks)
    return RunState.SUCCEEDED, f"{count} task{'s' if count != 1 else ''} succeeded"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The effect of an attempt's end on its task run."""

    state: TaskRunState
    reason: str
    retry_at: datetime | None = None
    recoveries: int = 0


def judge(task: Task, task_run: TaskRun, ended: AttemptState, reason: str, now: datetime) -> Verdict:
    """Decide whether the task succeeded, failed, or is retried and when. `task_run.attempts` counts this attempt."""
    recoveries = task_run.recoveries
    if ended is AttemptState.SUCCEEDED:
        return Verdict(TaskRunState.SUCCEEDED, reason, None, recoveries)
    if ended is AttemptState.CANCELLED:
        return Verdict(TaskRunState.CANCELLED, reason, None, recoveries)
    if ended is AttemptState.UNKNOWN:
        recoveries += 1
        if task.guarantee is Guarantee.AT_MOST_ONCE:
            return Verdict(TaskRunState.UNKNOWN, f"{reason}; not retried (at_most_once)", None, recoveries)
        if recoveries > RECOVERY_LIMIT:
            why = f"{reason}; given up after {recoveries} attempts with an unknown result"
            return Verdict(TaskRunState.UNKNOWN, why, None, recoveries)
        return Verdict(TaskRunState.WAITING, f"{reason}; retried (at_least_once)", now, recoveries)
    failures = task_run.attempts - recoveries
    if failures > task.retry.limit:
        tries = f" (attempt {failures} of {task.retry.limit + 1})" if task.retry.limit else ""
        return Verdict(TaskRunState.FAILED, reason + tries, None, recoveries)
    delay = task.retry.delay_after(failures)
    why = f"{reason}; retry {failures} of {task.retry.limit} in {delay:g} s"
    return Verdict(TaskRunState.WAITING, why, now + timedelta(seconds=delay), recoveries)
