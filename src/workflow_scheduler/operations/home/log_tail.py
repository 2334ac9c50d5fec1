"""The end of a text file and its new lines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from workflow_scheduler.system.shared_file import open_to_read

__all__ = ["last_lines", "lines_after", "new_lines", "why_no_lines"]

_BLOCK = 65536
_MOST = 1 << 24
"""The most bytes read at once, however many lines are requested."""
LOOK = 0.2


def last_lines(path: Path, count: int) -> tuple[list[str], int]:
    """The last `count` lines and the position after them; reads no more of the file than needed."""
    try:
        file = os.fdopen(open_to_read(str(path)), "rb")
    except FileNotFoundError:
        return [], 0
    with file:
        end = at = file.seek(0, 2)
        tail = b""
        while at > 0 and tail.count(b"\n") <= count and end - at < _MOST:
            at = max(0, at - _BLOCK)
            file.seek(at)
            tail = file.read(end - at)
    lines = tail.decode("utf-8", "replace").splitlines()
    return (lines[-count:] if count else []), end


def lines_after(path: Path, position: int, most_bytes: int = _BLOCK * 4) -> tuple[list[str], int]:
    """The complete lines after the position, and the position after them; a rotated file is read from its beginning."""
    try:
        with os.fdopen(open_to_read(str(path)), "rb") as file:
            if file.seek(0, 2) < position:
                position = 0
            file.seek(position)
            data = file.read(most_bytes)
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    if not end and len(data) == most_bytes:  # one line longer than a single read
        end = len(data)
    return data[:end].decode("utf-8", "replace").splitlines(), position + end


def why_no_lines(path: Path) -> str:
    """A sentence about why the log has no lines: it may have been moved or emptied."""
    state = "is empty" if path.exists() else "does not exist"
    older = [other for other in (path.with_name(f"{path.name}.{number}") for number in (1, 2, 3)) if other.exists()]
    if older:
        return f"{path} {state}; older lines are in {older[0]}."
    attempts = path.parent / "attempts"
    if attempts.is_dir() and any(attempts.iterdir()):
        return (
            f"{path} {state}, although commands ran in this home: it was moved, emptied or deleted. "
            "'scheduler runs list' shows what ran."
        )
    return f"{path} {state}; nothing seems to have run in this home yet."


def new_lines(path: Path, position: int) -> Iterator[str]:
    """Each line added from now on. A file that is moved or deleted is read to its end, then the new file of that
    name from its beginning; a truncated file is read from its beginning."""
    file: BinaryIO | None = None
    rest = b""
    leaving = False
    try:
        while True:
            if file is None and (file := _opened(path)) is not None:
                file.seek(position if position <= file.seek(0, 2) else 0)
                position = 0
            if file is None:
                time.sleep(LOOK)
                continue
            if os.fstat(file.fileno()).st_size < file.tell():
                file.seek(0)
                rest = b""
            # Checked before the last read: later lines go to the new file.
            moved = _moved(file, path)
            data = file.read(_MOST)
            *lines, rest = (rest[-_MOST:] + data).split(b"\n")
            finished = moved and leaving and not data
            if finished:
                file.close()
                file, leaving = None, False
                lines, rest = [*lines, *([rest] if rest else [])], b""
            for line in lines:
                yield line.decode("utf-8", "replace").rstrip("\r")
            if not data and not finished:
                # A process that still has it open may write a last line.
                leaving = moved
                time.sleep(LOOK)
    finally:
        if file is not None:
            file.close()


def _opened(path: Path) -> BinaryIO | None:
    try:
        return os.fdopen(open_to_read(str(path)), "rb", buffering=0)
    except FileNotFoundError:
        return None


def _moved(file: BinaryIO, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return True
