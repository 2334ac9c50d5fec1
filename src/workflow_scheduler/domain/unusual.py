"""Whether the size of an output file, or its number of lines, is unusual: a collapse or an explosion against what the same
weekday brought before. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from .quick_dataclass import dataclass

__all__ = ["LEAST", "MONTH_ENDS", "SAMPLES", "Finding", "History", "day_of", "judge", "size_words"]

SAMPLES = 12
"""The newest successes of the same weekday that count."""
MONTH_ENDS = 6
LEAST = 8
"""With fewer of them, nothing is unusual yet."""
_DEVIATIONS = 6
_MAD = 1.4826
"""It makes the median absolute deviation (MAD) comparable to a standard deviation."""
_LEAST_SPREAD = 0.05
_FACTOR = math.log(2)
_LIKE_A_MONTH_END = math.log(1.5)
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class History:
    """Figures of past successes, newest first: of the same weekday, and of the last days of months."""

    weekday: Sequence[float] = ()
    month_ends: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """An unusual figure, and what is usual."""

    value: float
    median: float
    samples: int
    rule: str = ""

    @property
    def ratio(self) -> float:
        return max(self.value, 1.0) / max(self.median, 1.0)


def judge(
    value: float,
    history: History,
    *,
    last_of_month: bool = False,
    min_ratio: float | None = None,
    max_ratio: float | None = None,
) -> Finding | None:
    """What is unusual about the figure; None if nothing is, or too little is known.

    A fixed ratio to the median takes the place of what is learned, in its direction, and counts from the first sample on. Else:
    the logarithm is further from the median than 6 * max(1.4826 * MAD, 0.05), and the figure by a factor of 2; on the last day of
    a month, it is not within a factor of 1.5 of two of the last six such days either. Zero counts as one.
    """
    sample = [math.log(max(1.0, past)) for past in history.weekday[:SAMPLES]]
    if not sample:
        return None
    middle = median(sample)
    distance = math.log(max(1.0, value)) - middle
    found = Finding(value, median(history.weekday[:SAMPLES]), len(sample))
    fixed = min_ratio if distance < 0 else max_ratio
    if fixed is not None:
        beyond = value < fixed * found.median if distance < 0 else value > fixed * found.median
        name = "min_ratio" if distance < 0 else "max_ratio"
        return Finding(found.value, found.median, found.samples, f"{name} {fixed:g}") if beyond else None
    if len(sample) < LEAST:
        return None
    spread = max(_MAD * median(abs(past - middle) for past in sample), _LEAST_SPREAD)
    if abs(distance) <= max(_DEVIATIONS * spread, _FACTOR):
        return None
    alike = [
        past
        for past in history.month_ends[:MONTH_ENDS]
        if abs(math.log(max(1.0, past)) - math.log(max(1.0, value))) <= _LIKE_A_MONTH_END
    ]
    return None if last_of_month and len(alike) >= 2 else found


def day_of(at: datetime, timezone: str) -> tuple[int, bool]:
    """The weekday in that zone, Monday is 0, and whether it is the last day of its month."""
    day = at.astimezone(ZoneInfo(timezone)).date()
    return day.weekday(), (day + timedelta(days=1)).day == 1


def size_words(size: float) -> str:
    """`12 KB`."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.3g} {'byte' if size == 1 and unit == 'bytes' else unit}"
        size /= 1000
    return f"{size:,.3g} {_UNITS[-1]}"
