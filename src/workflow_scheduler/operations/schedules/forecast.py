"""When schedules will fire: previews, and what a change of their definitions adds and removes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import PlannerState, Policies, Schedule, ScheduleDefinition, written
from workflow_scheduler.operations.lookup import check_calendar
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.operations.schedules.problems import check_observed
from workflow_scheduler.operations.schedules.show import coming_fires
from workflow_scheduler.operations.timestamps import signed
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Database
from workflow_scheduler.triggers.spec import anchored, describe, parse_spec, problem_of
from workflow_scheduler.triggers.warnings import warnings_of

from .rows import ComingFire, FireOfSchedule, MarkedFire, Preview

__all__ = ["fire_changes", "parse_moment", "planner_of", "preview_of", "with_clock_changes"]

COMPARED = 10


def parse_moment(text: str, what: str, timezone: str = "UTC") -> datetime:
    """An ISO time; without an offset it is in the zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{what} {text[:40]!r} is not an ISO 8601 time. Write 2026-03-07T12:00:00Z.") from None
    if not 1971 <= moment.year < 9990:
        raise InvalidInput(f"{what} {text[:40]!r} is out of range; write a year from 1971 to 9989.")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def preview_of(
    database: Database,
    schedule_id: str,
    spec: Mapping[str, Any],
    timezone: str,
    policies: Policies,
    start: datetime,
    count: int,
    now: datetime,
) -> Preview:
    """Describe a trigger that is not stored: plain English, and its next fires. `schedule_id`: jitter depends on it, and on
    the schedule of that name, if there is one, which fires of the past still count."""
    parsed = anchored(parse_spec(spec, timezone), timezone, start)
    stored = database.read(lambda db: catalog.find_schedule(db, schedule_id)) if schedule_id else None
    planner = planner_of(stored, parsed, timezone, min(start, now))
    wanted = Schedule(schedule_id, "", parsed, timezone, policies, planner)
    check_observed(wanted)
    if policies.calendar is not None:
        database.read(lambda db: check_calendar(db, policies.calendar))
    return Preview(
        description=describe(parsed, timezone),
        timezone=timezone,
        warnings=tuple(warnings_of(parsed, timezone, start)),
        fires=tuple(with_clock_changes(coming_fires(database, wanted, start, count))),
    )


def planner_of(stored: Schedule | None, spec: Mapping[str, Any], timezone: str, now: datetime) -> PlannerState:
    """Which fires of the past would count, and which be skipped, if the schedule were saved so: as `reschedule` has it."""
    if stored is None:
        return PlannerState(since=now)
    same = written(stored.spec) == written(spec) and stored.timezone == timezone
    return stored.planner if same and stored.adjusted else replace(stored.planner, since=now)


def with_clock_changes(fires: list[ComingFire]) -> list[MarkedFire]:
    """The fires, each marked with the clock change since the previous one, such as `+01:00`."""
    marked: list[MarkedFire] = []
    before: timedelta | None = None
    for fire in fires:
        offset = datetime.fromisoformat(fire.local).utcoffset()
        change = None
        if before is not None and offset is not None and offset != before:
            change = signed(offset - before)
        marked.append(widened(fire, MarkedFire, clock_change=change))
        before = offset
    return marked


def fire_changes(
    database: Database, present: list[Schedule], wanted: list[ScheduleDefinition], timezone: str, now: datetime
) -> tuple[list[FireOfSchedule], list[FireOfSchedule]]:
    """Among the next fires of each schedule, those that the new definitions add and those that they remove."""
    added: list[FireOfSchedule] = []
    removed: list[FireOfSchedule] = []
    old = {schedule.id: schedule for schedule in present}
    new = {schedule.id: schedule for schedule in wanted}
    for name in sorted({*old, *new}):
        before, after = _NOTHING, _NOTHING
        if name in old and old[name].enabled:
            before = _next_of(database, old[name], now)
        if name in new and new[name].policies.enabled:
            zone = new[name].timezone or timezone
            spec = parse_spec(dict(new[name].spec), zone)
            kept = name in old and written(old[name].spec) == written(spec)
            spec = dict(old[name].spec) if kept else anchored(spec, zone, now)
            planner = planner_of(old.get(name), spec, zone, now)
            after = _next_of(database, Schedule(name, "", spec, zone, new[name].policies, planner), now)
        # Both lists are cut: beyond the end of the shorter one nothing is known.
        horizon = min([end for _, end in (before, after) if end is not None], default=None)
        for fires, others, found in ((after[0], before[0], added), (before[0], after[0], removed)):
            found += [
                FireOfSchedule(name, fire)
                for fire in fires
                if fire not in others and (horizon is None or fire <= horizon)
            ]
    return added, removed


_NOTHING: tuple[list[datetime], datetime | None] = ([], None)


def _next_of(database: Database, schedule: Schedule, now: datetime) -> tuple[list[datetime], datetime | None]:
    """When its next runs are due, and up to when that is all of them; None: for ever."""
    if problem_of(schedule.spec, schedule.timezone):
        return _NOTHING
    fires = coming_fires(database, schedule, now, COMPARED)
    end = fires[-1].utc if len(fires) == COMPARED else None
    return [fire.utc for fire in fires if fire.disposition is None], end
