"""What the Linux kernel killed for lack of memory."""

from __future__ import annotations

import contextlib

__all__ = ["new_oom_kills"]

_oom_kills = 0


def new_oom_kills() -> bool:
    """Whether the kernel killed a process for lack of memory since the last call."""
    global _oom_kills  # noqa: PLW0603  one keeper, one count
    before = _oom_kills
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/vmstat", encoding="ascii") as file:
        _oom_kills = int(file.read().split("oom_kill ")[1].split()[0])
    return _oom_kills > before
