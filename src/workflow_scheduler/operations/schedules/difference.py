"""What changed definitions do to the coming fires: those added, removed and moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition, written
from workflow_scheduler.operations.schedules.show import coming_fires
from workflow_scheduler.storage.database import Database
from workflow_scheduler.triggers.spec import anchored, parse_spec, problem_of

__all__ = ["MovedFire", "ScheduleDifference", "differences"]

MOST = 2_000
"""Fires of a schedule that are compared."""


@dataclass(frozen=True, slots=True)
class MovedFire:
    """A fire that is due at another time of the same day."""

    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDifference:
    """`until`: how far the fires were compared."""

    workflow_id: str
    schedule_id: str
    timezone: str
    added: tuple[datetime, ...]
    removed: tuple[datetime, ...]
    moved: tuple[MovedFire, ...]
    kept: int
    until: datetime


def differences(
    database: Database,
    workflow_id: str,
    present: Iterable[Schedule],
    wanted: Iterable[ScheduleDefinition],
    timezone: str,
    now: datetime,
    days: int,
) -> list[ScheduleDifference]:
    """For each schedule whose fires of the coming days change."""
    old = {schedule.id: schedule for schedule in present}
    new = {definition.id: definition for definition in wanted}
    found = []
    for name in sorted({*old, *new}):
        before = old.get(name)
        after = _as_stored(workflow_id, new[name], before, timezone, now) if name in new else None
        difference = _difference(database, workflow_id, before, after, now, now + timedelta(days=days))
        if difference is not None and (difference.added or difference.removed or difference.moved):
            found.append(difference)
    return found


def _as_stored(
    workflow_id: str, definition: ScheduleDefinition, before: Schedule | None, timezone: str, now: datetime
) -> Schedule:
    zone = definition.timezone or timezone
    spec = parse_spec(dict(definition.spec), zone)
    kept = before is not None and written(before.spec) == written(spec)
    spec = dict(before.spec) if before is not None and kept else anchored(spec, zone, now)
    return Schedule(definition.id, workflow_id, spec, zone, definition.policies)


def _difference(
    database: Database,
    workflow_id: str,
    before: Schedule | None,
    after: Schedule | None,
    now: datetime,
    until: datetime,
) -> ScheduleDifference | None:
    named = after or before
    if named is None:
        return None
    lists = [_fires(database, schedule, now) for schedule in (before, after)]
    # Both are cut: beyond the end of the shorter one nothing is known.
    end = min([until, *(fires[-1] for fires in lists if len(fires) == MOST)])
    old, new = ([fire for fire in fires if fire <= end] for fires in lists)
    kept = {*old} & {*new}
    moved, removed, added = _paired(
        [fire for fire in old if fire not in kept], [fire for fire in new if fire not in kept], named.timezone
    )
    return ScheduleDifference(
        workflow_id=workflow_id,
        schedule_id=named.id,
        timezone=named.timezone,
        added=tuple(added),
        removed=tuple(removed),
        moved=tuple(moved),
        kept=len(kept),
        until=end,
    )


def _fires(database: Database, schedule: Schedule | None, now: datetime) -> list[datetime]:
    """When its next runs are due."""
    if schedule is None or not schedule.enabled or problem_of(schedule.spec, schedule.timezone):
        return []
    return [fire.utc for fire in coming_fires(database, schedule, now, MOST) if fire.disposition is None]


def _paired(
    removed: list[datetime], added: list[datetime], timezone: str
) -> tuple[list[MovedFire], list[datetime], list[datetime]]:
    """Those of one day in pairs, in their order, and what is left of each."""
    zone = ZoneInfo(timezone)
    gone: defaultdict[date, list[datetime]] = defaultdict(list)
    new: defaultdict[date, list[datetime]] = defaultdict(list)
    for fires, by_day in ((removed, gone), (added, new)):
        for fire in fires:
            by_day[fire.astimezone(zone).date()].append(fire)
    moved = [MovedFire(*pair) for day in gone for pair in zip(gone[day], new.get(day, ()), strict=False)]
    before, after = {fire.before for fire in moved}, {fire.after for fire in moved}
    return moved, [fire for fire in removed if fire not in before], [fire for fire in added if fire not in after]
