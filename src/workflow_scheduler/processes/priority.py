"""The priority of a command: the nice value of POSIX, and the priority class of Windows. Keepers load this module."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

__all__ = ["give_way", "priority_class", "starting_at"]

# Source: Microsoft, "Process Creation Flags".
_CLASSES = ((15, 0x40), (5, 0x4000), (-4, 0x20), (-14, 0x8000))
_HIGH = 0x80


def priority_class(nice: int) -> int:
    """The flag of CreateProcess for the nearest class, never that of real time; 0 (the keeper's class) for 0."""
    return 0 if nice == 0 else next((flag for lowest, flag in _CLASSES if nice >= lowest), _HIGH)


@contextlib.contextmanager
def starting_at(nice: int) -> Iterator[None]:
    """Within the `with` block, processes start with this priority. LookupError, before anything starts, if the user
    may not set it."""
    if sys.platform == "win32" or nice >= 0:  # a keeper that took it on could not put it off again
        yield
        return
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except PermissionError:
        raise LookupError(
            f"this user may not set the priority (nice {nice}); use 0 to 19, or run the scheduler as root"
        ) from None
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def give_way(pid: int, nice: int) -> None:
    """Lower the priority of a process group that has just started, with all its processes."""
    if sys.platform != "win32" and nice > 0:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, or became another user's
            os.setpriority(os.PRIO_PGRP, pid, nice)
