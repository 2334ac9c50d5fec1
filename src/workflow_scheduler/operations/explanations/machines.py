"""Which machine has an attempt, or why it waits for one."""

from __future__ import annotations

from dataclasses import replace

from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.explanation import OF_NO_MACHINE
from workflow_scheduler.domain.placement import Machine, Place, choose
from workflow_scheduler.domain.run import Attempt
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import assignments as store
from workflow_scheduler.storage.database import Connection

from .trail import Trail

__all__ = ["words_of_machine"]


def words_of_machine(db: Connection, trail: Trail, workflow: Workflow, attempt: Attempt) -> str:
    """As it follows the name of the task; empty if that is placed on the scheduler's machine."""
    if db.is_sqlite or not workflow.has_places:
        return ""
    place = with_defaults(workflow, Defaults()).by_id[attempt.task_id].place
    if not place.elsewhere:
        return ""
    row = store.assignments_of(db, [attempt.key]).get(attempt.key)
    machines = {machine.name: machine for machine in store.machines(db)}
    if row is None or row.claimed_at is None:
        if row is not None and row.worker in machines:  # what it is offered takes a slot already
            own = machines[row.worker]
            machines[own.name] = replace(own, taken=own.taken - 1)
        return f"waits for a machine; {_why(trail, place, machines)}"
    machine = machines.get(row.worker or "")
    since = machine.silent_since if machine is not None else None
    silent = f", which is silent since {trail.clock(since)}" if since is not None else ""
    if row.started_at is None:
        return f"was taken by machine {row.worker}{silent}, and starts there when a slot is free"
    return f"runs on machine {row.worker}{silent}"


def _why(trail: Trail, place: Place, machines: dict[str, Machine]) -> str:
    chosen = choose(place, machines.values())
    if isinstance(chosen, Machine):
        return f"{chosen.name} is about to take it"
    names = []
    for name in chosen.names:
        since = machines[name].silent_since
        names.append(name if since is None else f"{name} since {trail.clock(since)}")
    wanted = place.worker or ", ".join(place.labels)
    return OF_NO_MACHINE[chosen.why].format(names=", ".join(names), wanted=wanted)
