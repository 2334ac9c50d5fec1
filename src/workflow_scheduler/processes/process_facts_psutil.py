"""What the processes of a command do just now, as psutil tells it: for Windows. There is no system call to ask for."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from .shown_text import shown

__all__ = ["counters", "look"]

MOST_PROCESSES = 20
PATIENCE = 0.12
_PEERS = 3


def look(
    root: int, before: Mapping[int, tuple[float, ...]], over: float | None, mask: Callable[[bytes, bool], bytes] | None
) -> dict[str, Any]:
    """As `process_facts.look`."""
    began, now = time.monotonic(), time.time()
    found = _descendants(root)
    pids = {process.pid for process in found}
    windows = _window_titles(pids)
    processes = []
    for process in found[:MOST_PROCESSES]:
        with contextlib.suppress(psutil.Error):
            late = time.monotonic() - began > PATIENCE
            processes.append(_facts(process, pids, now, before, over, None if late else mask))
            if process.pid in windows and mask is not None:
                processes[-1]["window"] = shown(mask(windows[process.pid].encode(), False))
    return {
        "processes": processes,
        "more": max(0, len(found) - MOST_PROCESSES),
        "uncounted": False,
        "took_ms": round((time.monotonic() - began) * 1000),
    }


def counters(root: int) -> dict[int, tuple[float, ...]]:
    """As `process_facts.counters`; the start is in seconds since 1970."""
    found: dict[int, tuple[float, ...]] = {}
    for process in _descendants(root)[:MOST_PROCESSES]:
        with contextlib.suppress(psutil.Error):
            found[process.pid] = (process.create_time(), _cpu(process), *_io(process))
    return found


def _descendants(root: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(root).children(recursive=True)
    return []


def _facts(
    process: psutil.Process,
    pids: set[int],
    now: float,
    before: Mapping[int, tuple[float, ...]],
    over: float | None,
    mask: Callable[[bytes, bool], bytes] | None,
) -> dict[str, Any]:
    started, parent = process.create_time(), process.ppid()
    age = max(0.0, now - started)
    old = before.get(process.pid)
    if over is None or (old is not None and old[0] != started) or (old is None and age > over + 1):
        old, over = None, None
    _, cpu, read, written = old or (0.0, 0.0, 0, 0)
    read_now, written_now = _io(process)
    name = shown(process.name().encode("utf-8", "replace"))
    command = ""
    if mask is not None:
        with contextlib.suppress(psutil.Error, OSError):
            command = shown(mask(" ".join(process.cmdline()).encode("utf-8", "replace"), False))
    return {
        "pid": process.pid,
        "parent": parent if parent in pids else None,
        "orphan": False,
        "name": name,
        "command": command or name,
        "state": "T" if process.status() == psutil.STATUS_STOPPED else "?",
        "age": round(age, 1),
        "over": round(min(age, over) if over is not None else age, 1),
        "cpu": round(max(0.0, _cpu(process) - cpu), 2),
        "read": int(max(0, read_now - read)),
        "written": int(max(0, written_now - written)),
        "waits": _waits(process),
    }


def _waits(process: psutil.Process) -> dict[str, Any] | None:
    if process.status() == psutil.STATUS_STOPPED:
        return {"for": "stopped"}
    with contextlib.suppress(psutil.Error, OSError):
        peers = [
            {"address": f"{end.raddr.ip}:{end.raddr.port}", "state": end.status}
            for end in process.net_connections("tcp")
            if end.raddr
        ]
        return {"for": "event", "peers": peers[:_PEERS]} if peers else None
    return None


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _io(process: psutil.Process) -> tuple[int, int]:
    with contextlib.suppress(psutil.Error, AttributeError):
        io = process.io_counters()
        return int(io.read_bytes), int(io.write_bytes)
    return 0, 0


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _user = ctypes.WinDLL("user32")
    _EACH = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)

    def _window_titles(pids: set[int]) -> dict[int, str]:
        """A window of each process that has one on this desktop: that of a service is invisible."""
        found: dict[int, str] = {}

        def take(window: int, _: int) -> bool:
            owner, title = wintypes.DWORD(), ctypes.create_unicode_buffer(200)
            _user.GetWindowThreadProcessId(wintypes.HWND(window), ctypes.byref(owner))
            if owner.value in pids and _user.IsWindowVisible(wintypes.HWND(window)):
                # Unlike SendMessage, this asks the system and not the program, which may hang.
                _user.InternalGetWindowText(wintypes.HWND(window), title, len(title))
                if title.value:
                    found.setdefault(owner.value, title.value)
            return True

        _user.EnumWindows(_EACH(take), 0)
        return found
else:

    def _window_titles(_: set[int]) -> dict[int, str]:
        return {}
