"""What a process and all that it started use: memory and processor time, from Linux's own accounts."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["Idle", "idle", "memory", "processor_time", "tree"]

_TICKS = os.sysconf("SC_CLK_TCK")
Idle = tuple[float, float]


def tree(pid: int) -> list[int]:
    """The process and its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int(_fields(int(folder.name))[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def memory(pid: int, *, descendants: bool = True) -> float:
    """Proportional memory of the process and its descendants, in MB: what several processes share is divided among them."""
    total = 0
    for member in tree(pid) if descendants else [pid]:
        with suppress(OSError):
            text = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
            total += sum(int(kilobytes) for kilobytes in re.findall(r"^Pss: +(\d+)", text, re.MULTILINE))
    return total * 1024 / 1e6


def idle(pid: int, before: float, over: float) -> Idle:
    """Memory in MB and seconds of CPU a minute of the process and its descendants, measured for `over` seconds
    after `before` seconds."""
    time.sleep(before)
    used = -processor_time(pid)
    time.sleep(over)
    used += processor_time(pid)
    return memory(pid), used * 60 / over


def processor_time(pid: int) -> float:
    """Seconds that the process and its descendants have used."""
    total = 0
    for member in tree(pid):
        with suppress(OSError):
            total += sum(map(int, _fields(member)[11:13]))
    return total / _TICKS


def _fields(pid: int) -> list[str]:
    """The fields of proc(5)'s `stat` behind the name, which may contain spaces."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
