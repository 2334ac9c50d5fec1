"""An output file of a task, as it is defined."""

from __future__ import annotations

from enum import StrEnum

from .fields import About, Kind, declare
from .quick_dataclass import dataclass

__all__ = ["OutputFile", "Unusual"]


class Unusual(StrEnum):
    """What happens when an output file has an unusual size."""

    WARN = "warn"  # an event
    FAIL = "fail"  # the attempt fails
    OFF = "off"


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that the task must write."""

    path: str = declare(About(Kind.PATH, "Output file", "Path, or a pattern such as out/*.csv."))
    minimum_size: int = declare(About(Kind.COUNT, "Smallest size", "Smallest size in bytes.", lowest=0), default=0)
    unusual: Unusual = declare(
        About(
            Kind.CHOICE,
            "Unusual",
            "When its size or its number of lines collapses or explodes, compared with the same weekday: warn, fail the attempt, "
            "or off. Learned from 8 successes on.",
            words={"warn": "Warn", "fail": "Fail the attempt", "off": "Off"},
        ),
        default=Unusual.WARN,
    )
    min_ratio: float | None = declare(
        About(
            Kind.FACTOR,
            "Smallest ratio",
            "Unusual below this ratio to the usual size, instead of what is learned.",
            lowest=0,
            highest=1,
            unset="learned",
            examples=("0.5",),
        ),
        default=None,
    )
    max_ratio: float | None = declare(
        About(
            Kind.FACTOR,
            "Largest ratio",
            "Unusual above this ratio to the usual size, instead of what is learned.",
            lowest=1,
            highest=1_000_000,
            unset="learned",
            examples=("3",),
        ),
        default=None,
    )
