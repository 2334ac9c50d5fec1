"""Schedules as rows, and rows as schedules; what somebody edited by hand and cannot be read is named."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.deadlines import ScheduleDeadlines, parse_finish_by
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.fields import Kind, declared_fields, from_stored
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import PlannerState, Schedule

from . import tables

__all__ = ["SCHEDULE_COLUMNS", "schedule_from", "schedule_values"]


class _Items(tuple[Any, ...]):
    """The items of an object in the policies, which has no hash itself."""

    __slots__ = ()


@functools.lru_cache(maxsize=256)
def _policies(stored: tuple[tuple[str, Any], ...]) -> tuple[Policies, str]:
    """Policies as stored, and the names of unreadable or unknown ones, which get their defaults."""
    values: dict[str, Any] = {}
    wrong = []
    kinds = {field.attribute: field.about.kind for field in declared_fields(Policies)}
    for name, value in stored:
        try:
            value = dict(value) if isinstance(value, _Items) else value  # noqa: PLW2901
            if not _READABLE.get(kinds[name], lambda _: True)(value):
                raise ValueError(name)
            values |= from_stored(Policies, {name: value})
        except (InvalidInput, KeyError, TypeError, ValueError):
            wrong.append(name)
    return Policies(**values), ", ".join(wrong)


_READABLE: dict[Kind, Callable[[Any], bool]] = {
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.TIME: lambda value: value is None or isinstance(value, str),
    Kind.IDENTIFIER: lambda value: value is None or isinstance(value, str),
    Kind.DURATION: lambda value: value is None or (isinstance(value, float | int) and not isinstance(value, bool)),
    Kind.FINISH_BY: lambda value: value is None or bool(parse_finish_by(value)),
    Kind.PART: lambda value: all(
        _READABLE[field.about.kind](value.get(field.name)) for field in declared_fields(ScheduleDeadlines)
    ),
}


SCHEDULE_COLUMNS = ", ".join(f"schedules.{name}" for name in tables.schedules.columns)


def schedule_from(row: Any) -> Schedule:
    """The schedule of a row. Unreadable parts, such as after an edit by hand, become its `problem` instead of an
    error."""
    spec, stored = row.spec, row.policies
    try:
        items = ((name, _Items(value.items()) if isinstance(value, dict) else value) for name, value in stored.items())
        policies, wrong = _policies(tuple(item for item in items if item[0] != "params"))
        if isinstance(params := stored.get("params", {}), dict):
            policies = replace(policies, params=params) if params else policies
        else:
            wrong = ", ".join([wrong, "params"] if wrong else ["params"])
    except (AttributeError, TypeError):  # no object, or one with lists in it
        policies, wrong = Policies(), "policies"
    if not isinstance(spec, dict):
        spec, wrong = {}, ", ".join(["spec", wrong] if wrong else ["spec"])
    return Schedule(
        row.id,
        row.workflow_id,
        spec,
        row.timezone,
        policies,
        PlannerState(
            row.generation, row.cursor_utc, row.next_due_utc, row.since_utc, _skips(row.skips) if row.skips else ()
        ),
        f"Its row in the database has no readable {wrong}; any change replaces it with the default." if wrong else "",
    )


def _skips(stored: Any) -> tuple[tuple[datetime, str], ...]:
    try:
        return tuple((datetime.fromisoformat(nominal), str(why)) for nominal, why in stored.items())
    except (AttributeError, TypeError, ValueError):
        return ()


_DEFAULTS = asdict(Policies())


@functools.lru_cache(maxsize=256)
def _stored(policies: Policies) -> dict[str, Any]:
    """What is not at its default: the planner reads it with every fire."""
    return {name: value for name, value in asdict(policies).items() if value != _DEFAULTS[name]}


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "workflow_id": schedule.workflow_id,
        "spec": dict(schedule.spec),
        "timezone": schedule.timezone,
        "policies": _stored(schedule.policies),
        "enabled": schedule.policies.enabled,
        "wake": schedule.policies.wake,
        "generation": schedule.planner.generation,
        "cursor_utc": schedule.planner.cursor,
        "next_due_utc": schedule.planner.next_due,
        "calendar": schedule.policies.calendar,
        "since_utc": schedule.planner.since,
        "skips": {nominal.isoformat(): why for nominal, why in schedule.planner.skips} or None,
    }
