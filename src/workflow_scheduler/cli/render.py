"""How answers look: tables, states with their sign and colour, times with their zone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.system.zone_names import find_zone

from .plain_table import Styled, painted_line, table_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = [
    "between",
    "console",
    "local_time",
    "plain",
    "say",
    "say_parts",
    "short_time",
    "shown_state",
    "shows_unicode",
    "state_text",
    "table",
]

_SIGNS = {
    "succeeded": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "timed_out": ("✗", "bold red"),
    "unknown": ("?", "bold magenta"),
    "cancelled": ("■", "yellow"),
    "skipped": ("»", "dim"),
    "running": ("▶", "cyan"),
    "checking_outputs": ("▶", "cyan"),
    "waiting": ("…", "yellow"),
    "queued": ("·", "blue"),
    "pending": ("·", "dim"),
    "ready": ("·", "dim"),
    "launching": ("·", "cyan"),
}
_NUMBERS = {"tasks", "version", "tries", "#", "runs", "late", "failed", "skipped"}
_ASCII = {"✓": "+", "✗": "x", "■": "#", "»": ">", "▶": ">", "…": "~", "·": "."}


@lru_cache(maxsize=1)
def console() -> Console:
    """Standard output. Without a terminal, lines are not wrapped, so that `grep` finds them whole."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 500
    return Console(highlight=False, width=width, soft_wrap=width is not None)


def _sign(state: str) -> str:
    sign = _SIGNS.get(state, ("·", ""))[0]
    return sign if shows_unicode() else _ASCII.get(sign, sign)


def shows_unicode() -> bool:
    """Whether standard output takes signs besides ASCII."""
    # While a live display runs, `sys.stdout` is its own object, which has no encoding.
    encoding = getattr(sys.__stdout__, "encoding", None) or "ascii"
    return encoding.lower().startswith("utf")


def shown_state(state: str | None) -> Styled:
    """A state as sign, word and colour."""
    if state is None:
        return Styled("never ran", "dim")
    return Styled(f"{_sign(state)} {state.replace('_', ' ')}", _SIGNS.get(state, ("", ""))[1])


def state_text(state: str | None) -> Text:
    """The same for what rich puts together."""
    from rich.text import Text

    return Text(*shown_state(state))


def plain(value: object) -> str:
    """Text from a definition or a script without terminal control characters."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))


def say(line: str) -> None:
    """Print a line with rich's markup, such as `[bold]`; values in it must be escaped."""
    console().print(line)


def say_parts(*parts: str | Styled) -> None:
    """Print one line of parts, which are no markup."""
    styled = [part if isinstance(part, Styled) else Styled(part) for part in parts]
    if (simple := painted_line(styled)) is not None:
        click.echo(simple)
        return
    from rich.text import Text

    console().print(Text.assemble(*styled))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Print rows under headings, or the sentence `empty` if there are none."""
    cells = [
        [cell if isinstance(cell, Styled) else Styled(plain("" if cell is None else cell)) for cell in row]
        for row in rows
    ]
    if not cells:
        say_parts(empty)
        return
    right = [name in _NUMBERS for name in columns]
    headings = [name.upper() for name in columns]
    if (lines := table_lines(headings, cells, right)) is not None:
        click.echo("\n".join(lines))
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading, to_right in zip(headings, right, strict=True):
        grid.add_column(heading, justify="right" if to_right else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(Text(*cell) for cell in row))
    console().print(grid)


def local_time(moment: datetime | None, timezone: str, *, seconds: bool = True) -> str:
    """`Mon 2026-11-23 01:00:00 +01:00`, in the zone; `-` for none."""
    if moment is None:
        return "-"
    local = moment.astimezone(_zone(timezone))
    offset = f"{local:%z}"
    return f"{local:{'%a %Y-%m-%d %H:%M:%S' if seconds else '%a %Y-%m-%d %H:%M'}} {offset[:3]}:{offset[3:]}"


def short_time(moment: datetime | None, timezone: str) -> str:
    """`2026-11-23 01:00:00`, for columns whose heading names the zone."""
    return "-" if moment is None else f"{moment.astimezone(_zone(timezone)):%Y-%m-%d %H:%M:%S}"


def _zone(name: str) -> ZoneInfo:
    """The zone; UTC (shown by its offset) for a stored name that does not exist."""
    try:
        return find_zone(name)
    except LookupError:
        return ZoneInfo("UTC")


def between(start: datetime | None, end: datetime | None) -> str:
    """How long something took; empty until it has ended."""
    if start is None or end is None:
        return ""
    return format_duration((end - start).total_seconds())
