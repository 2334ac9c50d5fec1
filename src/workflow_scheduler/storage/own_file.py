"""Notices that the file of an SQLite database was moved away or replaced while it is open.

What is written then goes into a file that nobody finds again, and what others write goes elsewhere.
"""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.errors import Unreachable

__all__ = ["OwnFile", "file_number"]


def file_number(path: Path) -> list[int] | None:
    """What tells the file that has this name from every other; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_dev, status.st_ino]


class OwnFile:
    """The file that the connections of one process have open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number: list[int] | None = None

    def remember(self) -> None:
        """The file that has the name now is the one, if none is yet."""
        if self._number is None:
            self._number = file_number(self._path)

    def let_go(self) -> None:
        self._number = None

    def problem(self) -> str:
        """What became of it, in a sentence; empty if it is in its place."""
        if self._number is None or (now := file_number(self._path)) == self._number:
            return ""
        what = "was moved away or deleted" if now is None else "was replaced by another file"
        return f"The database {self._path} {what} while it was open; nothing is written into it."

    def check(self) -> None:
        """Unreachable if it is not in its place."""
        if words := self.problem():
            raise Unreachable(
                f"{words} Put it back, or restart what uses it: 'scheduler stop', then 'scheduler start'."
            )
