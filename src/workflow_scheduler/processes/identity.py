"""Identifies a process beyond its PID: by its start time and the machine's boot. Standard library only; keepers load
this module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["alive", "identity_of", "name_of", "own_identity"]


def own_identity() -> dict[str, Any]:
    """This process's identity as JSON, for `alive` in another process."""
    return identity_of(os.getpid()) or {"pid": os.getpid()}


def alive(identity: Mapping[str, Any]) -> bool:
    """Whether exactly that process lives: not another one with its PID, nor the same PID after a reboot. Other keys of
    `identity` are ignored."""
    found = identity_of(int(identity["pid"])) if "pid" in identity else None
    return found is not None and all(identity.get(name) == value for name, value in found.items())


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _STILL_ACTIVE = 259
    _LONGEST_PATH = 32768

    def identity_of(pid: int) -> dict[str, Any] | None:
        """The identity of a running process; None if there is none with that pid."""
        handle = _kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return None
        try:
            times = [wintypes.FILETIME() for _ in range(4)]
            code = wintypes.DWORD()
            if not _kernel.GetProcessTimes(wintypes.HANDLE(handle), *map(ctypes.byref, times)):
                return None
            _kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
            if code.value != _STILL_ACTIVE:
                return None
            # An absolute time: it also tells one boot from another.
            return {"pid": pid, "started": (times[0].dwHighDateTime << 32) | times[0].dwLowDateTime, "boot": ""}
        finally:
            _kernel.CloseHandle(wintypes.HANDLE(handle))

    def name_of(pid: int) -> str:
        """The file name of the program that the process runs; "?" where that is not known."""
        handle = _kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return "?"
        try:
            room = wintypes.DWORD(_LONGEST_PATH)
            path = ctypes.create_unicode_buffer(room.value)
            asked = _kernel.QueryFullProcessImageNameW(wintypes.HANDLE(handle), 0, path, ctypes.byref(room))
            return path.value.rpartition("\\")[2] if asked else "?"
        finally:
            _kernel.CloseHandle(wintypes.HANDLE(handle))
else:
    _boot: list[str] = []

    def _boot_id() -> str:
        if not _boot:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
                _boot.append(file.read().strip())
        return _boot[0]

    def identity_of(pid: int) -> dict[str, Any] | None:
        """The identity of a running process; None if there is none with that pid, or only its zombie."""
        try:
            file = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        except OSError:
            return None
        try:
            # Behind the name, which may hold anything: state is field 3, the start in ticks field 22 (proc(5)).
            fields = os.read(file, 4096).rpartition(b")")[2].split()
        except OSError:
            return None
        finally:
            os.close(file)
        if fields[0] in b"ZX":
            return None
        return {"pid": pid, "started": int(fields[19]), "boot": _boot_id()}
