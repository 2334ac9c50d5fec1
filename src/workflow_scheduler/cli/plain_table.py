"""Tables without rich, whose import and layout take longer than most answers: for those that fit as they are."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Styled", "painted_line", "table_lines"]

_GAP = "  "
_UNBOUNDED = 500
"""Columns without a terminal: lines are not folded, so that `grep` finds them whole."""
_NO_COLOURS = ("dumb", "unknown")
_ASKED_OF_RICH = {"FORCE_COLOR", "TTY_COMPATIBLE"}
_SGR = {
    "bold": "1",
    "dim": "2",
    "green": "32",
    "bold red": "1;31",
    "bold yellow": "1;33",
    "yellow": "33",
    "blue": "34",
    "bold magenta": "1;35",
    "cyan": "36",
}
_ONE_WIDE = frozenset("✓✗■»▶…·\u2013")
"""What stands in tables besides ASCII, and is one column wide in every terminal."""


class Styled(NamedTuple):
    """`style` is one of rich's, of those above."""

    text: str
    style: str = ""


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[Styled]], right: Sequence[bool]) -> list[str] | None:
    """The table as rich would print it. None if that takes more than padding: folded lines, wide letters, other terminals."""
    if not all(_is_simple(cell.text) for row in rows for cell in row):
        return None
    widths = [len(heading) for heading in headings]
    for row in rows:
        widths = [max(width, len(cell.text)) for width, cell in zip(widths, row, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > _room():
        return None
    whole = [[Styled(heading, "bold") for heading in headings], *rows]
    return [_GAP.join(map(_cell, row, widths, right)).rstrip(" ") for row in whole]


def painted_line(parts: Sequence[Styled]) -> str | None:
    """The parts in one line, as rich would print them. None if rich has to."""
    simple = all(_is_simple(part.text) for part in parts) and sum(len(part.text) for part in parts) <= _room()
    return "".join(map(_painted, parts)) if simple else None


def _cell(cell: Styled, width: int, right: bool) -> str:
    room = " " * (width - len(cell.text))
    return f"{room}{_painted(cell)}" if right else f"{_painted(cell)}{room}"


def _painted(cell: Styled) -> str:
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") not in _NO_COLOURS
    return f"\x1b[{_SGR[cell.style]}m{cell.text}\x1b[0m" if coloured and cell.style else cell.text


def _is_simple(text: str) -> bool:
    """Whether each of its characters is one column wide."""
    return text.isascii() or all(char.isascii() or char in _ONE_WIDE for char in text)


def _room() -> int:
    """Columns of a line; 0 where only rich knows how the terminal is written to."""
    on_terminal = sys.stdout.isatty()
    if _ASKED_OF_RICH & os.environ.keys() or (on_terminal and os.name == "nt"):
        return 0
    return shutil.get_terminal_size().columns if on_terminal or "COLUMNS" in os.environ else _UNBOUNDED
