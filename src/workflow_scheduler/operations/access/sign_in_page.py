"""A file that redirects the owner's browser to the web interface, signed in: every user can read a browser's arguments.

The ticket is in the file, which only its owner can read, not on the browser's command line.
"""

from __future__ import annotations

import contextlib
import html
import os
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import Unreachable

from .accounts import TICKET_LASTS
from .secret import digest

__all__ = ["remove_old_sign_in_pages", "remove_sign_in_page", "write_sign_in_page"]

_BEGINS, _ENDS = "sign-in-", ".html"
_TEXT = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>Workflow Scheduler</title>
<p><a href="{address}">Open the Workflow Scheduler</a>. This works once, for a minute; then type: scheduler web</p>
"""


def write_sign_in_page(home: Path, address: str, ticket: str) -> Path:
    """Write the file that opens `address`, which contains the ticket."""
    path = _path(home, ticket)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_TEXT.format(address=html.escape(address)))
    except OSError as error:
        raise Unreachable(
            f"{path} cannot be written ({error.strerror})",
            hint="make the home writable, or use 'scheduler web --print'",
        ) from None
    return path


def remove_sign_in_page(home: Path, ticket: str) -> None:
    """Remove the file if it exists."""
    with contextlib.suppress(OSError):
        _path(home, ticket).unlink()


def remove_old_sign_in_pages(home: Path, now: datetime) -> None:
    """Remove files whose ticket has expired."""
    for path in home.glob(f"{_BEGINS}*{_ENDS}"):
        with contextlib.suppress(OSError):
            if now.timestamp() - path.lstat().st_mtime > TICKET_LASTS.total_seconds():
                path.unlink()


def _path(home: Path, ticket: str) -> Path:
    return home / f"{_BEGINS}{digest(ticket)[:16]}{_ENDS}"
