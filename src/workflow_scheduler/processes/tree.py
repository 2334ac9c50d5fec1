"""Ends whole process trees on POSIX systems; on Windows a Job Object does. Keepers load it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

__all__ = ["PATIENCE", "children_of", "descendants_of", "kill_descendants", "processes_with", "reap"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("a Job Object does this here")

PATIENCE = 5.0
"""Seconds in which processes that were killed must be gone; one in an endless wait of the kernel is reported."""


def children_of(pid: int) -> list[int]:
    """The direct children of a process on Linux, started by any of its threads."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
            found += [int(child) for child in file.read().split()]
    return found


def descendants_of(pid: int) -> list[int]:
    """All children, their children, and so on."""
    found: list[int] = []
    left = children_of(pid)
    while left:
        child = left.pop()
        if child not in found:
            found.append(child)
            left += children_of(child)
    return found


def kill_descendants() -> list[int]:
    """Kill all descendants of this process, which is a sub-reaper, so that double-forked processes are among them.
    Returns survivors."""
    deadline = time.monotonic() + PATIENCE
    while True:
        reap()
        left = descendants_of(os.getpid())
        if not left or time.monotonic() > deadline:
            return left
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def reap() -> bool:
    """Collect the children that have ended. Returns whether others remain."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def processes_with(facts: dict[str, str]) -> list[int]:
    """The user's processes that were started with all these environment variables (Linux)."""
    wanted = {f"{name}={value}".encode() for name, value in facts.items()}
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if wanted <= set(file.read().split(b"\0")):
                    found.append(int(name))
    return found
