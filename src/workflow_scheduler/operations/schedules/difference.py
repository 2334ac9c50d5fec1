"""What changed definitions do to the coming fires: those added, removed and moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition, written
from workflow_scheduler.operations.schedules.forecast import planner_of
from workflow_scheduler.operations.schedules.show import coming_fires
from workflow_scheduler.storage.database import Database
from workflow_scheduler.triggers.spec import anchored, parse_spec, problem_of

from .collisions import Collision, collisions
from .rows import FireOfSchedule

__all__ = ["MovedFire", "ScheduleChange", "ScheduleDifference", "added_and_removed", "changes_of", "differences"]

MOST = 2_000
"""Fires of a schedule that are compared."""
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What a schedule is and what it will be; None for what does not exist."""

    before: Schedule | None
    after: Schedule | None


@dataclass(frozen=True, slots=True)
class MovedFire:
    """A fire that is due at another time of the same day."""

    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDifference:
    """`until`: how far the fires were compared. `collisions`: of its new fires with others."""

    workflow_id: str
    schedule_id: str
    timezone: str
    added: tuple[datetime, ...]
    removed: tuple[datetime, ...]
    moved: tuple[MovedFire, ...]
    kept: int
    until: datetime
    collisions: tuple[Collision, ...] = ()

    @property
    def new(self) -> list[datetime]:
        """The times at which it is due, and was not before."""
        return sorted([*self.added, *(fire.after for fire in self.moved)])


def changes_of(
    workflow_id: str,
    present: Iterable[Schedule],
    wanted: Iterable[ScheduleDefinition],
    timezone: str,
    now: datetime,
) -> list[ScheduleChange]:
    """What a definition does to the schedules of its workflow."""
    old = {schedule.id: schedule for schedule in present}
    new = {definition.id: definition for definition in wanted}
    return [
        ScheduleChange(
            old.get(name), _as_stored(workflow_id, new[name], old.get(name), timezone, now) if name in new else None
        )
        for name in sorted({*old, *new})
    ]


def differences(
    database: Database,
    changes: Iterable[ScheduleChange],
    now: datetime,
    *,
    calendars: Mapping[str, Days] | None = None,
    days: int | None = None,
    most: int = MOST,
) -> list[ScheduleDifference]:
    """For each schedule whose next `most` fires change, in the coming days if they are given. `calendars`: those that change
    as well, as they will be."""
    until = LAST if days is None else now + timedelta(days=days)
    found = []
    for change in changes:
        if named := change.after or change.before:
            old_fires = _fires(database, change.before, now, most, {})
            new_fires = _fires(database, change.after, now, most, calendars or {})
            found.append(_difference(named, old_fires, new_fires, until))
    changed = [difference for difference in found if difference.added or difference.removed or difference.moved]
    together = collisions(
        database,
        {difference.schedule_id: difference.new for difference in changed},
        {named.id: change.after for change in changes if (named := change.after or change.before)},
        calendars or {},
    )
    return [replace(difference, collisions=together.get(difference.schedule_id, ())) for difference in changed]


def _as_stored(
    workflow_id: str, definition: ScheduleDefinition, before: Schedule | None, timezone: str, now: datetime
) -> Schedule:
    zone = definition.timezone or timezone
    spec = parse_spec(dict(definition.spec), zone)
    kept = before is not None and written(before.spec) == written(spec)
    spec = dict(before.spec) if before is not None and kept else anchored(spec, zone, now)
    planner = planner_of(before, spec, zone, now)
    return Schedule(definition.id, workflow_id, spec, zone, definition.policies, planner)


class _Fires(NamedTuple):
    """When the next runs are due, and up to when these are all of them."""

    due: list[datetime]
    end: datetime


def _fires(
    database: Database, schedule: Schedule | None, now: datetime, most: int, calendars: Mapping[str, Days]
) -> _Fires:
    if schedule is None or not schedule.enabled or problem_of(schedule.spec, schedule.timezone):
        return _Fires([], LAST)
    fires = coming_fires(database, schedule, now, most, calendars)
    end = fires[-1].utc if len(fires) == most else LAST
    return _Fires([fire.utc for fire in fires if fire.disposition is None], end)


def _difference(named: Schedule, before: _Fires, after: _Fires, until: datetime) -> ScheduleDifference:
    end = min(until, before.end, after.end)
    old, new = ([fire for fire in fires.due if fire <= end] for fires in (before, after))
    kept = {*old} & {*new}
    moved, removed, added = _paired(
        [fire for fire in old if fire not in kept], [fire for fire in new if fire not in kept], named.timezone
    )
    return ScheduleDifference(
        workflow_id=named.workflow_id,
        schedule_id=named.id,
        timezone=named.timezone,
        added=tuple(added),
        removed=tuple(removed),
        moved=tuple(moved),
        kept=len(kept),
        until=end,
    )


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


def added_and_removed(differences: Iterable[ScheduleDifference]) -> tuple[list[FireOfSchedule], list[FireOfSchedule]]:
    """Their fires; one that moved is removed, and added at its other time."""
    added: list[FireOfSchedule] = []
    removed: list[FireOfSchedule] = []
    for difference in differences:
        name = difference.schedule_id
        gone = sorted([*difference.removed, *(fire.before for fire in difference.moved)])
        added += [FireOfSchedule(name, fire) for fire in difference.new]
        removed += [FireOfSchedule(name, fire) for fire in gone]
    return added, removed
