"""Converts between wall clocks and instants, also in hours that a zone skips or repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .base import Shift

__all__ = ["first_change", "instant_of", "offset_at", "real_instants", "shift_of", "stretches"]

_SECOND = timedelta(seconds=1)
# Nearer than any two changes of one zone: since 1939 the nearest in the tz database are 95 hours apart.
_STEP = timedelta(days=2)


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    """The zone's offset from UTC at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta()


def real_instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the zone's clocks show `wall`: none in a gap, two in a fold."""
    found = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall and instant not in found:
            found.append(instant)
    return found


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a fixed wall-clock time: the first one in a fold, the end of a gap."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # In a gap the time read with the later offset lies before the change, with the earlier one behind it.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return first_change(before, instant, zone) or instant


def first_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant in (start, end] with another offset than at `start`, if the offset changes at most once."""
    offset = offset_at(start, zone)
    if offset_at(end, zone) == offset:
        return None
    while end - start > _SECOND:
        middle = start + (end - start) // 2
        middle = middle.replace(microsecond=0)
        if middle <= start:
            break
        if offset_at(middle, zone) == offset:
            start = middle
        else:
            end = middle
    return end.replace(microsecond=0)  # clocks change at whole seconds


def stretches(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """[start, end) cut at the zone's offset changes: start, end (excluded) and offset of each piece."""
    offset, moment = offset_at(start, zone), start
    while moment < end:
        step = end if end - moment <= _STEP else moment + _STEP
        change = first_change(moment, step, zone)
        if change is None or change == end:
            moment = step
        else:
            yield start, change, offset
            start = moment = change
            offset = offset_at(change, zone)
    yield start, end, offset


def shift_of(
    fire: datetime, zone: ZoneInfo, skipped: Callable[[datetime, datetime], datetime | None] | None
) -> Shift | None:
    """The effect of a clock change on a fire. `skipped`: the first wall-clock time that was due in a gap."""
    instant = fire.astimezone(UTC)
    wall = instant.astimezone(zone).replace(tzinfo=None)
    before, after = offset_at(instant - _SECOND, zone), offset_at(instant, zone)
    if before < after and skipped is not None and (meant := skipped(wall - (after - before), wall)) is not None:
        return Shift(after - before, f"moved: {meant:%H:%M} does not exist on this day")
    both = real_instants(wall, zone)
    if len(both) == 2:
        which = "first" if instant == both[0] else "second"
        return Shift(both[0] - both[1], f"{wall:%H:%M} occurs twice on this day: the {which}")
    return None
