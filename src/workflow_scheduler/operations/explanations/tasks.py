"""Why one task of a run did not run, waits or failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workflow_scheduler.domain.explanation import OF_ATTEMPT, OF_TASK, GateCode, Remedy, RemedyCode, VerdictCode
from workflow_scheduler.domain.run import Attempt, AttemptState, TaskRun, TaskRunState
from workflow_scheduler.domain.workflow import Workflow

from .trail import Trail

__all__ = ["Found", "explain_task", "telling_task"]

_T = TaskRunState
_TELLING = (_T.FAILED, _T.UNKNOWN, _T.RUNNING, _T.WAITING, _T.CANCELLED, _T.PENDING)
"""Which task tells most about a run: one that failed, then one in progress."""
_CLAIMED = (AttemptState.READY, AttemptState.LAUNCHING)

History = Sequence[tuple[TaskRun, Sequence[Attempt]]]


class Found(NamedTuple):
    """A verdict, why, and what to do."""

    code: VerdictCode
    why: str = ""
    remedies: tuple[Remedy, ...] = ()


def telling_task(history: History) -> tuple[TaskRun, Sequence[Attempt]] | None:
    """The task that explains a run without a success."""
    for state in _TELLING:
        for task, attempts in history:
            if task.state is state:
                return task, attempts
    return None


def explain_task(
    trail: Trail,
    workflow: Workflow,
    history: History,
    task: TaskRun,
    attempts: Sequence[Attempt],
    lack_of_room: str,
    machine: str = "",
    files: str = "",
) -> Found:
    """Adds the gates from the launch on. `machine`: see `words_of_machines`; `files`: what the last attempt took along."""
    name = f"task {task.task_id}"
    last = attempts[-1] if attempts else None
    if task.state in (_T.PENDING, _T.SKIPPED):
        why = task.reason or _waits_for(workflow, history, task)
        trail.stopped(GateCode.TASK, f"{name} {OF_TASK[task.state][1]}: {why}", task.finished_at)
        return Found(OF_TASK[task.state][0], f"{name}: {why}", (Remedy(RemedyCode.SHOW_RUN, task.run_id),))
    if last is not None and task.state is _T.RUNNING and last.state in _CLAIMED:
        if lack_of_room:
            trail.stopped(GateCode.DISK, lack_of_room)
            return Found(VerdictCode.WAITS, lack_of_room, (Remedy(RemedyCode.PRUNE),))
        verdict, words = OF_ATTEMPT[last.state]
        words = machine or (f"{words}; {last.reason}" if last.reason else words)
        trail.stopped(GateCode.SLOTS, f"{name} {words}", task.started_at)
        return Found(verdict, f"{name} {words}")
    if last is not None and task.state in (_T.FAILED, _T.WAITING) and _never_began(last):
        trail.stopped(GateCode.LAUNCH, f"{name}: {last.reason}{files}", last.finished_at)
        if task.state is _T.FAILED:
            return Found(VerdictCode.NOT_LAUNCHED, f"{name}: {task.reason}", _after_failure(task.run_id))
    elif last is not None:
        trail.passed(GateCode.LAUNCH, f"{name} started, attempt {last.number}{files}", last.started_at)
    if task.state is _T.WAITING:
        trail.stopped(GateCode.RETRY, f"{name}: {task.reason}", task.retry_at)
        at = f", at {trail.clock(task.retry_at)}" if task.retry_at else ""
        return Found(VerdictCode.RETRIES, f"{name}: {task.reason}{at}", (Remedy(RemedyCode.READ_OUTPUT, task.run_id),))
    return _of_state(trail, name, task, last, machine)


def _of_state(trail: Trail, name: str, task: TaskRun, last: Attempt | None, machine: str) -> Found:
    verdict, words = OF_TASK[task.state]
    accept: tuple[Remedy, ...] = ()
    if task.state is _T.SUCCEEDED:
        trail.passed(GateCode.TASK, f"{name} {words}", task.finished_at)
        return Found(verdict)
    if task.state is _T.RUNNING and last is not None:
        verdict, words = OF_ATTEMPT[last.state]
        trail.passed(GateCode.TASK, f"{name}: {words}", last.started_at)
        since = f" since {trail.clock(last.started_at)}" if last.started_at else ""
        since += f"; it {machine}" if machine else ""
        return Found(verdict, f"{name}: {words}{since}", (Remedy(RemedyCode.READ_OUTPUT, task.run_id),))
    if task.state is _T.FAILED and last is not None:
        if last.state is AttemptState.TIMED_OUT:
            verdict = VerdictCode.TIMED_OUT
        elif any(not output.get("proof") for output in last.outputs):
            verdict = VerdictCode.OUTPUT
        elif last.state is AttemptState.FAILED and any(output.get("unusual") for output in last.outputs):
            verdict, accept = VerdictCode.UNUSUAL, (Remedy(RemedyCode.ACCEPT_OUTPUT, task.run_id),)
    trail.stopped(GateCode.TASK, f"{name} {words}: {task.reason}", task.finished_at)
    return Found(verdict, f"{name}: {task.reason}", (*accept, *_after_failure(task.run_id)))


def _after_failure(run_id: str) -> tuple[Remedy, ...]:
    return Remedy(RemedyCode.READ_OUTPUT, run_id), Remedy(RemedyCode.RETRY_RUN, run_id)


def _never_began(attempt: Attempt) -> bool:
    """Whether the attempt ended without a process of its own."""
    return attempt.state is AttemptState.FAILED and attempt.pid is None and attempt.exit_code is None


def _waits_for(workflow: Workflow, history: History, task: TaskRun) -> str:
    over = {other.task_id for other, _ in history if other.over}
    before = [name for name in workflow.predecessors.get(task.task_id, ()) if name not in over]
    return f"waits for {', '.join(before)}" if before else "it starts next"
