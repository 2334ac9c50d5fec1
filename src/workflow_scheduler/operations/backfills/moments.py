"""The past times of a schedule, by its rules as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from workflow_scheduler.domain.backfill import MOST_MOMENTS
from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import DueFire, PlannerState, Schedule
from workflow_scheduler.engine.planner import due_times_of
from workflow_scheduler.triggers.bounds import end_of, start_of
from workflow_scheduler.triggers.fire_times import build

__all__ = ["past_fires"]

_TICK = timedelta(microseconds=1)


def past_fires(
    schedule: Schedule, calendars: Mapping[str, Days], start: datetime, end: datetime, now: datetime
) -> Iterator[DueFire]:
    """Its fires with a nominal time from `start` to `end` that were due by now, those included that do not run.

    A pause, a skip and the time since which it exists do not matter: that is what a backfill is for.
    """
    free = replace(schedule.with_policies(paused_until=None), planner=PlannerState())
    places = due_times_of(free, calendars)
    nominals = build(dict(schedule.spec), schedule.timezone, calendars.get(schedule.policies.calendar or ""))
    policies = schedule.policies
    if policies.from_:
        start = max(start, start_of(policies.from_, schedule.timezone))
    if policies.until:
        end = min(end, end_of(policies.until, schedule.timezone))
    if start > end:
        return
    if (count := nominals.count(start - _TICK, end)) > MOST_MOMENTS:
        raise InvalidInput(
            f"{schedule.id} has {count:,} times in this range, and a backfill has at most {MOST_MOMENTS:,}; "
            "choose a shorter range."
        )
    moment = nominals.next_after(start - _TICK)
    while moment is not None and moment <= end:
        fire = places.place(moment)
        if fire.due <= now:
            yield fire
        moment = nominals.next_after(moment)
