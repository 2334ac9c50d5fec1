"""Draws spans of time as lines of characters under a time axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.quick_dataclass import dataclass

from .plain_table import Styled

__all__ = ["Axis", "Bar", "Kind", "axis_lines", "legend", "row_cells"]

_STEPS = [timedelta(minutes=minutes) for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)]
_APART = 8
"""Columns between two labels at least."""
_DAY = timedelta(days=1)


class Kind(IntEnum):
    """What a bar is; of two in one column, the greater is drawn."""

    SKIPPED = 1
    WAITING = 2
    RUNNING = 3
    FAILED = 4


_WORDS = {Kind.RUNNING: "running", Kind.WAITING: "waiting", Kind.FAILED: "failed", Kind.SKIPPED: "skipped"}
_SIGNS = {
    Kind.RUNNING: ("█", "#", "cyan"),
    Kind.WAITING: ("░", ".", "yellow"),
    Kind.FAILED: ("✗", "x", "bold red"),
    Kind.SKIPPED: ("»", ">", "yellow"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    start: datetime
    end: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of time on a number of columns."""

    begin: datetime
    end: datetime
    columns: int
    timezone: str
    unicode: bool

    def column(self, moment: datetime) -> int:
        share = (moment - self.begin) / (self.end - self.begin)
        return min(max(int(share * self.columns), 0), self.columns - 1)


def axis_lines(axis: Axis) -> tuple[str, str]:
    """The labels of the ticks, and a line with the ticks."""
    labels = [" "] * axis.columns
    line = ["─" if axis.unicode else "-"] * axis.columns
    free = 0
    for moment in _ticks(axis):
        at, local = axis.column(moment), moment.astimezone(ZoneInfo(axis.timezone))
        label = f"{local:%a %d}" if local.time() == time() else f"{local:%H:%M}"
        line[at] = "┬" if axis.unicode else "+"
        if at >= free and at + len(label) <= axis.columns:
            labels[at : at + len(label)] = label
            free = at + len(label) + 1
    return "".join(labels).rstrip(), "".join(line)


def _ticks(axis: Axis) -> Iterator[datetime]:
    """Round times of the zone, as near to each other as their labels allow."""
    least = (axis.end - axis.begin) * _APART / axis.columns
    step = next((step for step in _STEPS if step >= least), _DAY * -(-least // _DAY))
    zone = ZoneInfo(axis.timezone)
    day = axis.begin.astimezone(zone).date()
    while True:
        midnight = datetime.combine(day, time())
        for number in range(max(1, _DAY // step)):
            moment = (midnight + number * step).replace(tzinfo=zone).astimezone(UTC)
            if moment > axis.end:
                return
            if moment >= axis.begin:
                yield moment
        day += max(step, _DAY)


def row_cells(axis: Axis, bars: Sequence[Bar]) -> list[Styled]:
    """The characters of a row, in parts of one style. A bar takes one column at least."""
    kinds = [0] * axis.columns
    for bar in bars:
        if bar.end < axis.begin or bar.start > axis.end:
            continue
        first, last = axis.column(bar.start), axis.column(max(bar.start, bar.end - timedelta(microseconds=1)))
        for at in range(first, last + 1):
            kinds[at] = max(kinds[at], bar.kind)
    parts: list[Styled] = []
    for kind in kinds:
        sign, style = _sign(axis, Kind(kind)) if kind else (" ", "")
        if parts and parts[-1].style == style:
            parts[-1] = Styled(parts[-1].text + sign, style)
        else:
            parts.append(Styled(sign, style))
    return parts


def legend(axis: Axis, kinds: Sequence[Kind]) -> str:
    return "  ".join(f"{_sign(axis, kind)[0]} {_WORDS[kind]}" for kind in _WORDS if kind in kinds)


def _sign(axis: Axis, kind: Kind) -> tuple[str, str]:
    unicode, ascii_, style = _SIGNS[kind]
    return unicode if axis.unicode else ascii_, style
