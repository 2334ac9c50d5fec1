"""Everywhere: a file whose size and time stayed the same for a while is taken as finished. The weakest proof."""

from __future__ import annotations

import os

from .probe import Finding, Verdict

__all__ = ["LOOKS", "Stability", "probe_file", "writers_of"]

LOOKS = 3
"""So many looks in a row must find the same."""


class Stability:
    """Remembers what the last looks at each file found."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[tuple[int, int], int]] = {}

    def look(self, path: str) -> Finding:
        status = os.stat(path)
        now = status.st_size, status.st_mtime_ns
        before, count = self._seen.get(path, (None, 0))
        count = count + 1 if before == now else 1
        self._seen[path] = now, count
        if count >= LOOKS:
            return Finding(Verdict.FINISHED, f"size and time stable over {LOOKS} looks")
        return Finding(Verdict.BUSY, "was still changing")


def probe_file(path: str) -> Finding:
    """No system call tells: only time can."""
    try:
        with open(path, "rb"):
            return Finding(Verdict.CANNOT_TELL, "no proof on this system")
    except OSError as error:
        return Finding(Verdict.UNREADABLE, f"cannot be read ({error.strerror})")


def writers_of(_: str) -> list[str]:
    return []
