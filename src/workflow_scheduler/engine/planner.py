"""The planner's database side: accounts for due schedules and queues runs for their fires."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from workflow_scheduler.domain.calendar import SEARCHED, Days
from workflow_scheduler.domain.errors import InvalidInput, Unreachable
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.policies import Overlap
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Disposition, Fire, Schedule
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import deadlines as deadline_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.catalog import Newest
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.due_times import SETTLED, DueTimes
from workflow_scheduler.triggers.fire_times import build

from .accounting import Accounting, account
from .fire_deadlines import calendars_named, deadlines_asked, deadlines_of

__all__ = [
    "BATCH",
    "FIRST_BATCH",
    "account_for",
    "calendars_of",
    "due_times_of",
    "fresh_trigger_of",
    "plan",
    "readable",
    "replan",
    "replan_all",
    "settle",
    "store",
    "trigger_of",
]

FIRST_BATCH, BATCH = 50, 500
"""Schedules planned in one transaction: few at first, so that commands run while the others are planned, and
twice as many each time, because each transaction costs something of its own."""
_UNWANTED = (Disposition.SKIPPED_OVERLAP, Disposition.SKIPPED_TOO_OLD)
"""Fires that were to run, and did not: people may want to know."""
_NONE: Mapping[str, Days] = MappingProxyType({})
_log = logging.getLogger(__name__)


def trigger_of(schedule: Schedule, calendars: Mapping[str, Days] = _NONE) -> Trigger:
    """InvalidInput if what is stored cannot be read. `calendars`: see `calendars_of`."""
    if schedule.problem or any(isinstance(value, dict | list) for value in schedule.spec.values()):
        return fresh_trigger_of(schedule, calendars)
    return _adjusted(schedule, _trigger(tuple(sorted(schedule.spec.items())), schedule.timezone), calendars)


def fresh_trigger_of(schedule: Schedule, calendars: Mapping[str, Days] = _NONE) -> Trigger:
    """The same without the cache: triggers needed only once would push out those in use."""
    if schedule.problem:
        raise InvalidInput(schedule.problem)
    days = calendars.get(schedule.policies.calendar or "")
    return _adjusted(schedule, build(dict(schedule.spec), schedule.timezone, days), calendars)


def due_times_of(schedule: Schedule, calendars: Mapping[str, Days]) -> DueTimes:
    """The trigger of an adjusted schedule. InvalidInput as in `trigger_of`."""
    if schedule.problem:
        raise InvalidInput(schedule.problem)
    days = calendars.get(schedule.policies.calendar or "")
    return _due_times(schedule, build(dict(schedule.spec), schedule.timezone, days), calendars)


def _adjusted(schedule: Schedule, nominal: Trigger, calendars: Mapping[str, Days]) -> Trigger:
    return _due_times(schedule, nominal, calendars) if schedule.adjusted else nominal


def _due_times(schedule: Schedule, nominal: Trigger, calendars: Mapping[str, Days]) -> DueTimes:
    days, name = None, schedule.policies.calendar
    if name is not None and (days := calendars.get(name)) is None:
        raise InvalidInput(f"There is no calendar {name!r}; apply it, or choose another for the schedule.")
    return DueTimes(schedule, nominal, days)


def calendars_of(db: Connection, schedules: Iterable[Schedule]) -> Mapping[str, Days]:
    """The days of the calendars that the schedules observe; those that do not exist are missing."""
    names = {schedule.policies.calendar for schedule in schedules if schedule.policies.calendar}
    return calendar_store.days_of(db, names) if names else _NONE


@lru_cache(maxsize=1_000)
def _trigger(spec: tuple[tuple[str, object], ...], timezone: str) -> Trigger:
    return build(dict(spec), timezone)


def settle(schedule: Schedule, nominals: Iterable[datetime], now: datetime) -> Schedule:
    """The schedule without the fires at these nominal times, which have their disposition."""
    kept = [skip for skip in schedule.planner.skips if skip[0] > now - 3 * SEARCHED * timedelta(days=1)]
    skips = (*kept, *((nominal, SETTLED) for nominal in nominals))
    return replace(schedule, planner=replace(schedule.planner, skips=skips))


def readable(
    db: Connection,
    schedules: Collection[Schedule],
    make: Callable[[Schedule, Mapping[str, Days]], Trigger] = trigger_of,
) -> list[tuple[Schedule, Trigger]]:
    """Those that can fire. The others lose their due time, in the caller's transaction, so that they do not block these."""
    found, unreadable = [], []
    calendars = calendars_of(db, schedules)
    for schedule in schedules:
        try:
            found.append((schedule, make(schedule, calendars)))
        except InvalidInput as error:
            _log.error("The schedule %s cannot fire: %s", schedule.id, error)
            unreadable.append(schedule.at(schedule.planner.cursor, None))
    catalog.save_planned(db, unreadable)
    return found


def plan(db: Connection, now: datetime, most: int, cancel: Callable[[Collection[Schedule]], None]) -> int:
    """Account for up to `most` due schedules, in the caller's transaction. Returns their number.

    `cancel` is called with the schedules whose open runs give way to a new one.
    """
    due = catalog.schedules_due(db, now, most)
    if due:
        store(db, account_for(db, readable(db, due), now, cancel), now)
    return len(due)


def account_for(
    db: Connection,
    due: Collection[tuple[Schedule, Trigger]],
    now: datetime,
    cancel: Callable[[Collection[Schedule]], None],
) -> list[Accounting]:
    """The fires of schedules that are due together, not stored yet. `cancel`: see `plan`."""
    active = fire_store.active_runs(db, [schedule for schedule, _ in due])
    done = []
    for schedule, trigger in due:
        scope = fire_store.scope_of(schedule)
        done.append(account(schedule, trigger, now, active[scope]))
        # Another schedule of the workflow may be due at the same time.
        active[scope] += sum(fire.run_id is not None for fire in done[-1].fires)
    if replaced := [accounting.schedule for accounting in done if accounting.replaces]:
        cancel(replaced)
    return done


def replan(db: Connection, after: str) -> str | None:
    """Recompute when the schedules after `after` are due: the rules of a zone may have changed.

    Returns the identifier to continue after; None at the end.
    """
    found = catalog.schedules_after(db, after, BATCH)
    due = [
        schedule.at(schedule.planner.cursor, trigger.next_after(schedule.planner.cursor))
        for schedule, trigger in readable(db, found, fresh_trigger_of)
        if schedule.planner.cursor
    ]
    old = {schedule.id: schedule.planner.next_due for schedule in found}
    catalog.save_planned(db, [schedule for schedule in due if schedule.planner.next_due != old[schedule.id]])
    return found[-1].id if len(found) == BATCH else None


def replan_all(database: Database, ended: Callable[[], bool], pause: float) -> None:
    """Do so for every schedule, for as long as it takes. `pause`: seconds between two tries of a database that does not
    answer."""
    after: str | None = ""
    while after is not None and not ended():
        try:
            after = database.write(lambda db, after=after: replan(db, after))  # type: ignore[misc]
        except Unreachable:
            time.sleep(pause)


def store(db: Connection, done: Collection[Accounting], now: datetime) -> None:
    """Write fires, their runs and deadlines, and the moved cursors."""
    newest = catalog.newest_of(db, {accounting.schedule.workflow_id for accounting in done})
    begun = fire_store.record_fires(db, [fire for accounting in done for fire in accounting.fires])
    told = [accounting.schedule for accounting in done if newest[accounting.schedule.workflow_id].params]
    calendars = calendars_of(db, told)
    runs = [
        _run(accounting.schedule, fire, fire.run_id, newest[accounting.schedule.workflow_id], now, calendars)
        for accounting in done
        for fire in accounting.fires
        if fire.run_id in begun
    ]
    run_store.add_runs(db, runs)
    if asked := deadlines_asked(done, newest):
        days = calendar_store.days_of(db, names) if (names := calendars_named(asked)) else _NONE
        deadline_store.add_deadlines(db, [row for one in asked for row in deadlines_of(*one, begun, days)])
    event_store.record_events(
        db,
        [
            Event(now, "run.failed", run.workflow_id, run.id, schedule_id=run.schedule_id, reason=run.reason)
            for run in runs
            if run.over
        ]
        + [
            Event(
                now, "fire.skipped", accounting.schedule.workflow_id, schedule_id=fire.schedule_id, reason=fire.reason
            )
            for accounting in done
            for fire in accounting.fires
            if fire.disposition in _UNWANTED
        ],
    )
    catalog.save_planned(db, [accounting.schedule for accounting in done])


def _run(
    schedule: Schedule, fire: Fire, run_id: str, newest: Newest, now: datetime, calendars: Mapping[str, Days]
) -> Run:
    """The run of a fire. If its parameters do not fit, it has failed already."""
    run = Run(
        id=run_id,
        workflow_id=schedule.workflow_id,
        version=newest.version,
        state=RunState.QUEUED,
        queued_at=now,
        reason=fire.reason,
        schedule_id=schedule.id,
        nominal=fire.nominal,
        due=fire.due,
        exclusive=schedule.policies.overlap is not Overlap.ALLOW,
        exclusive_scope=schedule.policies.overlap_scope.value,
        started_by="schedule",
        cause=fire.reason,
        timezone=schedule.timezone,
    )
    if not newest.params:
        return run
    try:
        days = calendars.get(schedule.policies.calendar or "")
        moment = Moment.within(fire.nominal, schedule.timezone, days)
        params = resolve(newest.params, schedule.policies.params, moment)
    except InvalidInput as error:
        return replace(run, state=RunState.FAILED, reason=str(error), finished_at=now)
    return replace(run, params=params)
