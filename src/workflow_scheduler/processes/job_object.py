"""Windows' Job Objects, in which all processes of a command are. Standard library only."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["Job"]

_KILL_ON_JOB_CLOSE = 0x2000
_BREAKAWAY_OK = 0x800
_EXTENDED_LIMITS, _BASIC_ACCOUNTING, _PROCESS_IDS = 9, 1, 3

if sys.platform == "win32":
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE

    class _Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, of which the flags and the last of `memory`, the peak of all processes, are used."""

        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", wintypes.DWORD),
            ("rest", ctypes.c_size_t * 4),
            ("classes", wintypes.DWORD * 2),
            ("io", ctypes.c_uint64 * 6),
            ("memory", ctypes.c_size_t * 4),
        )

    class _Accounting(ctypes.Structure):
        """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION."""

        _fields_ = (
            ("times", ctypes.c_int64 * 4),
            ("faults", wintypes.DWORD),
            ("total", wintypes.DWORD),
            ("active", wintypes.DWORD),
            ("terminated", wintypes.DWORD),
        )

    class _ProcessIds(ctypes.Structure):
        """JOBOBJECT_BASIC_PROCESS_ID_LIST, with room for as many as are named; the rest is counted."""

        _fields_ = (("all", wintypes.DWORD), ("listed", wintypes.DWORD), ("ids", ctypes.c_size_t * 64))

    class Job:
        """All processes of one command. They end with the last handle, so a killed keeper leaves no tree."""

        def __init__(self) -> None:
            self._handle = wintypes.HANDLE(_kernel.CreateJobObjectW(None, None))
            self._limit(_KILL_ON_JOB_CLOSE)

        def _limit(self, flags: int) -> None:
            limits = _Limits(flags=flags)
            size = ctypes.sizeof(limits)
            if not _kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), size):
                raise ctypes.WinError(ctypes.get_last_error())

        def add(self, process: int) -> None:
            if not _kernel.AssignProcessToJobObject(self._handle, wintypes.HANDLE(process)):
                raise ctypes.WinError(ctypes.get_last_error())

        def active(self) -> int:
            found = _Accounting()
            size = ctypes.sizeof(found)
            _kernel.QueryInformationJobObject(self._handle, _BASIC_ACCOUNTING, ctypes.byref(found), size, None)
            return int(found.active)

        def peak(self) -> int | None:
            """The most memory in bytes that its processes had together; None if it is not known."""
            found = _Limits()
            size = ctypes.sizeof(found)
            _kernel.QueryInformationJobObject(self._handle, _EXTENDED_LIMITS, ctypes.byref(found), size, None)
            return int(found.memory[3]) or None

        def pids(self) -> list[int]:
            """Of the processes in it, the first that fit."""
            found = _ProcessIds()
            size = ctypes.sizeof(found)
            # With more than fit the answer is "more data", and those that fit are there.
            _kernel.QueryInformationJobObject(self._handle, _PROCESS_IDS, ctypes.byref(found), size, None)
            return list(found.ids[: found.listed])

        def kill(self) -> None:
            _kernel.TerminateJobObject(self._handle, 1)

        def let_go(self) -> None:
            """What is left was left on purpose: it goes on when this handle is closed."""
            self._limit(_BREAKAWAY_OK)
            _kernel.CloseHandle(self._handle)
