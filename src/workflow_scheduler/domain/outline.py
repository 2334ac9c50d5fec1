"""A report as every medium can show it: one sentence, tables, and last lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .quick_dataclass import dataclass

__all__ = ["Outline", "Section", "from_plain", "to_plain"]


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its first rows, and how many there are in all."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Outline:
    """`span`: since when. `severity`: `error`, `warning` or `ok`. `lines`: each with its name."""

    span: str
    sentence: str
    severity: str
    sections: tuple[Section, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()


def to_plain(outline: Outline) -> dict[str, Any]:
    """For the database, and for programs."""
    return asdict(outline)


def from_plain(stored: Mapping[str, Any]) -> Outline:
    sections = tuple(
        Section(one["title"], tuple(one["columns"]), tuple(map(tuple, one["rows"])), one["count"])
        for one in stored["sections"]
    )
    lines = tuple((name, text) for name, text in stored["lines"])
    return Outline(stored["span"], stored["sentence"], stored["severity"], sections, lines)
