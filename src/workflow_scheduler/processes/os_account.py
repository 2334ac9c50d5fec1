"""The account of this process, from the operating system rather than from variables that anyone can set."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["account_name", "os_account"]

_LOGIN = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1
"""What Linux says for a process that no sign-in led to."""

if sys.platform == "win32":

    def account_name() -> str:
        """Its name alone."""
        import win32api  # noqa: PLC0415  slow, and few commands need it

        return str(win32api.GetUserName())

    def os_account() -> str:
        """Its name."""
        return account_name()

else:
    import os
    import pwd

    def account_name() -> str:
        """Its name alone."""
        return _name(os.getuid())

    def os_account() -> str:
        """Its name. On Linux with who signed in, where the kernel knows that it is another: `root (signed in as ada)`."""
        signed_in = _signed_in()
        if signed_in is None or signed_in == os.getuid():
            return account_name()
        return f"{account_name()} (signed in as {_name(signed_in)})"

    def _name(uid: int) -> str:
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:  # such as in a container
            return f"uid {uid}"

    def _signed_in() -> int | None:
        """The kernel's audit identity: set once, at the sign-in, and kept by sudo and su (pam_loginuid(8))."""
        try:
            uid = int(_LOGIN.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return None if uid == _NOBODY else uid
