"""The lease of a machine: it may run what other machines may get only as long as the database answers its worker.

The worker notes in its home when it asked what was answered last. Keepers read that, and so a command ends in time even if
the worker is gone. Keepers load this module.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from workflow_scheduler.system.regular_file import create_regular, open_regular, read_regular

__all__ = ["LEASE", "Lease", "elapsed", "renew"]

LEASE = "lease"
"""The file in the home of a worker."""
LOOK = 1.0
"""Seconds between two looks at it."""
_LENGTH = 20

if sys.platform == "linux":

    def elapsed() -> float:
        """Seconds since the machine was started, with those that it slept: the same for all processes."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
else:

    def elapsed() -> float:
        """Seconds since the machine was started, with those that it slept: the same for all processes."""
        return time.monotonic()


def renew(path: str | os.PathLike[str], asked_at: float) -> None:
    """Note that the database answered what was asked then, as `elapsed` told. OSError."""
    try:
        descriptor = open_regular(path, write=True)  # in place, as a full disk takes no other file
    except FileNotFoundError:
        descriptor = create_regular(os.fspath(path))
    try:
        os.write(descriptor, f"{asked_at:0{_LENGTH}.6f}".encode())
        os.ftruncate(descriptor, _LENGTH)  # a command can write there, too
    finally:
        os.close(descriptor)


class Lease:
    """For the command of one order, which goes on for ever without one."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.due = float("inf")
        if (lease := order.get("lease")) is not None:
            self._path, self._seconds = lease["path"], lease["seconds"]
            self._asked_at = self._read(0.0)
            self.due = 0.0

    def over(self) -> bool:
        """Whether the command must end, or not begin: the worker has had no answer for too long, now or since the last look."""
        if self.due > (now := time.monotonic()):
            return False
        self.due = now + LOOK
        before, self._asked_at = self._asked_at, self._read(self._asked_at)
        return bool(max(self._asked_at - before, elapsed() - self._asked_at) > self._seconds)

    def _read(self, known: float) -> float:
        """What the file says, unless it is of a time before this machine was started."""
        with contextlib.suppress(OSError, ValueError):
            asked_at = float(read_regular(self._path, _LENGTH))
            return asked_at if known <= asked_at <= elapsed() else known
        return known
