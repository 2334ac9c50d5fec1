"""What will happen at the next due time, and what would keep it from running now."""

from __future__ import annotations

from collections.abc import Sequence

from workflow_scheduler.domain.explanation import OF_DISPOSITION, GateCode, Remedy, RemedyCode, VerdictCode
from workflow_scheduler.domain.policies import Overlap
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import queue
from workflow_scheduler.storage.database import Connection

from .fires import enabled_gates, trigger_gates
from .question import Situation
from .rules import Rules
from .tasks import Found
from .trail import Trail

__all__ = ["explain_coming", "next_of"]


def next_of(schedules: Sequence[Rules], situation: Situation) -> Rules:
    """The schedule that is due next; those that are paused come last."""

    def key(rules: Rules) -> tuple[bool, bool, float]:
        fire = rules.next(situation.now)
        return not rules.schedule.enabled, fire is None, fire.due.timestamp() if fire else 0

    return min(schedules, key=key)


def explain_coming(db: Connection, situation: Situation, trail: Trail, workflow: Workflow, rules: Rules) -> Found:
    """Sets the due time of the trail."""
    fire = rules.next(situation.now)
    trail.due = fire.due if fire else None
    show = Remedy(RemedyCode.SHOW_SCHEDULE, rules.schedule.id)
    if (found := enabled_gates(db, situation, trail, workflow, rules, counts=False)) is not None:
        return found
    if problem := situation.planning.condition.problem():
        trail.stopped(GateCode.SCHEDULER, problem, situation.planning.condition.silent_since)
        return Found(VerdictCode.SCHEDULER_DOWN, problem, (Remedy(RemedyCode.START_SCHEDULER),))
    trail.passed(GateCode.SCHEDULER, "it is running", situation.planning.condition.heartbeat)
    if fire is None:
        start = "at_start" in rules.schedule.spec
        why = "it fires at the next start" if start else "it has no fire to come"
        trail.stopped(GateCode.TRIGGER, why)
        return Found(VerdictCode.NO_NEXT, why, (show,))
    gate, _, words = OF_DISPOSITION[fire.disposition]
    trigger_gates(trail, rules, fire.nominal, stops=fire.why if gate is GateCode.CALENDAR else "")
    if not fire.runs:
        if gate is not GateCode.CALENDAR:
            trail.stopped(GateCode.DISPOSITION, fire.why or words)
        return Found(VerdictCode.WILL_SKIP, fire.why or words, (show,))
    trail.passed(GateCode.DISPOSITION, "a run will be queued", fire.due)
    return _room(db, situation, trail, workflow, rules) or Found(VerdictCode.WILL_RUN, "", (show,))


def _room(db: Connection, situation: Situation, trail: Trail, workflow: Workflow, rules: Rules) -> Found | None:
    """What would keep the run from starting if it were due now."""
    policies = rules.schedule.policies
    active = fire_store.active_runs(db, [rules.schedule])[fire_store.scope_of(rules.schedule)]
    running = queue.running_counts(db)
    limit, total = workflow.max_active_runs, sum(running.values())
    waits = active if policies.overlap in (Overlap.QUEUE, Overlap.SKIP) else 0
    runs = "1 run" if active == 1 else f"{active} runs"
    for code, stops, fact, words in (
        (GateCode.OVERLAP, waits, f"{runs} in progress; overlap: {policies.overlap}", "no run is in its way"),
        (
            GateCode.MAX_ACTIVE_RUNS,
            limit is not None and running.get(workflow.id, 0) >= limit,
            f"max_active_runs of {workflow.id} is {limit}",
            "no limit" if limit is None else f"up to {limit}",
        ),
        (
            GateCode.SLOTS,
            total >= situation.max_runs,
            f"MAX_THREADS is {situation.max_runs}",
            f"{total} of {situation.max_runs} in use",
        ),
        (GateCode.DISK, situation.lack_of_room, situation.lack_of_room, "there is enough space"),
    ):
        if stops:
            trail.stopped(code, fact)
            return Found(VerdictCode.WOULD_WAIT, fact, (Remedy(RemedyCode.SHOW_SCHEDULE, rules.schedule.id),))
        trail.passed(code, words)
    return None
