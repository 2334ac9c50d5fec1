"""Previews: when schedules will fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import PlannerState, Schedule, written
from workflow_scheduler.operations.lookup import check_calendar
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.operations.schedules.problems import check_observed
from workflow_scheduler.operations.schedules.show import coming_fires
from workflow_scheduler.operations.timestamps import signed
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Database
from workflow_scheduler.triggers.spec import anchored, describe, parse_spec
from workflow_scheduler.triggers.warnings import warnings_of

from .rows import ComingFire, MarkedFire, Preview

__all__ = ["parse_moment", "planner_of", "preview_of", "with_clock_changes"]


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
