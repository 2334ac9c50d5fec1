"""Any system: a file whose size and time have not changed for a while counts as finished. The weakest proof."""

from __future__ import annotations

import os

from .probe import Finding, Verdict

__all__ = ["LOOKS", "SPACING", "Stability", "change_time", "probe_file", "writers_of"]

LOOKS = 3
"""The number of consecutive checks that must agree."""
SPACING = 0.5
"""Seconds between two looks that count: an event may ask for many in one moment, and they prove nothing."""


class Stability:
    """Remembers each file's size and time since they last changed."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[tuple[int, ...], int, float]] = {}

    def look(self, path: str, now: float) -> Finding:
        """`now`: seconds of any monotonic clock."""
        status = os.stat(path)
        found = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        before, count, since = self._seen.get(path, ((), 0, now))
        if before != found:
            count, since = 1, now
        elif now - since >= SPACING:
            count, since = count + 1, now
        self._seen[path] = found, count, since
        if count >= LOOKS:
            return Finding(Verdict.FINISHED, f"size and time unchanged over {LOOKS} checks")
        return Finding(Verdict.BUSY, "was not unchanged for long enough")


def change_time(path: str, status: os.stat_result) -> int:
    """When the file, its name or its permissions last changed (POSIX, <sys/stat.h>)."""
    return status.st_ctime_ns


def probe_file(path: str) -> Finding:
    """ "Cannot tell", or that the file is unreadable: no portable call says who writes a file."""
    try:
        with open(path, "rb"):
            return Finding(Verdict.CANNOT_TELL, "no proof on this system")
    except OSError as error:
        return Finding(Verdict.UNREADABLE, f"cannot be read ({error.strerror})")


def writers_of(_: str) -> list[str]:
    return []
