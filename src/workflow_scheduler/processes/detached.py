"""Starts a process that survives this one, its terminal and its session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["start_detached", "tied_to_session"]

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    _ACCESS_DENIED = 5

    def start_detached(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Outside of this session's job, where Windows allows that: OpenSSH, WinRM and some terminals end theirs with
        everything in it. OSError as of Popen. Source: Microsoft, "Process Creation Flags", CREATE_BREAKAWAY_FROM_JOB."""
        try:
            return subprocess.Popen(command, creationflags=_FLAGS | subprocess.CREATE_BREAKAWAY_FROM_JOB, **options)
        except OSError as error:
            if error.winerror != _ACCESS_DENIED:
                raise
        return subprocess.Popen(command, creationflags=_FLAGS, **options)

    def tied_to_session(process: subprocess.Popen[Any]) -> bool:
        """Whether it is in a job object that another process may close, which would end it."""
        inside = wintypes.BOOL()
        handle = wintypes.HANDLE(int(process._handle))  # type: ignore[attr-defined]
        return bool(_kernel.IsProcessInJob(handle, None, ctypes.byref(inside))) and bool(inside.value)
else:

    def start_detached(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """In a session of its own. OSError as of Popen."""
        return subprocess.Popen(command, start_new_session=True, **options)

    def tied_to_session(process: subprocess.Popen[Any]) -> bool:
        """No session of POSIX ends what has one of its own."""
        return False
