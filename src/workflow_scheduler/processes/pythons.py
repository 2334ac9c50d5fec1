"""What a command that requests Python means on a machine where that name is missing, or only a stand-in.

Sources: PEP 397 and "Using Python on Windows" (the launcher's options), Microsoft's [MS-FSCC] (reparse points).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["PYTHON_ENDINGS", "asks_for_python", "for_this_python", "is_store_alias"]

PYTHON_ENDINGS = (".py", ".pyw", ".pyz", ".pyzw")
_PYTHONS = re.compile(r"(python|python3|py)(\.exe)?$", re.IGNORECASE)
_LAUNCHER = re.compile(r"py(\.exe)?$", re.IGNORECASE)
_VERSION = re.compile(r"-(?:V:)?(?P<major>\d)(?:\.(?P<minor>\d+))?(?:-\w+)?$")
_OTHER_OPTION = re.compile(r"-(?:V:.*|0p?|-list(?:-paths)?)$")
_EXEC_LINK = 0x8000001B
_GET_REPARSE_POINT, _REPARSE_ITSELF, _SHARED, _EXISTING = 0x900A8, 0x2200000, 7, 3
_REDIRECTOR = "AppInstallerPythonRedirector".encode("utf-16-le")


def asks_for_python(command: str) -> bool:
    return _PYTHONS.match(command) is not None


def for_this_python(command: str, args: Sequence[str], version: tuple[int, int] = sys.version_info[:2]) -> list[str]:
    """The arguments for this Python, which replaces `command`: the launcher's own option is left out. InvalidInput if
    that option requests another Python."""
    if not args or not _LAUNCHER.match(command):
        return list(args)
    found = _VERSION.match(args[0])
    if found is None and not _OTHER_OPTION.match(args[0]):
        return list(args)
    if found is not None and int(found["major"]) == version[0] and found["minor"] in (None, str(version[1])):
        return list(args[1:])
    raise InvalidInput(
        f"The Python launcher {command} was not found, and {args[0]!r} requests another Python than this one "
        f"({version[0]}.{version[1]}); install the launcher for all users, or give the full path of that Python."
    )


def is_store_alias(path: str) -> bool:
    """Whether it is no Python, but only opens the Microsoft Store: an empty file that leads to no installed program."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if status.st_size:
        return False
    tag = getattr(status, "st_reparse_tag", 0)
    return not tag or (tag == _EXEC_LINK and _REDIRECTOR in _reparse_data(path))


def _reparse_data(path: str) -> bytes:
    """The content of the reparse point; empty if it cannot be read."""
    if sys.platform != "win32":
        return b""
    import pywintypes  # noqa: PLC0415  few machines have such a file
    import win32file  # noqa: PLC0415

    try:
        handle = win32file.CreateFile(path, 0, _SHARED, None, _EXISTING, _REPARSE_ITSELF, None)
        try:
            return bytes(win32file.DeviceIoControl(handle, _GET_REPARSE_POINT, None, 16384))
        finally:
            handle.Close()
    except pywintypes.error:
        return b""
