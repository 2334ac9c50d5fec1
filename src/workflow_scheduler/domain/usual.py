"""What duration is usual, learned from past successes, and what a run still needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from .durations import format_duration
from .quick_dataclass import dataclass
from .workflow import Workflow

__all__ = ["LEAST", "SAMPLES", "Rest", "Usual", "learn", "next_look", "same_class", "typical_rest"]

SAMPLES = 20
"""The newest successes of the same weekday class that count."""
LEAST = 8
"""With fewer of them, nothing is usual yet."""
_DEVIATIONS = 6 * 1.4826
"""The factor makes the median absolute deviation (MAD) comparable to a standard deviation."""
_VISIBLE = 60.0
"""Seconds by which an expected end is past a deadline when it is said, so that the times in the sentence show it."""
_MARGIN = 60.0
"""Seconds by which a duration differs at least from the median before it is unusual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual durations in seconds: up to `longest`, and from `shortest` on (0: nothing is too short)."""

    median: float
    shortest: float
    longest: float
    samples: int


def same_class(moments: Iterable[datetime], at: datetime, timezone: str) -> list[bool]:
    """Whether each of the times is on a day of the same class as `at`: Monday to Friday, or the weekend."""
    zone = ZoneInfo(timezone)
    weekend = at.astimezone(zone).weekday() >= 5
    return [(moment.astimezone(zone).weekday() >= 5) == weekend for moment in moments]


def learn(durations: Sequence[float]) -> Usual | str:
    """What is usual by the newest durations of one weekday class, newest first; `learning (3 of 8)` if they are too few.

    Longest: median + 6 * 1.4826 * MAD, at least twice the median and a minute more than it. Shortest: the mirror image,
    median - 6 * 1.4826 * MAD, at most half the median and a minute less than it; never below 0.
    """
    sample = durations[:SAMPLES]
    if len(sample) < LEAST:
        return f"learning ({len(sample)} of {LEAST})"
    middle = median(sample)
    spread = _DEVIATIONS * median(abs(duration - middle) for duration in sample)
    return Usual(
        middle,
        max(0.0, min(middle - spread, middle / 2, middle - _MARGIN)),
        max(middle + spread, 2 * middle, middle + _MARGIN),
        len(sample),
    )


@dataclass(frozen=True, slots=True)
class Rest:
    """The tasks that a run still needs one after another, each with its typical seconds that are left."""

    steps: tuple[tuple[str, float], ...] = ()

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.steps)

    def words(self) -> str:
        return " + ".join(f"{task} {format_duration(seconds)}" for task, seconds in self.steps)


def typical_rest(
    workflow: Workflow,
    medians: Mapping[str, float],
    done: Iterable[str],
    running: Mapping[str, datetime],
    now: datetime,
) -> Rest:
    """The longest path through what is left of a run. `running`: since when. A task without a median counts as nothing: what
    is unknown raises no alarm."""
    over = set(done)
    best: dict[str, Rest] = {}
    for task in workflow.order:
        if task in over:
            best[task] = Rest()
            continue
        before = max(
            (best[name] for name in workflow.predecessors[task]), key=lambda rest: rest.seconds, default=Rest()
        )
        left = medians.get(task, 0.0)
        if task in running:
            left = max(0.0, left - (now - running[task]).total_seconds())
        best[task] = Rest((*before.steps, (task, left))) if left else before
    return max(best.values(), key=lambda rest: rest.seconds, default=Rest())


def next_look(
    workflow: Workflow,
    medians: Mapping[str, float],
    done: Iterable[str],
    running: Mapping[str, datetime],
    finish_by: datetime,
) -> datetime:
    """When the rest no longer fits before `finish_by`, if nothing ends until then: what runs counts as nothing."""
    waiting = {task: seconds for task, seconds in medians.items() if task not in running}
    rest = typical_rest(workflow, waiting, done, {}, finish_by)
    return finish_by - timedelta(seconds=rest.seconds - _VISIBLE)
