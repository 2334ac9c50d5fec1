"""Opens a file so that another process can rename it meanwhile: on Windows every process that has it open must allow that."""

from __future__ import annotations

import os
import sys

from .regular_file import open_regular

__all__ = ["open_to_append", "open_to_read"]

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _APPEND, _READ_ATTRIBUTES, _SYNCHRONIZE = 0x4, 0x80, 0x100000
    _READ, _SHARE_ALL, _OPEN_EXISTING, _OPEN_ALWAYS = 0x80000000, 7, 3, 4
    _NORMAL, _OPEN_REPARSE_POINT = 0x80, 0x200000

    def open_to_append(path: str, *, follow: bool) -> int:
        """A descriptor; the file is made if it is not there. `follow`: a link, too. OSError."""
        flags = _NORMAL | (0 if follow else _OPEN_REPARSE_POINT)
        access = (
            _APPEND | _READ_ATTRIBUTES | _SYNCHRONIZE
        )  # without the right to write elsewhere, each write is at the end
        return _open(path, access, _OPEN_ALWAYS, flags, os.O_APPEND | os.O_WRONLY)

    def open_to_read(path: str) -> int:
        """A descriptor of a regular file, which is not followed if it is a link. OSError."""
        os.close(open_regular(path))
        return _open(path, _READ, _OPEN_EXISTING, _NORMAL | _OPEN_REPARSE_POINT, os.O_RDONLY)

    def _open(path: str, access: int, how: int, flags: int, mode: int) -> int:
        handle = _kernel.CreateFileW(path, access, _SHARE_ALL, None, how, flags, None)
        if handle in (None, wintypes.HANDLE(-1).value):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return msvcrt.open_osfhandle(handle, os.O_BINARY | mode)
        except OSError:
            _kernel.CloseHandle(wintypes.HANDLE(handle))
            raise
else:

    def open_to_append(path: str, *, follow: bool) -> int:
        """A descriptor; the file is made if it is not there. `follow`: a link, too. OSError."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        return os.open(path, flags, 0o600)

    def open_to_read(path: str) -> int:
        """A descriptor of a regular file, which is not followed if it is a link. OSError."""
        return open_regular(path)
