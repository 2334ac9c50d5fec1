"""A field of a definition is declared once, on its dataclass: type, default, and its texts in every interface.

Files, commands, the menu, the API, the web interface and the reference are generated from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

from .quick_dataclass import dataclass

__all__ = ["About", "Declared", "Kind", "declare", "declared_fields", "find_field", "from_stored"]


class Kind(StrEnum):
    """How a value is written, read and edited."""

    IDENTIFIER = "identifier"
    TEXT = "text"
    PATH = "path"
    FLAG = "flag"
    COUNT = "count"  # a whole number
    FACTOR = "factor"
    DURATION = "duration"  # seconds inside; 90s, 5m or 1h30m outside
    TIME = "time"  # a date, or a date and time of the schedule's zone
    CHOICE = "choice"  # a StrEnum
    ARGUMENTS = "arguments"  # a list, or one text that is split
    CODES = "codes"  # whole numbers and ranges
    NAMES = "names"
    FILES = "files"  # output files, each a path or a path with a size
    VARIABLES = "variables"  # names and values
    SOURCES = "sources"  # names, and where the secret of each is kept
    USES = "uses"  # names of secrets, each with how it is delivered
    VALUE = "value"  # a text, a number or a flag as written, or a list of them
    WORDS = "words"  # a list of texts
    VALUES = "values"  # names, each with a VALUE
    PARAMETERS = "parameters"  # names, each with what it may be
    FINISH_BY = "finish_by"  # a time of the day, perhaps on an open day of a calendar
    LENGTH = "length"  # a duration, or `usual`
    PART = "part"  # a dataclass with declared fields of its own


@dataclass(frozen=True, slots=True)
class About:
    """The description of a field.

    `label`: its name in forms and tables. `help`: one or two sentences. `group`: its section of the form.
    `unset`: the meaning of no value. `prompt`: the menu's question, if it differs from the label.
    `option`: the command's option, if it differs from the field's name. `off`: the option that turns a flag off.
    `words`: the label of each choice in a form. `shown`: the text of a non-default value in a table, with
    `{}` for the value, or for how many; behind a `|` for more than one.
    """

    kind: Kind
    label: str
    help: str
    group: str = ""
    lowest: float | None = None
    highest: float | None = None
    unset: str = ""
    prompt: str = ""
    option: str = ""
    off: str = ""
    words: Mapping[str, str] | None = None
    shown: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A field by name, with its default; `needed` if it has none. `attribute`: its name in Python, where `from` is taken."""

    name: str
    default: Any
    needed: bool
    about: About
    attribute: str = ""

    @property
    def optional(self) -> bool:
        """Whether it may have no value."""
        return self.default is None and not self.needed

    @property
    def option(self) -> str:
        """The name of the command's option, without the dashes."""
        return self.about.option or self.name.replace("_", "-")

    @property
    def alone(self) -> str:
        """The name of a part's field where it stands by itself, as in a form."""
        return self.option.replace("-", "_")


def declare(about: About, *, default: Any = MISSING, factory: Callable[[], Any] | None = None) -> Any:
    """A dataclass field with its description."""
    metadata = {"about": about}
    if factory is not None:  # what it makes, such as a dict, has no hash
        return field(default_factory=factory, hash=False, metadata=metadata)
    return field(default=default, metadata=metadata)


def declared_fields(kind: type[Any]) -> tuple[Declared, ...]:
    """The declared fields of a dataclass, in their order."""
    if kind not in _declared:
        _declared[kind] = _declared_fields(kind)
    return _declared[kind]


_declared: dict[type[Any], tuple[Declared, ...]] = {}


def _declared_fields(kind: type[Any]) -> tuple[Declared, ...]:
    return tuple(
        Declared(
            declared.name.rstrip("_"),
            _default(declared),
            declared.default is MISSING and declared.default_factory is MISSING,
            declared.metadata["about"],
            declared.name,
        )
        for declared in fields(kind)
        if "about" in declared.metadata
    )


def _default(declared: Field[Any]) -> Any:
    if declared.default_factory is not MISSING:
        return declared.default_factory()
    return None if declared.default is MISSING else declared.default


def find_field(kind: type, name: str) -> Declared:
    return next(declared for declared in declared_fields(kind) if declared.name == name)


def from_stored(kind: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild a dataclass from its `dataclasses.asdict` as JSON. Fields added later are missing
    there and get their default; ValueError or TypeError if a value does not fit its field."""
    values = dict(stored)
    for name, read in _readers(kind):
        if name in values:
            values[name] = read(values[name])
    return values


@lru_cache(maxsize=16)
def _readers(kind: type) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple(_readers_of(kind))


def _readers_of(kind: type) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    for declared in declared_fields(kind):
        if declared.about.kind is Kind.CHOICE:
            yield declared.name, type(declared.default)
        elif declared.about.kind is Kind.PART:
            yield declared.name, _part_reader(type(declared.default))
        elif declared.about.kind in (Kind.CODES, Kind.NAMES, Kind.USES, Kind.ARGUMENTS, Kind.VALUE, Kind.WORDS):
            yield declared.name, lambda value: tuple(value) if isinstance(value, list) else value


def _part_reader(part: type) -> Callable[[Any], Any]:
    return lambda value: part(**from_stored(part, value))
