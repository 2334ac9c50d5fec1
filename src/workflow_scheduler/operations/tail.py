"""The end of a text file, and what is added to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.regular_file import open_regular

__all__ = ["last_lines", "lines_after", "new_lines"]

_BLOCK = 65536
_MOST = 1 << 24
"""Bytes that are read at once, however many lines are asked for."""
LOOK = 0.2


def last_lines(path: Path, count: int) -> tuple[list[str], int]:
    """The last `count` lines and the position behind them; reads no more of the file than it needs."""
    try:
        file = os.fdopen(open_regular(path), "rb")
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
    """The whole lines behind the position, and the position behind them; a rotated file is read from its beginning."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            if file.seek(0, 2) < position:
                position = 0
            file.seek(position)
            data = file.read(most_bytes)
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    if not end and len(data) == most_bytes:  # one line longer than all that is read at once
        end = len(data)
    return data[:end].decode("utf-8", "replace").splitlines(), position + end


def new_lines(path: Path, position: int) -> Iterator[str]:
    """Each line that is added from now on; a file that was rotated is read from its beginning."""
    rest = b""
    while True:
        try:
            with os.fdopen(open_regular(path), "rb") as file:
                if file.seek(0, 2) < position:
                    position, rest = 0, b""
                file.seek(position)
                rest = rest[-_MOST:] + file.read(_MOST)
                position = file.tell()
        except FileNotFoundError:
            position, rest = 0, b""
        *lines, rest = rest.split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")
        time.sleep(LOOK)
