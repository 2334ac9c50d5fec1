"""Notices that an open SQLite file, the database or its write-ahead log, was moved away or replaced.

Otherwise writes would go to a lost file, while other processes write elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path

from workflow_scheduler.domain.errors import Unreachable

__all__ = ["OwnFile", "file_number"]


def file_number(path: Path) -> list[int] | None:
    """The identity of the file with this name; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116  with each transaction
    except OSError:
        return None
    return [status.st_dev, status.st_ino]


class OwnFile:
    """The database file that this process's connections have open, and its write-ahead log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log, self._index = Path(f"{path}-wal"), Path(f"{path}-shm")
        self._number: list[int] | None = None
        self._log_numbers: tuple[list[int] | None, list[int] | None] | None = None

    def remember(self) -> None:
        """Remember the file that has the name now, unless one is remembered."""
        if self._number is None:
            self._number = file_number(self.path)

    def remember_log(self) -> None:
        """The same for the log, which a writing transaction has open."""
        if self._log_numbers is None:
            self._log_numbers = self._numbers_now()

    def let_go(self) -> None:
        self._number = None
        self.let_go_of_log()

    def let_go_of_log(self) -> None:
        """No longer expect the log, which SQLite deletes when the last connection is closed."""
        self._log_numbers = None

    def log_is_lost(self) -> bool:
        """Whether another process removed the log or its index, so that recent writes are only in the open file.
        Unreachable if another process has written to another log meanwhile."""
        known = self._log_numbers
        if known is None or (now := self._numbers_now()) == known:
            return False
        if now[0] != known[0] and now[1] not in (known[1], None) and self._log.exists() and self._log.stat().st_size:
            raise Unreachable(
                f"{self._log} was deleted while it was open, and another process has created a new one; nothing more is "
                "written",
                hint="run 'scheduler stop', then 'scheduler start'",
            )
        return True

    def _numbers_now(self) -> tuple[list[int] | None, list[int] | None]:
        return file_number(self._log), file_number(self._index)

    def problem(self) -> str:
        """A sentence about what happened to the file; empty if it is in its place."""
        if self._number is None or (now := file_number(self.path)) == self._number:
            return ""
        what = "was moved or deleted" if now is None else "was replaced by another file"
        return f"The database {self.path} {what} while it was open; nothing is written to it."

    def check(self) -> None:
        """Unreachable if the file is not in its place."""
        if words := self.problem():
            raise Unreachable(
                words.removesuffix("."),
                hint="move it back, or restart what uses it: 'scheduler stop', then 'scheduler start'",
            )
