"""Windows: opening with share mode 0 succeeds only while nobody else has the file open.

Source: Microsoft, CreateFileW: error 32 is a sharing violation, 33 a lock violation, 5 access denied. Who holds the
file is asked of the Restart Manager.
"""

from __future__ import annotations

import ctypes
import sys

from .probe import Finding, Verdict

__all__ = ["probe_file", "writers_of"]

_SHARING, _LOCKED = 32, 33
_NOT_SUPPORTED = (1, 50)

if sys.platform == "win32":
    from ctypes import wintypes

    import pywintypes
    import win32file

    def probe_file(path: str) -> Finding:
        """Try to be the only one who has the file open."""
        try:
            handle = win32file.CreateFile(path, win32file.GENERIC_READ, 0, None, win32file.OPEN_EXISTING, 0, None)
        except pywintypes.error as error:
            if error.winerror in (_SHARING, _LOCKED):
                return Finding(Verdict.BUSY, "is open in another process")
            if error.winerror in _NOT_SUPPORTED:
                return Finding(Verdict.CANNOT_TELL, "this file system has no share modes")
            return Finding(Verdict.UNREADABLE, f"cannot be read ({error.strerror})")
        handle.Close()
        return Finding(Verdict.FINISHED, "no process has it open (exclusive open)")

    class _UniqueProcess(ctypes.Structure):
        _fields_ = (("pid", wintypes.DWORD), ("start", wintypes.FILETIME))

    class _ProcessInfo(ctypes.Structure):
        _fields_ = (
            ("process", _UniqueProcess),
            ("name", wintypes.WCHAR * 256),
            ("service", wintypes.WCHAR * 64),
            ("kind", wintypes.DWORD),
            ("status", wintypes.DWORD),
            ("session", wintypes.DWORD),
            ("restartable", wintypes.BOOL),
        )

    def writers_of(path: str) -> list[str]:
        """The processes that have the file open, as the Restart Manager knows them."""
        try:
            manager = ctypes.WinDLL("rstrtmgr")
        except OSError:
            return []
        session, key = wintypes.DWORD(), ctypes.create_unicode_buffer(33)
        if manager.RmStartSession(ctypes.byref(session), 0, key):
            return []
        try:
            names = (wintypes.LPCWSTR * 1)(path)
            if manager.RmRegisterResources(session, 1, names, 0, None, 0, None):
                return []
            needed, count, reasons = wintypes.UINT(), wintypes.UINT(16), wintypes.DWORD()
            found = (_ProcessInfo * 16)()
            if manager.RmGetList(session, ctypes.byref(needed), ctypes.byref(count), found, ctypes.byref(reasons)):
                return []
            return [f"{one.name} (pid {one.process.pid})" for one in found[: count.value]]
        finally:
            manager.RmEndSession(session)
