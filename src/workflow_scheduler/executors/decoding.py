"""What commands wrote, as text."""

from __future__ import annotations

import locale
import sys

__all__ = ["decode"]

# Batch files and the tools of Windows write in the console's code page, which is not the one of its windows.
_CODE_PAGE = "oem" if sys.platform == "win32" else locale.getpreferredencoding(False)


def decode(raw: bytes) -> str:
    """UTF-8, else the console's code page; nothing is lost but what neither knows."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_CODE_PAGE, "replace")
