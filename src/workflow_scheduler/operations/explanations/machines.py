"""Which machine has an attempt, or why it waits for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.explanation import OF_NO_MACHINE
from workflow_scheduler.domain.placement import Machine, Place, WhyNot, choose
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import assignments as store
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.assignments import Assignment
from workflow_scheduler.storage.database import Connection, Database

from .trail import Trail

if TYPE_CHECKING:
    from workflow_scheduler.operations.runs.detail_rows import AttemptRow, RunDetail

__all__ = ["with_placements", "words_of_machines"]

_R = TypeVar("_R", bound="RunDetail")


def words_of_machines(
    db: Connection, trail: Trail, workflow: Workflow, keys: Collection[AttemptKey]
) -> Mapping[AttemptKey, str]:
    """For each attempt, as it follows the name of its task; without those that are placed on the scheduler's machine."""
    if db.is_sqlite or not workflow.has_places:
        return {}
    tasks = with_defaults(workflow, Defaults()).by_id
    placed = {key: task for key in keys if (task := tasks[key.task_id]).place.elsewhere}
    if not placed:
        return {}
    rows = store.assignments_of(db, placed)
    machines = {machine.name: machine for machine in store.machines(db)}
    return {key: _words(trail, task, rows.get(key), machines) for key, task in placed.items()}


def with_placements(database: Database, run: _R, timezone: str) -> _R:
    """The run, with where each attempt is that has not ended, or why it waits for a machine. `timezone`: of times in the words."""
    keys = [
        AttemptKey(run.id, task.id, attempt.number)
        for task in run.tasks
        for attempt in task.attempts
        if attempt.finished_at is None
    ]
    if database.is_sqlite or not keys:
        return run

    def work(db: Connection) -> Mapping[AttemptKey, str]:
        workflow = versions.find_version(db, run.workflow_id, run.version)
        return words_of_machines(db, Trail(run.workflow_id, timezone), workflow, keys)

    words = database.read(work)

    def placed(task_id: str, attempt: AttemptRow) -> AttemptRow:
        return replace(attempt, placement=words.get(AttemptKey(run.id, task_id, attempt.number), ""))

    tasks = (replace(task, attempts=tuple(placed(task.id, one) for one in task.attempts)) for task in run.tasks)
    return replace(run, tasks=tuple(tasks)) if words else run


def _words(trail: Trail, task: Task, row: Assignment | None, machines: Mapping[str, Machine]) -> str:
    if row is None or row.claimed_at is None:
        if (
            row is not None and row.worker is not None and row.worker in machines
        ):  # what it is offered takes a slot already
            own = machines[row.worker]
            machines = {**machines, own.name: replace(own, taken=own.taken - 1)}
        return f"waits for a machine; {_refusal(trail, row)}{_why(trail, task.place, machines)}"
    machine = machines.get(row.worker or "")
    since = machine.silent_since if machine is not None else None
    silent = f", which is silent since {trail.clock(since)}" if since is not None else ""
    if since is not None and task.when_unreachable.elsewhere and (wait := task.when_unreachable.wait) is not None:
        silent += f" (it starts elsewhere at {trail.clock(since + timedelta(seconds=wait))})"
    if row.started_at is None and since is None and machine is not None and machine.lack:
        return f"was taken by machine {row.worker}, which starts nothing now ({machine.lack})"
    if row.started_at is None and since is None:
        return f"was taken by machine {row.worker}, and starts there when a slot is free"
    if row.started_at is None:
        return f"was taken by machine {row.worker}{silent}: whether it has started there is not known"
    return f"runs on machine {row.worker}{silent}"


def _refusal(trail: Trail, row: Assignment | None) -> str:
    """Why the last machine could not start it; empty if none was asked to."""
    if row is None or row.refused is None:
        return ""
    again = f", and it is tried again at {trail.clock(row.again_at)}" if row.again_at is not None else ""
    return f"{row.refused['worker']} could not start it ({row.refused['reason']}){again}; "


def _why(trail: Trail, place: Place, machines: Mapping[str, Machine]) -> str:
    chosen = choose(place, machines.values())
    if isinstance(chosen, Machine):
        return f"{chosen.name} is about to take it"
    names = (_named(trail, machines[name], chosen.why) for name in chosen.names)
    wanted = place.worker or ", ".join(place.labels)
    return OF_NO_MACHINE[chosen.why].format(names=", ".join(names), wanted=wanted)


def _named(trail: Trail, machine: Machine, why: WhyNot) -> str:
    if machine.silent_since is not None:
        return f"{machine.name} since {trail.clock(machine.silent_since)}"
    return f"{machine.name} ({machine.lack})" if why is WhyNot.LACK else machine.name
