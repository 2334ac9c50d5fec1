"""Looks at what the command of an attempt does, and at what it has written so far. Its records may be anything: a command can
change them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from workflow_scheduler.processes.activity import look_at
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.processes.output_index import read_index
from workflow_scheduler.processes.start_file import STREAMS, read_start
from workflow_scheduler.system.regular_file import open_regular

from .output_lines import read_output
from .screen import Screen

__all__ = ["lines_within", "look", "with_output"]

_TAIL = 8192
_LONGEST = 300
_MOST = 1 << 26
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def look(folder: Path, *, arguments: bool) -> dict[str, Any] | None:
    """What its processes do, with its last output; None if it does not run here, or nothing can be found out. `arguments`:
    whether those of the processes may be shown."""
    with contextlib.suppress(OSError, ImportError, ValueError, TypeError, KeyError):
        keeper = (read_start(str(folder)) or {}).get("keeper")
        if isinstance(keeper, dict) and alive(keeper):
            seen = look_at(int(keeper["pid"]), str(folder), (lambda data, _: data) if arguments else None)
            return with_output(seen, folder)
    return None


def with_output(seen: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The facts with the last output at that time."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, OverflowError):
        return {**seen, "output": _last_output(folder, datetime.fromtimestamp(float(seen["at"]), UTC))}
    return {**seen, "output": None}


def _last_output(folder: Path, now: datetime) -> dict[str, Any] | None:
    """The last line with its age in seconds, and how many lines there are; None without any."""
    output = read_output(folder, tail=_TAIL, times=True)
    screen, last = Screen(), None
    for line in output.lines():
        if text := screen.line(line.text).rstrip():
            last = line, text
    if last is None:
        return None
    line, text = last
    at = line.at
    if at is None:
        with contextlib.suppress(OSError):
            at = datetime.fromtimestamp((folder / f"{line.stream}.log").lstat().st_mtime, UTC)
    return {
        "stream": line.stream,
        "line": text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…",
        "age": None if at is None else round(max(0.0, (now - at).total_seconds()), 1),
        "lines": sum(_newlines(folder / f"{stream}.log", None) for stream in STREAMS),
    }


def lines_within(folder: Path, until: datetime) -> int | None:
    """How many lines the attempt had written by that time; None if that is not known, as its output was cut or is gone."""
    index = read_index(str(folder))
    if index is None:  # it wrote everything at once
        output = read_output(folder, tail=_TAIL, times=True)
        at = next((line.at for line in output.lines()), None)
        if at is None:
            return None
        return sum(_newlines(folder / f"{stream}.log", None) for stream in STREAMS) if at <= until else 0
    micros = (until - _EPOCH) // timedelta(microseconds=1)
    counted = 0
    for stream in STREAMS:
        end = max((chunk.end for chunk in index.chunks if chunk.stream == stream and chunk.at <= micros), default=0)
        if end > index.head:
            return None
        counted += _newlines(folder / f"{stream}.log", end)
    return counted


def _newlines(path: Path, end: int | None) -> int:
    """In the first `end` bytes."""
    with contextlib.suppress(OSError), os.fdopen(open_regular(path), "rb") as file:
        return file.read(_MOST if end is None else end).count(b"\n")
    return 0
