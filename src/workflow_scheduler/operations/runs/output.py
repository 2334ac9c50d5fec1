"""The output of one attempt, by byte range, and its command as run. Paths come from the database, never from a request."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.output_lines import read_output, wide_output
from workflow_scheduler.executors.screen import Screen
from workflow_scheduler.operations.access.redaction import MASK
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.processes.start_file import STREAMS, read_start
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.regular_file import open_regular

from .detail_rows import AttemptRow
from .own_folder import own_folder
from .show import get_run
from .watching import watch_output

__all__ = [
    "CommandRow",
    "LineRow",
    "MergedRow",
    "Part",
    "attempt",
    "command_of",
    "merged",
    "read_part",
    "stream_file",
    "whole_file",
    "wide_output",
]

MOST_BYTES = 4_000_000
"""The most bytes read at once; a longer range is answered with its beginning."""
BLOCK_BYTES = 262_144
"""Block size when sending a whole file; sending can stop between blocks."""
MERGED_BYTES = 262_144
"""At least this many bytes from the end of each stream are read for its lines."""
LINE_BYTES = 256
"""Plus this many bytes for each requested line."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` (exclusive) of a file of `size` bytes."""

    data: bytes
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """`end`: bytes in the stream up to the end of this line; `gap`: whether earlier lines are missing before it."""

    stream: str
    at: datetime | None
    text: str
    end: int
    gap: bool


@dataclass(frozen=True, slots=True)
class MergedRow:
    """Lines of an attempt. `whole`: whether these are all lines; `ordered`: whether the order of the streams is known."""

    lines: tuple[LineRow, ...]
    whole: bool
    ordered: bool
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommandRow:
    """How a command ran. `task` is as in definitions, without its environment."""

    argv: list[str] | None
    cwd: str | None
    environment: Mapping[str, str]
    env_file: str | None
    task: Plain
    started: bool


def attempt(database: Database, home: Path, run_id: str, task_id: str, number: int) -> AttemptRow:
    """One attempt of one task of a run, whose output somebody wants to read. NotFound lists the existing ones."""
    tasks = {task.id: task for task in get_run(database, home, run_id).tasks}
    if task_id not in tasks:
        raise NotFound(f"The run has no task {task_id!r}; there are: {', '.join(tasks)}.")
    attempts = tasks[task_id].attempts
    row = next((row for row in attempts if row.number == number), None)
    if row is None:
        raise NotFound(f"Task {task_id!r} has no attempt {number}; it had {len(attempts)}.")
    watch_output(database, run_id, task_id, row)
    return row


def _folder(database: Database, home: Path, key: AttemptKey) -> Path:
    attempt(database, home, *key)
    return own_folder(home, key)


def stream_file(database: Database, home: Path, key: AttemptKey, stream: str) -> Path:
    """The file with the attempt's output, which may not exist yet."""
    return _folder(database, home, key) / f"{stream}.log"


def merged(
    database: Database,
    home: Path,
    key: AttemptKey,
    most: int,
    *,
    stream: str | None = None,
    colours: bool = False,
) -> MergedRow:
    """The last `most` lines of that stream or of both, in order, as text that is safe to
    show; with `colours` only colour sequences are kept."""
    tail = max(MERGED_BYTES, most * LINE_BYTES)
    output = read_output(_folder(database, home, key), (stream,) if stream else STREAMS, tail=tail, times=True)
    screens = {stream: Screen(colours=colours) for stream in output.streams}
    lines: deque[LineRow] = deque(maxlen=most + 1)  # one extra line shows whether there are more
    for line in output.lines():
        text = screens[line.stream].line(line.text)
        lines.append(LineRow(stream=line.stream, at=line.at, text=text, end=line.end, gap=line.gap))
    return MergedRow(
        lines=tuple(lines)[-most:],
        whole=not output.left_out and len(lines) <= most,
        ordered=output.ordered,
        problems=output.problems,
    )


def whole_file(path: Path) -> tuple[int, Iterator[bytes]]:
    """The file's size and that many bytes, in blocks; bytes added meanwhile are left for the next request."""
    try:
        file = _open(path)
    except FileNotFoundError:
        return 0, iter(())
    size = file.seek(0, 2)

    def blocks() -> Iterator[bytes]:
        with file:
            file.seek(0)
            left = size
            while left > 0 and (data := file.read(min(left, BLOCK_BYTES))):
                left -= len(data)
                yield data

    return size, blocks()


def read_part(path: Path, wanted: str) -> Part | None:
    """The bytes of a Range header: `bytes=A-B`, `bytes=A-`, the last `bytes=-N`. None: the range is empty."""
    try:
        with _open(path) as file:
            size = file.seek(0, 2)
            start, end = _bounds(wanted, size)
            if start >= size:
                return None
            file.seek(start)
            data = file.read(min(end - start, MOST_BYTES))
            return Part(data, start, start + len(data), size)
    except FileNotFoundError:
        return None


def _open(path: Path) -> BinaryIO:
    """FileNotFoundError, or NotFound if it is not a regular file: the command may put anything there."""
    try:
        return os.fdopen(open_regular(path), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotFound(f"Cannot read {path} ({error.strerror}); its output is not shown.") from None


def _bounds(wanted: str, size: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match[1] == match[2] == "":
        raise InvalidInput(f"The range {wanted[:40]!r} is invalid; write bytes=FIRST-LAST, bytes=FIRST- or bytes=-N.")
    if match[1] == "":
        return max(0, size - int(match[2])), size
    last = int(match[2]) if match[2] else size - 1
    return int(match[1]), max(int(match[1]), min(last + 1, size))


def command_of(database: Database, home: Path, key: AttemptKey) -> CommandRow:
    """The command as it ran and the names of the variables that the task added; values are hidden."""

    def work(db: Connection) -> Plain:
        run = run_store.find_run(db, key[0])
        workflow = versions.find_version(db, run.workflow_id, run.version) if run else None
        task = workflow.task(key[1]) if workflow else None
        return {**plain_of(task), "env": {**workflow.env, **task.env}} if workflow and task else {}

    try:
        start = read_start(str(_folder(database, home, key))) or {}
    except OSError as error:
        raise NotFound(f"Cannot read {error.filename} ({error.strerror}); how the command ran is unknown.") from None
    task = database.read(work)
    notes = start.get("notes")
    notes = notes if isinstance(notes, dict) else {}
    return CommandRow(
        argv=notes.get("argv"),
        cwd=notes.get("cwd"),
        environment=dict.fromkeys(task.get("env", {}), MASK),
        env_file=task.get("env_file"),
        task={name: value for name, value in task.items() if name != "env"},
        started=bool(start),
    )
