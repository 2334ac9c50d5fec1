"""Makes folders for their owner and administrators only, on every system and with every version of Python."""

from __future__ import annotations

import os
import sys

__all__ = ["make_private_folder"]


def make_private_folder(path: str, *, exist_ok: bool = False) -> None:
    """Make the folder for its owner and administrators only, with everything created in it. OSError like that of
    os.makedirs."""
    try:
        _make(path)
    except FileExistsError:
        if not exist_ok or not os.path.isdir(path):
            raise


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _advapi, _kernel = (ctypes.WinDLL(name, use_last_error=True) for name in ("advapi32", "kernel32"))
    _FILE, _OWNER, _REVISION = 1, 1, 1
    _RULE = "(A;OICI;FA;;;{})"

    class _Attributes(ctypes.Structure):
        _fields_ = (("length", wintypes.DWORD), ("descriptor", ctypes.c_void_p), ("inherit", wintypes.BOOL))

    def _make(path: str) -> None:
        """For SYSTEM, administrators, who makes it and who owns the folder above, with all that is made in it; the rights of
        the folder above do not count.

        os.mkdir does nearly that for mode 0o700 since Python 3.12.4, but shuts out the owner of a home whose scheduler runs
        as a service.
        """
        owner = _owner(os.path.dirname(os.path.abspath(path)))
        rules = "".join(_RULE.format(sid) for sid in ("SY", "BA", "OW", *([owner] if owner else [])))
        descriptor = ctypes.c_void_p()
        made = _advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(
            f"D:P{rules}", _REVISION, ctypes.byref(descriptor), None
        )
        if not made:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            attributes = _Attributes(ctypes.sizeof(_Attributes), descriptor, False)
            if not _kernel.CreateDirectoryW(path, ctypes.byref(attributes)):
                code = ctypes.get_last_error()
                raise OSError(None, ctypes.FormatError(code), path, code)
        finally:
            _kernel.LocalFree(descriptor)

    def _owner(folder: str) -> str | None:
        """The SID of the owner; None where the file system knows none."""
        sid, descriptor, text = ctypes.c_void_p(), ctypes.c_void_p(), wintypes.LPWSTR()
        wanted = (ctypes.byref(sid), None, None, None, ctypes.byref(descriptor))
        if _advapi.GetNamedSecurityInfoW(folder, _FILE, _OWNER, *wanted) != 0:
            return None
        try:
            if not sid or not _advapi.ConvertSidToStringSidW(sid, ctypes.byref(text)):
                return None
            found = text.value
            _kernel.LocalFree(text)
            return found
        finally:
            _kernel.LocalFree(descriptor)
else:

    def _make(path: str) -> None:
        os.mkdir(path, 0o700)
