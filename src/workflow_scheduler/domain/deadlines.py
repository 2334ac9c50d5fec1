"""When a fire, a run or a task is late: what a definition may ask for."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import lru_cache

from .errors import InvalidInput
from .fields import About, Kind, declare
from .identifiers import check_identifier
from .quick_dataclass import dataclass
from .wall_time import normal_clock

__all__ = [
    "USUAL",
    "FinishBy",
    "ScheduleDeadlines",
    "TaskDeadlines",
    "WorkflowDeadlines",
    "in_force",
    "named_calendar",
    "parse_finish_by",
]

USUAL = "usual"
FARTHEST_DAY = 31
"""The most open days that a deadline may be away."""
_DEADLINES = "Deadlines"

_START_WITHIN = About(
    Kind.DURATION,
    "Start within",
    "Late if a run has not started this long after it was due.",
    unset="no deadline",
    shown="start within {}",
)
_FINISH_BY = About(
    Kind.FINISH_BY,
    "Finish by",
    "Late if it has not succeeded by this time of the day, HH:MM, after the nominal time; '06:00 +1 bavaria' is that time on the next open "
    "day of a calendar, in a file also {at: 06:00, business_day: 1, calendar: bavaria}.",
    unset="no deadline",
    shown="finish by {}",
    examples=("06:00", "06:00 +1 bavaria"),
)
_LONGER_THAN = About(
    Kind.LENGTH,
    "Longer than",
    "Report it while it runs longer than this, or longer than usual.",
    unset="no deadline",
    shown="longer than {}",
    examples=("usual", "2h"),
)
_SHORTER_THAN = About(
    Kind.LENGTH,
    "Shorter than",
    "Report it if it succeeds in less than this, or in less than usual.",
    unset="no deadline",
    shown="shorter than {}",
    examples=("usual", "10s"),
)
_NO_SUCCESS_FOR = About(
    Kind.DURATION,
    "No success for",
    "Report it once if nothing has succeeded for this long.",
    unset="no deadline",
    shown="no success for {}",
)


@dataclass(frozen=True, slots=True)
class TaskDeadlines:
    """When a task is late, or takes unusually long or short."""

    finish_by: str | None = declare(_FINISH_BY, default=None)
    longer_than: float | str | None = declare(_LONGER_THAN, default=None)
    shorter_than: float | str | None = declare(_SHORTER_THAN, default=None)


@dataclass(frozen=True, slots=True)
class WorkflowDeadlines:
    """When a workflow's runs are late, or take unusually long or short."""

    start_within: float | None = declare(_START_WITHIN, default=None)
    finish_by: str | None = declare(_FINISH_BY, default=None)
    longer_than: float | str | None = declare(_LONGER_THAN, default=None)
    shorter_than: float | str | None = declare(_SHORTER_THAN, default=None)
    no_success_for: float | None = declare(_NO_SUCCESS_FOR, default=None)


@dataclass(frozen=True, slots=True)
class ScheduleDeadlines:
    """When a schedule's fires are late. They take the place of the workflow's."""

    start_within: float | None = declare(_START_WITHIN, default=None)
    finish_by: str | None = declare(_FINISH_BY, default=None)
    no_success_for: float | None = declare(_NO_SUCCESS_FOR, default=None)


@lru_cache(maxsize=1024)
def in_force(workflow: WorkflowDeadlines, schedule: ScheduleDeadlines) -> ScheduleDeadlines:
    """The deadlines of a schedule's fires: its own, and the workflow's where it has none."""
    return ScheduleDeadlines(
        *(
            getattr(schedule, field.name)
            if getattr(schedule, field.name) is not None
            else getattr(workflow, field.name)
            for field in fields(ScheduleDeadlines)
        )
    )


@dataclass(frozen=True, slots=True)
class FinishBy:
    """A time of the day; with a calendar, on the open day of that number after the nominal one, 0 is the nominal day or the
    next open one."""

    hour: int
    minute: int
    business_day: int | None = None
    calendar: str | None = None

    def __str__(self) -> str:
        at = f"{self.hour:02}:{self.minute:02}"
        return at if self.calendar is None else f"{at} +{self.business_day} {self.calendar}"


_FINISH_BY_FORM = re.compile(r"(\S+)(?:\s+\+?([0-9]{1,2})\s+(\S+))?", re.ASCII)


@lru_cache(maxsize=256)
def parse_finish_by(text: str) -> FinishBy:
    """`06:00` or `06:00 +1 CALENDAR`. InvalidInput for anything else."""
    match = _FINISH_BY_FORM.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"The time {text[:40]!r} is invalid; write HH:MM, or HH:MM +1 CALENDAR.")
    hour, minute = map(int, normal_clock(match[1]).split(":"))
    if match[2] is None:
        return FinishBy(hour, minute)
    if int(match[2]) > FARTHEST_DAY:
        raise InvalidInput(f"The business day +{match[2]} is too far away; write 0 to {FARTHEST_DAY}.")
    return FinishBy(hour, minute, int(match[2]), check_identifier("calendar", match[3]))


def named_calendar(finish_by: str | None) -> str | None:
    """The calendar that counts the business days of a `finish_by`."""
    return None if finish_by is None else parse_finish_by(finish_by).calendar
