"""When schedules fire, and when they fired: previews, and a calendar over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition, written
from workflow_scheduler.storage import pages
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers import build, describe, parse_spec, preview, problem_of, warnings_of

from .moments import iso
from .queries import fires_of
from .scheduling import problem_with

__all__ = ["calendar", "fire_changes", "parse_moment", "preview_of", "with_clock_changes"]

LONGEST = timedelta(days=62)
MOST_FIRES = 5000
MOST_OF_ONE = 500
MOST_SCHEDULES = 2000
COMPARED = 10
CAUGHT_UP_WITHIN = timedelta(days=2)
"""Runs that were made up for later than this are not looked for among those that were due."""


def parse_moment(text: str, what: str, timezone: str = "UTC") -> datetime:
    """An ISO time; without an offset it is in the zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{what} {text[:40]!r} is not an ISO time; write 2026-03-07T12:00:00Z.") from None
    if not 1971 <= moment.year < 9990:
        raise InvalidInput(f"{what} {text[:40]!r} is out of the calendar; write a year from 1971 to 9989.")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def preview_of(spec: Mapping[str, Any], timezone: str, start: datetime, count: int) -> dict[str, Any]:
    """What a trigger that is not stored means: plain English, and its next fires."""
    parsed = parse_spec(spec, timezone)
    if "every" in parsed or "interval" in parsed:
        parsed.setdefault("anchor", start.isoformat())
    return {
        "description": describe(parsed, timezone),
        "timezone": timezone,
        "warnings": warnings_of(parsed, timezone, start),
        "fires": with_clock_changes(fires_of(parsed, timezone, start, count)),
    }


def with_clock_changes(fires: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The fires, where the zone's clock was set between one and the next marked by how much: `+01:00`."""
    marked: list[dict[str, Any]] = []
    before: timedelta | None = None
    for fire in fires:
        offset = datetime.fromisoformat(fire["local"]).utcoffset()
        change = None
        if before is not None and offset is not None and offset != before:
            minutes = round((offset - before).total_seconds() / 60)
            change = f"{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        marked.append({**fire, "clock_change": change})
        before = offset
    return marked


def calendar(database: Database, start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    """What was due in that time and what became of it, and what will be due. `truncated`: there is more than is shown."""
    if not start < end <= start + LONGEST:
        raise InvalidInput(f"The calendar shows up to {LONGEST.days} days at once; choose a time between.")

    def work(db: Connection) -> tuple[list[dict[str, Any]], list[Schedule]]:
        past = [
            {
                "schedule_id": run.schedule_id,
                "workflow_id": run.workflow_id,
                "nominal_utc": iso(run.nominal),
                "disposition": "queued",
                "run_id": run.id,
                "state": run.state.value,
                "reason": run.reason,
                "until_utc": None,
                "count": 1,
            }
            for run in pages.scheduled_runs(db, start, end, end + CAUGHT_UP_WITHIN, MOST_FIRES)
        ]
        past += [
            {
                "schedule_id": fire.schedule_id,
                "workflow_id": workflow_id,
                "nominal_utc": iso(fire.nominal),
                "disposition": fire.disposition.value,
                "run_id": None,
                "state": None,
                "reason": fire.reason,
                "until_utc": iso(fire.until),
                "count": fire.count,
            }
            for fire, workflow_id in pages.passed_over(db, start, end, MOST_FIRES)
        ]
        return past, pages.coming(db, end, MOST_SCHEDULES) if end > now else []

    past, schedules = database.read(work)
    coming, more = _coming(schedules, max(start, now), end)
    past.sort(key=lambda one: str(one["nominal_utc"]))
    return {
        "from": iso(start),
        "to": iso(end),
        "past": past[:MOST_FIRES],
        "coming": coming,
        "truncated": more or len(past) >= MOST_FIRES or len(schedules) == MOST_SCHEDULES,
    }


def _coming(schedules: list[Schedule], start: datetime, end: datetime) -> tuple[list[dict[str, Any]], bool]:
    found: list[dict[str, Any]] = []
    more = False
    for one in schedules:
        if problem_with(one):
            continue
        trigger = build(dict(one.spec), one.timezone)
        moment = one.next_due if one.next_due and one.next_due >= start else trigger.next_after(start)
        shown = 0
        while moment is not None and moment < end:
            if shown == MOST_OF_ONE or len(found) == MOST_FIRES:
                more = True
                break
            found.append({"schedule_id": one.id, "workflow_id": one.workflow_id, "utc": iso(moment)})
            shown += 1
            moment = trigger.next_after(moment)
    return sorted(found, key=lambda one: (str(one["utc"]), str(one["schedule_id"]))), more


def fire_changes(
    present: list[Schedule], wanted: list[ScheduleDefinition], timezone: str, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Among the next fires of each schedule, those that the wanted definitions add, and those that they remove."""
    added: list[dict[str, Any]] = []
    removed: list[dict[str, Any]] = []
    old = {one.id: one for one in present}
    new = {one.id: one for one in wanted}
    for name in sorted({*old, *new}):
        before = _next_of(dict(old[name].spec), old[name].timezone, now) if name in old and old[name].enabled else []
        after: list[datetime] = []
        if name in new and new[name].enabled:
            zone = new[name].timezone or timezone
            spec = parse_spec(dict(new[name].spec), zone)
            kept = name in old and written(old[name].spec) == written(spec)
            anchor = old[name].spec.get("anchor") if kept else now.replace(microsecond=0).isoformat()
            after = _next_of({**spec, **({"anchor": anchor} if {"every", "interval"} & set(spec) else {})}, zone, now)
        # Both lists are cut: behind the end of the shorter one nothing can be said.
        ends = [fires[-1] for fires in (before, after) if len(fires) == COMPARED]
        horizon = min(ends, default=None)
        added += [_fire(name, one) for one in after if one not in before and (horizon is None or one <= horizon)]
        removed += [_fire(name, one) for one in before if one not in after and (horizon is None or one <= horizon)]
    return added, removed


def _next_of(spec: dict[str, Any], timezone: str, now: datetime) -> list[datetime]:
    return [] if problem_of(spec, timezone) else preview(spec, timezone, now, COMPARED)


def _fire(schedule_id: str, moment: datetime) -> dict[str, Any]:
    return {"schedule_id": schedule_id, "utc": iso(moment)}
