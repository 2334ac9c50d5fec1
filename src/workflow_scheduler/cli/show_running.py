"""What the commands of a run do, or did when they took too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workflow_scheduler.domain.durations import format_duration

from .plain_table import Styled
from .render import local_time, plain, say_parts

if TYPE_CHECKING:
    from workflow_scheduler.operations.runs.running import LookRow, ProcessRow, RunningRow

__all__ = ["say_look", "show_running"]

_OCCASIONS = {"now": "Now", "long": "When its deadline passed", "timeout": "When its time limit ended it"}
_WIDTH = 60
_UNITS = ("B", "KB", "MB", "GB", "TB")


def show_running(found: RunningRow, timezone: str) -> None:
    say_parts(Styled(found.run_id, "bold"), f" of {found.workflow_id}: {found.state}")
    if found.note:
        say_parts(found.note)
    for look in found.looks:
        say_parts("")
        say_look(look, timezone)


def say_look(look: LookRow, timezone: str) -> None:
    attempt = f" (attempt {look.attempt})" if look.attempt > 1 else ""
    say_parts(Styled(look.task, "bold"), f"{attempt}  {_OCCASIONS[look.occasion]}, {local_time(look.at, timezone)}")
    if look.looks_like:
        say_parts("  ", Styled(plain(look.looks_like), "yellow"))
    for process, depth in _tree(look.processes):
        say_parts(f"  {'  ' * depth}{process.pid}  {_cut(plain(process.command))}")
        say_parts(f"  {'  ' * depth}    {', '.join(_facts(process))}")
    if look.more:
        say_parts(f"  {look.more} more processes")
    if not look.processes:
        say_parts("  No process of it is left.")
    if look.last_line is None:
        say_parts("  No output so far.")
    else:
        age = "" if look.last_line_seconds is None else f"{format_duration(look.last_line_seconds)} before, "
        say_parts(f"  Last output ({age}{look.last_line_stream}): {plain(look.last_line)}")
    if look.good_lines is not None:
        say_parts(
            f"  {_lines(look.lines)} so far; at this age the last good run had written {_lines(look.good_lines)}."
        )


def _tree(
    processes: Sequence[ProcessRow], parent: int | None = None, depth: int = 0
) -> Iterator[tuple[ProcessRow, int]]:
    if depth <= len(processes):
        for process in processes:
            if process.parent == parent:
                yield process, min(depth, 8)
                yield from _tree(processes, process.pid, depth + 1)


def _facts(process: ProcessRow) -> Iterator[str]:
    yield f"{process.state or 'alive'} for {format_duration(process.age_seconds)}"
    over = format_duration(process.over_seconds)
    yield f"CPU {format_duration(process.cpu_seconds)}, read {_size(process.read_bytes)}, wrote {_size(process.written_bytes)} in the last {over}"
    if process.orphan:
        yield "its parent has ended"
    if process.waits:
        yield plain(process.waits)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


def _size(count: float) -> str:
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            break
        count /= 1000
    return f"{count:.0f} {unit}"
