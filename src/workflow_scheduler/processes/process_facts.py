"""What the processes of a command do just now, as Linux tells it: each one's state, CPU, I/O and what it waits for. Keepers
load this module when a command has run for a minute, or reaches its time limit."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from .shown_text import shown
from .tree import children_of
from .waiting import Waiting

__all__ = ["counters", "look"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("process_facts_psutil does this here")

MOST_PROCESSES = 20
"""Of which everything is told; the others are counted."""
MOST_COUNTED = 1000
PATIENCE = 0.12
"""Seconds after which details are left out: a look is to take less than 0.2 s."""
_COMMAND = 4096
_STAT = 4096
_TICKS = os.sysconf("SC_CLK_TCK")


def look(
    root: int, before: Mapping[int, tuple[float, ...]], over: float | None, mask: Callable[[bytes, bool], bytes] | None
) -> dict[str, Any]:
    """The descendants of the process `root`. `before`: their `counters` of `over` seconds ago; for processes that are newer, and
    without `over`, CPU and I/O are since their start. `mask` hides secrets, and is told whether the text was cut; without it no
    arguments are read."""
    began = time.monotonic()
    pids, more = _descendants(root, began + PATIENCE)
    known = set(pids)
    waiting = Waiting(pids)
    with open("/proc/uptime", encoding="ascii") as file:
        uptime = float(file.read().split()[0])
    processes = []
    for pid in pids[:MOST_PROCESSES]:
        late = time.monotonic() - began > PATIENCE
        if (facts := _facts(pid, uptime, before, over)) is not None:
            facts["parent"] = facts["parent"] if facts["parent"] in known else None
            # The first child of a keeper is the command; it gets others when their parents end.
            facts["orphan"] = facts["parent"] is None and pid != pids[0]
            if not late:
                facts["command"] = _command(pid, mask) or facts["name"]
                facts["waits"] = waiting.of(pid, facts["state"])
            processes.append(facts)
    return {
        "processes": processes,
        "more": max(0, len(pids) - MOST_PROCESSES),
        "uncounted": more,
        "took_ms": round((time.monotonic() - began) * 1000),
    }


def counters(root: int) -> dict[int, tuple[float, ...]]:
    """Of the first descendants of the process: start in seconds after the boot, CPU seconds, bytes read and written."""
    pids, _ = _descendants(root, time.monotonic() + PATIENCE)
    found: dict[int, tuple[float, ...]] = {}
    for pid in pids[:MOST_PROCESSES]:
        if (stat := _stat(pid)) is not None:
            found[pid] = (stat[2], stat[3], *_io(pid))
    return found


def _descendants(root: int, until: float) -> tuple[list[int], bool]:
    """Children before their children; whether there are more than are counted."""
    found: list[int] = []
    level = [root]
    while level:
        level = [child for pid in level for child in children_of(pid)]
        found += level
        if len(found) > MOST_COUNTED or time.monotonic() > until:
            return found[:MOST_COUNTED], bool(level)
    return found, False


def _stat(pid: int) -> tuple[str, int, float, float] | None:
    """State, parent, start in seconds after the boot, CPU seconds (proc(5))."""
    data = _read(f"/proc/{pid}/stat", _STAT).rpartition(b")")[2].split()
    if len(data) < 20 or data[0] == b"X":
        return None
    cpu = (int(data[11]) + int(data[12])) / _TICKS
    return data[0].decode("ascii", "replace"), int(data[1]), int(data[19]) / _TICKS, cpu


def _io(pid: int) -> tuple[int, int]:
    """Bytes that it read and wrote, to disks or not; zero where that may not be known."""
    found = {}
    for line in _read(f"/proc/{pid}/io", _STAT).split(b"\n"):
        name, _, value = line.partition(b": ")
        if value.isdigit():
            found[name] = int(value)
    return found.get(b"rchar", 0), found.get(b"wchar", 0)


def _facts(
    pid: int, uptime: float, before: Mapping[int, tuple[float, ...]], over: float | None
) -> dict[str, Any] | None:
    if (stat := _stat(pid)) is None:
        return None
    state, parent, started, cpu = stat
    age = max(0.0, uptime - started)
    old = before.get(pid)
    if over is None or (old is not None and old[0] != started) or (old is None and age > over + 1):
        old, over = None, None
    _, cpu_before, read_before, written_before = old or (0.0, 0.0, 0, 0)
    read, written = _io(pid)
    return {
        "pid": pid,
        "parent": parent,
        "name": shown(_read(f"/proc/{pid}/comm", 100).strip()) or "?",
        "state": state,
        "age": round(age, 1),
        "over": round(min(age, over) if over is not None else age, 1),
        "cpu": round(max(0.0, cpu - cpu_before), 2),
        "read": int(max(0, read - read_before)),
        "written": int(max(0, written - written_before)),
    }


def _command(pid: int, mask: Callable[[bytes, bool], bytes] | None) -> str:
    if mask is None:
        return ""
    data = _read(f"/proc/{pid}/cmdline", _COMMAND)
    return shown(mask(data.rstrip(b"\0"), len(data) == _COMMAND).replace(b"\0", b" "))


def _read(path: str, most: int) -> bytes:
    """Empty where the process is gone, or may not be read."""
    with contextlib.suppress(OSError), open(path, "rb", buffering=0) as file:
        return file.read(most) or b""
    return b""
