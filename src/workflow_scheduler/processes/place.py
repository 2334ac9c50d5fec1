"""Decides whether another scheduler is in the same place: sees the same processes and has the same files.

A host name and a path prove neither: containers and cloned machines share them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scheduler.system.regular_file import create_regular, open_regular, read_regular

__all__ = ["HOME_ID", "home_mark", "own_place", "same_files", "same_processes"]

HOME_ID = "home.id"
"""The file that tells one home from every other, made once."""


def own_place(home: Path) -> dict[str, Any]:
    """This process's place as JSON: the processes that it sees, and the files of its home. OSError if the home cannot
    be written, or `home.id` is no file."""
    path = home / HOME_ID
    if not os.path.lexists(path):
        part = home / f".{HOME_ID}.{os.getpid()}"
        with os.fdopen(create_regular(str(part)), "w") as file:
            file.write(os.urandom(16).hex() + "\n")
        with contextlib.suppress(FileExistsError):  # another process was quicker
            _rename_new(part, path)
        part.unlink(missing_ok=True)
    return {**_processes(), **home_mark(home)}


def home_mark(home: Path) -> dict[str, Any]:
    """The home's random identity and the number of the file that holds it, which differs in a copy of the home.
    OSError if there is none."""
    path = home / HOME_ID
    descriptor = open_regular(path)
    try:
        number = os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)
    return {"home_id": read_regular(path, 100).decode("ascii", "replace").strip(), "home_file": number}


def same_processes(place: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a PID means the same process in both places, so that a process that is not seen is gone."""
    return all(place.get(name) == other.get(name) and place.get(name) for name in ("boot", "processes"))


def same_files(place: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both have the same home. On some file systems a file's number may change with a boot."""
    if not place.get("home_id") or place["home_id"] != other.get("home_id"):
        return False
    return place.get("boot") != other.get("boot") or place.get("home_file") == other.get("home_file")


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _SYSTEM_PROCESSES, _TOO_SHORT = 5, 0xC0000004
    _SYSTEM = 4

    def _rename_new(source: Path, target: Path) -> None:
        source.rename(target)

    def _processes() -> dict[str, Any]:
        """When the process System began, to 100 ns: no two boots, and no two machines, have the same.

        Source: Microsoft, NtQuerySystemInformation, SYSTEM_PROCESS_INFORMATION; its fields before `ImageName` are those
        that psutil and Process Hacker use. Wine has no such process.
        """
        ntdll = ctypes.WinDLL("ntdll")
        size = wintypes.ULONG(1 << 18)
        while True:
            buffer = ctypes.create_string_buffer(size.value)
            status = ntdll.NtQuerySystemInformation(_SYSTEM_PROCESSES, buffer, size, ctypes.byref(size)) & 0xFFFFFFFF
            if status != _TOO_SHORT:
                break
            size = wintypes.ULONG(size.value + (1 << 16))
        at, pointer = 0, ctypes.sizeof(ctypes.c_void_p)
        began = 0
        while status == 0:
            next_at = int.from_bytes(buffer.raw[at : at + 4], "little")
            # NextEntryOffset, NumberOfThreads, three reserved LARGE_INTEGERs; then CreateTime, UserTime, KernelTime,
            # ImageName (a UNICODE_STRING), BasePriority, UniqueProcessId.
            pid_at = at + 56 + 2 * pointer + pointer
            if int.from_bytes(buffer.raw[pid_at : pid_at + pointer], "little") == _SYSTEM:
                began = int.from_bytes(buffer.raw[at + 32 : at + 40], "little")
            if not next_at or began:
                break
            at += next_at
        return {"boot": f"{began:x}" if began else "unknown", "processes": "windows"}
else:

    def _rename_new(source: Path, target: Path) -> None:
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links, such as FAT
            source.rename(target)

    def _processes() -> dict[str, Any]:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return {"boot": boot, "processes": str(Path("/proc/self/ns/pid").stat().st_ino)}
