"""The parameters that a workflow declares: their types, bounds and defaults."""

from __future__ import annotations

from enum import StrEnum

from .fields import About, Kind, declare
from .quick_dataclass import dataclass

__all__ = ["FREE_TEXT", "MOST_BYTES", "ORDERED", "Parameter", "ParameterType"]

MOST_BYTES = 4096
"""UTF-8 bytes of one text."""


class ParameterType(StrEnum):
    """What a value may be."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    PATH = "path"
    CHOICE = "choice"
    LIST = "list"


_T = ParameterType
FREE_TEXT = (_T.STRING, _T.PATH, _T.LIST)
"""Types whose values may be any text."""
ORDERED = (_T.INTEGER, _T.NUMBER, _T.DATE, _T.DATETIME, _T.DURATION, _T.LIST)
"""Types that have `min` and `max`; of a list, the number of its items."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What one parameter may be. Without a `default` it is required."""

    type: ParameterType = declare(About(Kind.CHOICE, "Type", "What its values are."), default=ParameterType.STRING)
    description: str = declare(About(Kind.TEXT, "Description", "What it is for."), default="")
    default: str | tuple[str, ...] | None = declare(
        About(
            Kind.VALUE,
            "Default",
            "Its value when none is given. May hold dates, such as {date-1d}.",
            unset="none, so a value is required",
        ),
        default=None,
    )
    options: tuple[str, ...] = declare(About(Kind.WORDS, "Options", "The values of a choice."), default=())
    pattern: str | None = declare(
        About(Kind.TEXT, "Pattern", "A regular expression that the whole value must match.", unset="any text"),
        default=None,
    )
    min: str | None = declare(
        About(Kind.VALUE, "Minimum", "Smallest value; of a list, the fewest items.", unset="no limit"), default=None
    )
    max: str | None = declare(
        About(Kind.VALUE, "Maximum", "Largest value; of a list, the most items.", unset="no limit"), default=None
    )
    max_length: int | None = declare(
        About(
            Kind.COUNT,
            "Longest text",
            "The most characters of a text, or of each item of a list.",
            lowest=1,
            highest=MOST_BYTES,
            unset="4 KiB",
        ),
        default=None,
    )
    must_exist: bool = declare(
        About(Kind.FLAG, "Must exist", "Whether the file or folder of a path must exist when a task starts."),
        default=False,
    )
    unsafe: bool = declare(
        About(
            Kind.FLAG,
            "Unsafe",
            "Whether a text may contain characters that cmd.exe acts on, in a workflow with batch files.",
        ),
        default=False,
    )

    @property
    def required(self) -> bool:
        return self.default is None

    @property
    def free_text(self) -> bool:
        """Whether its values may be any text."""
        return self.type in FREE_TEXT and self.pattern is None and not self.unsafe
