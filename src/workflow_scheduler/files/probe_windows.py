"""Windows: opening a file without sharing it for writing succeeds only while no process has it open, or mapped, for writing.

Source: Microsoft, CreateFileW: error 32 is a sharing violation, 33 a lock violation, 5 access denied; a writable mapping
without a handle is a violation too (fastfat's create.c, "extra test for writeable user sections"). Who holds the file is
asked of the Restart Manager.
"""

from __future__ import annotations

import ctypes
import os
import sys

from .probe import Finding, Verdict

__all__ = ["change_time", "probe_file", "writers_of"]

_SHARING, _LOCKED = 32, 33
_NOT_SUPPORTED = (1, 50)

if sys.platform == "win32":
    from ctypes import wintypes

    import pywintypes
    import win32file

    def probe_file(path: str) -> Finding:
        """Try to open the file beside readers (antivirus, an indexer, a viewer), but beside no writer."""
        share = win32file.FILE_SHARE_READ | win32file.FILE_SHARE_DELETE
        try:
            handle = win32file.CreateFile(path, win32file.GENERIC_READ, share, None, win32file.OPEN_EXISTING, 0, None)
        except pywintypes.error as error:
            if error.winerror in (_SHARING, _LOCKED):
                return Finding(Verdict.BUSY, "is open in another process (for writing, or without sharing)")
            if error.winerror in _NOT_SUPPORTED:
                return Finding(Verdict.CANNOT_TELL, "this file system has no share modes")
            return Finding(Verdict.UNREADABLE, f"cannot be read ({error.strerror})")
        handle.Close()
        return Finding(Verdict.FINISHED, "no process has it open for writing (open that excludes writers)")

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _READ_ATTRIBUTES, _SHARE_ALL, _OPEN_EXISTING, _BACKUP_SEMANTICS = 0x80, 7, 3, 0x02000000
    _BASIC_INFO = 0

    class _BasicInfo(ctypes.Structure):
        """FILE_BASIC_INFO."""

        _fields_ = (
            ("created", ctypes.c_int64),
            ("accessed", ctypes.c_int64),
            ("written", ctypes.c_int64),
            ("changed", ctypes.c_int64),
            ("attributes", wintypes.DWORD),
        )

    def change_time(path: str, status: os.stat_result) -> int:
        """When the file or its attributes were last changed, in units of 100 ns: `copy` and robocopy give a file its source's
        other times. 0 on a file system that keeps no such time, such as FAT. OSError."""
        handle = _kernel.CreateFileW(path, _READ_ATTRIBUTES, _SHARE_ALL, None, _OPEN_EXISTING, _BACKUP_SEMANTICS, None)
        if handle in (None, wintypes.HANDLE(-1).value):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            info = _BasicInfo()
            size = ctypes.sizeof(info)
            if not _kernel.GetFileInformationByHandleEx(wintypes.HANDLE(handle), _BASIC_INFO, ctypes.byref(info), size):
                raise ctypes.WinError(ctypes.get_last_error())
            return int(info.changed)
        finally:
            _kernel.CloseHandle(wintypes.HANDLE(handle))

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
            return [f"{holder.name} (pid {holder.process.pid})" for holder in found[: count.value]]
        finally:
            manager.RmEndSession(session)
