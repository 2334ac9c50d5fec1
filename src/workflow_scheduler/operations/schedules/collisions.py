"""Which new fires of changed schedules are due at the same time as others."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Database

from .show import coming_fires

__all__ = ["Collision", "collisions"]

MOST = 100_000
"""Fires of all schedules that are examined."""
_AT_ONCE = 50
"""Fires of one schedule that are examined before the next new fire is looked for."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Collision:
    """Other schedules with a run due at the same time."""

    at: datetime
    schedule_ids: tuple[str, ...]


def collisions(
    database: Database,
    new: Mapping[str, Iterable[datetime]],
    changed: Mapping[str, Schedule | None],
    calendars: Mapping[str, Days],
) -> dict[str, tuple[Collision, ...]]:
    """For each schedule with `new` fires, in their order. `changed`: the schedules that will not be as they are stored, None for
    those that will be gone. `calendars` as in `differences`."""
    at: defaultdict[datetime, set[str]] = defaultdict(set)
    for name, fires in new.items():
        for fire in fires:
            at[fire].add(name)
    if not at:
        return {}
    left, times = MOST, sorted(at)
    for schedule in _schedules(database, changed):
        start: datetime | None = times[0]
        while start is not None and left > 0:
            coming = coming_fires(database, schedule, start - _TICK, _AT_ONCE, calendars)
            left -= len(coming)
            for other in coming:
                if other.utc in at and other.disposition is None:
                    at[other.utc].add(schedule.id)
            behind = bisect_right(times, coming[-1].utc) if len(coming) == _AT_ONCE else len(times)
            start = times[behind] if behind < len(times) else None
    return {
        name: tuple(Collision(fire, tuple(sorted(at[fire] - {name}))) for fire in fires if len(at[fire]) > 1)
        for name, fires in new.items()
    }


def _schedules(database: Database, changed: Mapping[str, Schedule | None]) -> Iterable[Schedule]:
    """All that will be there and are enabled."""
    stored = database.read(catalog.list_schedules)
    kept = [schedule for schedule in stored if schedule.id not in changed]
    return [schedule for schedule in (*kept, *changed.values()) if schedule is not None and schedule.enabled]
