"""What became of one due time of a schedule, and which gate stopped it."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.explanation import OF_DISPOSITION, GateCode, Remedy, RemedyCode, VerdictCode
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.schedule import Disposition, Fire
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_explanations import runs_with
from workflow_scheduler.triggers.spec import describe

from .changes import change_of, pause_before
from .question import Situation
from .rules import Rules
from .runs import explain_run
from .scheduler_then import scheduler_then
from .tasks import Found
from .trail import Trail

__all__ = ["enabled_gates", "explain_fire", "explain_pending", "trigger_gates"]

_MISSED = (Disposition.COALESCED, Disposition.SKIPPED_TOO_OLD)


def explain_fire(
    db: Connection, situation: Situation, trail: Trail, fire: Fire, nominal: datetime, rules: Rules | None
) -> Found:
    """A recorded fire, or one time of a recorded series. `rules`: of its schedule, if that exists and can be read."""
    gate, verdict, words = OF_DISPOSITION[fire.disposition]
    fact = f"{words} ({fire.reason})" if fire.reason and fire.run_id is None else words
    if fire.until is not None:
        fact += f"; {fire.count} fires from {trail.clock(fire.nominal)} to {trail.clock(fire.until)}"
    if fire.disposition is Disposition.SKIPPED_PAUSED:
        change = pause_before(db, fire.nominal, fire.schedule_id)
        trail.stopped(gate, fact, change.at if change else None, change.actor if change else "")
        who = f" by {change.actor} at {trail.clock(change.at)}" if change else "; who paused it is not recorded"
        return Found(verdict, f"{fact}{who}", (Remedy(RemedyCode.RESUME_SCHEDULE, fire.schedule_id),))
    trail.passed(GateCode.ENABLED, "schedule and workflow were enabled")
    trail.passed(GateCode.PLANNER, "not paused")
    then = scheduler_then(db, fire.due or nominal, trail.timezone)
    # A calendar, too, has fires share a run.
    by_calendar = rules is not None and fire.reason == rules.place(nominal).why and bool(fire.reason)
    if fire.disposition in _MISSED and not by_calendar and not then.worked:
        trail.stopped(GateCode.SCHEDULER, then.fact, then.since, then.by)
        remedies = (Remedy(RemedyCode.RUN_NOW, trail.workflow_id), Remedy(RemedyCode.LIST_FIRES, trail.workflow_id))
        return Found(verdict, f"{then.fact}; {fact}", remedies)
    trail.passed(GateCode.SCHEDULER, then.fact, then.since, then.by)
    if fire.disposition is Disposition.COALESCED and by_calendar:
        gate = GateCode.CALENDAR
    trigger_gates(trail, rules, nominal, stops=fact if gate is GateCode.CALENDAR else "")
    if gate is not GateCode.CALENDAR and fire.run_id is None:
        if gate is not GateCode.DISPOSITION:
            trail.passed(GateCode.DISPOSITION, "it was due")
        trail.stopped(gate, fact)
    if fire.run_id is None:
        return Found(verdict, fact, (Remedy(RemedyCode.LIST_FIRES, trail.workflow_id),))
    run = runs_with(db, [fire.run_id]).get(fire.run_id)
    if run is None:
        trail.unrecorded(GateCode.DISPOSITION, f"run {fire.run_id} was queued; its record has been deleted")
        return Found(VerdictCode.NOT_RECORDED, f"run {fire.run_id} has been deleted")
    return explain_run(db, situation, trail, run)


def trigger_gates(trail: Trail, rules: Rules | None, nominal: datetime, stops: str = "") -> None:
    """Trigger, calendar and clock. `stops`: why the calendar does."""
    if rules is None:
        trail.unrecorded(GateCode.TRIGGER, "its rules cannot be read any more")
        if stops:
            trail.stopped(GateCode.CALENDAR, stops)
        return
    schedule = rules.schedule
    trail.passed(GateCode.TRIGGER, f"{describe(schedule.spec, schedule.timezone)} ({schedule.timezone})", nominal)
    if stops:
        trail.stopped(GateCode.CALENDAR, stops)
        return
    calendar = schedule.policies.calendar
    fire = rules.place(nominal)
    trail.passed(GateCode.CALENDAR, (fire.why or f"{calendar}: open") if calendar else fire.why or "no calendar")
    shift = rules.nominal.shift(nominal)
    trail.passed(GateCode.CLOCK, shift.words if shift else "no change of the clock")


def explain_pending(
    db: Connection, situation: Situation, trail: Trail, workflow: Workflow, rules: Rules, nominal: datetime
) -> Found:
    """A due time without a disposition yet: it waits for a resume, a start or the planner."""
    schedule = rules.schedule
    if (found := enabled_gates(db, situation, trail, workflow, rules)) is not None:
        return found
    planning = situation.planning
    if problem := planning.condition.problem():
        then = scheduler_then(db, nominal, trail.timezone)
        fact = problem if then.worked else f"{problem.rstrip('.')}; {then.fact}"
        trail.stopped(GateCode.SCHEDULER, f"{fact}{_so_far(rules, situation)}", then.since, then.by)
        return Found(VerdictCode.SCHEDULER_DOWN, f"{fact}{_so_far(rules, situation)}", (_START,))
    trail.passed(GateCode.SCHEDULER, "it is running", planning.condition.heartbeat)
    fire = rules.place(nominal)
    if not fire.runs:
        gate, verdict, words = OF_DISPOSITION[fire.disposition]
        trigger_gates(trail, rules, nominal, stops=fire.why if gate is GateCode.CALENDAR else "")
        if gate is not GateCode.CALENDAR:
            trail.stopped(GateCode.DISPOSITION, fire.why or words)
        return Found(verdict, fire.why or words, (Remedy(RemedyCode.SHOW_SCHEDULE, schedule.id),))
    trigger_gates(trail, rules, nominal)
    if situation.now - fire.due <= LATE:
        trail.passed(GateCode.DISPOSITION, "it is being planned")
        return Found(VerdictCode.STARTS)
    trail.stopped(GateCode.DISPOSITION, "not planned yet", schedule.planner.cursor)
    return Found(VerdictCode.PLANNER_LATE, "the planner is late", (Remedy(RemedyCode.READ_LOG),))


_START = Remedy(RemedyCode.START_SCHEDULER)


def enabled_gates(
    db: Connection, situation: Situation, trail: Trail, workflow: Workflow, rules: Rules, *, counts: bool = True
) -> Found | None:
    """Enabled and planner, as they are now; None if both are passed. `counts`: with the fires so far."""
    schedule, planning = rules.schedule, situation.planning
    since = schedule.planner.cursor
    for off, name, words, verdict, remedy in (
        (not workflow.enabled, workflow.id, "workflow disabled", VerdictCode.WORKFLOW_DISABLED, _enable(workflow)),
        (not schedule.enabled, schedule.id, "paused", VerdictCode.SCHEDULE_PAUSED, _resume(schedule.id)),
    ):
        if off:
            change = change_of(db, since, name) if since else None
            by = f" by {change.actor}" if change else ""
            fact = f"{words} since {trail.clock(since)}{by}" if since else words
            fact += _so_far(rules, situation) if counts else ""
            trail.stopped(GateCode.ENABLED, fact, since, change.actor if change else "")
            return Found(verdict, fact, (remedy,))
    trail.passed(GateCode.ENABLED, "schedule and workflow are enabled")
    if planning.paused_at is not None:
        fact = f"paused since {trail.clock(planning.paused_at)} by {planning.paused_by}"
        fact += _so_far(rules, situation) if counts else ""
        trail.stopped(GateCode.PLANNER, fact, planning.paused_at, planning.paused_by)
        return Found(VerdictCode.PLANNER_PAUSED, fact, (Remedy(RemedyCode.RESUME_PLANNER),))
    trail.passed(GateCode.PLANNER, "not paused")
    return None


def _enable(workflow: Workflow) -> Remedy:
    return Remedy(RemedyCode.ENABLE_WORKFLOW, workflow.id)


def _resume(schedule_id: str) -> Remedy:
    return Remedy(RemedyCode.RESUME_SCHEDULE, schedule_id)


def _so_far(rules: Rules, situation: Situation) -> str:
    """The size of the stretch that waits."""
    cursor = rules.schedule.planner.cursor
    trigger = rules.due if rules.schedule.adjusted else rules.nominal
    span = trigger.span(cursor, situation.now) if cursor is not None and cursor < situation.now else None
    if span is None:
        return ""
    return f"; {span.count} fire{'' if span.count == 1 else 's'} so far"
