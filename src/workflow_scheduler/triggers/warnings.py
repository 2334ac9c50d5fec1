"""Finds behaviour of a trigger that was probably not intended, before it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from .cron_fields import CronFields, Rhythm
from .crontab import CrontabTrigger
from .fire_times import build
from .spec import anchored
from .wall_times import WallTimesTrigger

__all__ = ["warnings_of"]

YEAR = timedelta(days=366)
_INTERVALS = {"minute": "m", "hour": "h", "day-of-month": "d"}


def warnings_of(spec: Mapping[str, Any], timezone: str, now: datetime) -> list[str]:
    """A sentence for each warning. `spec` is the result of `parse_spec`; clock changes are looked for within a year."""
    if "business_day" in spec:  # whose days no clock change touches
        return []
    trigger = build(anchored(spec, timezone, now), timezone)
    if isinstance(trigger, WallTimesTrigger):
        return list(_clock(trigger, timezone, now))
    if isinstance(trigger, CrontabTrigger):
        fields = trigger.fields
        steps = (warning for rhythm in fields.rhythms for warning in _uneven(rhythm))
        return [*_every_minute(fields), *steps, *_both_days(fields), *_clock(trigger, timezone, now)]
    moment = trigger.next_after(now)
    shift = trigger.shift(moment) if moment else None
    return [f"{spec['at']} in {timezone} is {shift.words}."] if shift else []


def _every_minute(fields: CronFields) -> Iterator[str]:
    minute, hour, *days = fields.expression.split()
    if minute == "*" and (hour != "*" or days != ["*"] * 3):
        once = " ".join(["0", "0" if hour == "*" else hour, *days])
        number = 60 * len(fields.hours)
        yield f"It fires every minute, {number:,} times on each of its days; without the '*' for the minute it is {once!r}."


def _uneven(rhythm: Rhythm) -> Iterator[str]:
    """A step that does not divide its field, so that it restarts unevenly."""
    if rhythm.even:
        return
    last, first = rhythm.values[-1], rhythm.values[0]
    unit = _INTERVALS.get(rhythm.field.name)
    advice = f"; for an even rhythm use an interval of {rhythm.step}{unit}" if unit else ""
    yield (
        f"The step {rhythm.term!r} of the field {rhythm.field.name} restarts with each {rhythm.field.round}: "
        f"{first} follows {last}, which are not {rhythm.step} apart{advice}."
    )


def _both_days(fields: CronFields) -> Iterator[str]:
    """Two restricted day fields, of which either or both must match."""
    _, _, day, _, weekday = fields.expression.split()
    if "*" in (day, weekday):
        return
    if fields.both_days:
        yield "Both day fields are restricted, and one begins with '*': it fires only on days that match both."
    else:
        yield (
            "Both day fields are restricted: it fires on each day that matches either of them; "
            "write '*' in one to use only the other."
        )


def _clock(trigger: CrontabTrigger, timezone: str, now: datetime) -> Iterator[str]:
    """The next clock change that drops fires, and the next that doubles them."""
    changes = list(trigger.clock_changes(now, now + YEAR))
    firsts = [change for change in changes if change.lost][:1] + [change for change in changes if change.doubled][:1]
    for change in firsts:
        way = f"On {change.before:%Y-%m-%d} the clocks of {timezone} go from {change.before:%H:%M} to {change.behind:%H:%M}"
        number = change.lost or change.doubled
        fires = f"{number} fire{'' if number == 1 else 's'}"
        if change.doubled:
            yield f"{way}: {fires} in the hour that occurs twice happen{'s' if number == 1 else ''} twice."
        else:
            yield f"{way}: {fires} on that day {'does' if number == 1 else 'do'} not happen."
