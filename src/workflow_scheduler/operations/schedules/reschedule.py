"""Schedules within a transaction: every fire up to now is accounted for before anything about one changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from workflow_scheduler.domain.errors import InvalidInput, Outdated
from workflow_scheduler.domain.schedule import Disposition, DueFire, Schedule, ScheduleDefinition, written
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine import planner
from workflow_scheduler.engine.accounting import account, account_for_late, account_for_pause
from workflow_scheduler.operations.lookup import check_calendar
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import deadlines as deadline_store
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.triggers.rule_changes import changed_fires
from workflow_scheduler.triggers.spec import anchored, parse_spec

from .problems import problem_with

__all__ = ["JUST_NOW", "account_until", "begun", "reschedule", "set_schedules", "unless_rescheduled"]

JUST_NOW = timedelta(seconds=60)
"""A date this little in the past means "now": the prompt offers the current time."""


def set_schedules(
    db: Connection,
    workflow: Workflow,
    timezone: str,
    wanted: Iterable[ScheduleDefinition],
    present: Iterable[Schedule],
    now: datetime,
) -> None:
    """Give a workflow exactly these schedules, in the caller's transaction. Kept schedules keep their fires."""
    new_ones = []
    left = {schedule.id: schedule for schedule in present}
    for definition in wanted:
        new = Schedule(
            id=definition.id,
            workflow_id=workflow.id,
            spec=parse_spec(dict(definition.spec), definition.timezone or timezone),
            timezone=definition.timezone or timezone,
            policies=definition.policies,
        )
        check_calendar(db, definition.policies.calendar)
        old = left.pop(definition.id, None)
        if old is None:
            new_ones.append(begun(db, new, now, workflow.enabled, new=True))
        elif not _same(old, new):
            spec = old.spec if written(old.spec) == written(new.spec) else new.spec
            kept = replace(new, spec=spec, planner=replace(old.planner, next_due=None))
            reschedule(db, old, kept, now, was=workflow.enabled, will=workflow.enabled)
    catalog.add_schedules(db, new_ones)
    for old in left.values():
        account_until(db, old, now, workflow.enabled)
        catalog.delete_schedule(db, old.id)


def account_until(db: Connection, schedule: Schedule, now: datetime, workflow_enabled: bool) -> Schedule:
    """Give every fire up to now its disposition, before anything about the schedule changes.

    An unreadable schedule has none: it can still be changed, paused and deleted.
    """
    if problem_with(schedule):
        return schedule
    trigger = planner.trigger_of(schedule, planner.calendars_of(db, [schedule]))
    if schedule.enabled and workflow_enabled and not planner_store.paused(db):
        active = fire_store.active_runs(db, [schedule])[fire_store.scope_of(schedule)]
        done = account(schedule, trigger, now, active)
    else:
        done = account_for_pause(schedule, trigger, now)
    planner.store(db, [done], now)
    return done.schedule


def reschedule(db: Connection, old: Schedule, new: Schedule, now: datetime, *, was: bool, will: bool) -> Schedule:
    account_until(db, old, now, was)
    # A caller that waited for the planner's transaction read the clock before it; keep what the planner accounted for.
    now = max(now, old.planner.cursor or now)
    retimed = old.spec != new.spec or old.timezone != new.timezone
    spec = parse_spec(dict(new.spec), new.timezone) if retimed else new.spec
    since = old.planner.since if old.adjusted and not retimed else now
    planner_state = replace(new.planner, generation=old.planner.generation + 1, since=since)
    changed = replace(new, spec=spec, planner=planner_state, problem="" if retimed else new.problem)
    late: list[DueFire] = []
    if not retimed and (old.adjusted or changed.adjusted) and not (problem_with(old) or problem_with(changed)):
        calendars = planner.calendars_of(db, [old, changed])
        before, after = planner.trigger_of(old, calendars), planner.trigger_of(changed, calendars)
        late, settled = changed_fires(before, after, now)
        changed = planner.settle(changed, settled, now) if settled else changed
    schedule = begun(db, changed, now, will, new=retimed)
    catalog.save_schedule(db, schedule)
    if late:
        _account_for_late(db, schedule, late, now, fires=schedule.enabled and will)
    return schedule


def _account_for_late(db: Connection, schedule: Schedule, late: list[DueFire], now: datetime, *, fires: bool) -> None:
    """Account for the fires that the change would lose: they were still to come, and now they should have been."""
    if not fires:
        late = [fire._replace(disposition=Disposition.SKIPPED_PAUSED, why="paused") for fire in late]
    active = fire_store.active_runs(db, [schedule])[fire_store.scope_of(schedule)]
    planner.store(db, [account_for_late(schedule, late, now, active)], now)


def begun(db: Connection, schedule: Schedule, now: datetime, workflow_enabled: bool, *, new: bool) -> Schedule:
    """The schedule as it counts from `now`. A `new` date of this minute is due at once, an older one refused."""
    watched = schedule.policies.deadlines.no_success_for
    deadline_store.set_success_watch(db, schedule.workflow_id, schedule.id, watched, now, schedule.timezone)
    spec = anchored(schedule.spec, schedule.timezone, now)
    begun = replace(schedule, spec=spec).at(now, schedule.planner.next_due)
    if new:
        since = now - JUST_NOW if "at" in spec else now
        begun = replace(begun, planner=replace(begun.planner, since=since))
    if not new and problem_with(begun):
        return begun.at(now, None)
    calendars = planner.calendars_of(db, [begun])
    trigger = planner.trigger_of(begun, calendars)
    if new and "at" in spec and trigger.next_after(now) is None:
        moment = trigger.next_after(now - JUST_NOW)
        if moment is None:
            raise InvalidInput(f"{spec['at']} ({schedule.timezone}) is in the past; choose a time in the future.")
        begun = begun.at(moment - timedelta(microseconds=1), None)
        begun = replace(begun, planner=replace(begun.planner, since=begun.planner.cursor))
    active = begun.enabled and workflow_enabled
    cursor = begun.planner.cursor or now
    return begun.at(cursor, trigger.next_after(cursor) if active else None)


def unless_rescheduled(schedule_id: str, expected: str) -> Callable[[Connection], None]:
    """A check for the transaction of a change: Outdated if the schedule was changed since; `*`: never."""

    def check(db: Connection) -> None:
        found = catalog.find_schedule(db, schedule_id)
        if found is not None and expected not in ("*", str(found.planner.generation)):
            raise Outdated(f"The schedule {schedule_id!r} was changed meanwhile; reload it and repeat your change.")

    return check


def _same(old: Schedule, new: Schedule) -> bool:
    """Whether both have the same definition; the planner's position does not matter."""
    here = replace(new, spec=old.spec, planner=old.planner)
    return here == old and written(old.spec) == written(new.spec)
