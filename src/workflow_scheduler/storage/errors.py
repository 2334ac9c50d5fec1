"""Translates database errors: retry, or a message that says what to do."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exc

from workflow_scheduler.domain.errors import Unreachable

__all__ = ["BACKUPS", "Place", "command_to_restore", "is_passing"]

BACKUPS = "backups"
"""The folder in home where backups are written, unless another place is named."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is. `url` is without its password; `path` is that of an SQLite file."""

    url: str
    path: Path | None
    home: Path

    def as_unreachable(self, error: Exception) -> Exception:
        """What is raised instead of an error of SQLAlchemy's; errors in what was asked stay as they are."""
        if not isinstance(error, exc.SQLAlchemyError) or isinstance(
            error, exc.IntegrityError | exc.ProgrammingError | exc.DataError
        ):
            return error
        cause = next(iter(str(getattr(error, "orig", error)).strip().splitlines()), "no details")
        if "malformed" in cause or "not a database" in cause:
            return self.damaged(cause)
        if self.path is not None and ("readonly" in cause or "unable to open" in cause):
            return Unreachable(
                f"The database {self.url} cannot be opened for writing ({cause}); "
                f"make {self.path.parent} and its files writable, or choose another home with --home."
            )
        return Unreachable(f"The database {self.url} does not answer ({cause}); check that it is running, and DB_URL.")

    def damaged(self, cause: str) -> Unreachable:
        backups = (self.home / BACKUPS).glob("*.sqlite")
        newest = max(backups, key=lambda file: file.stat().st_mtime, default=None)
        advice = "restore a copy, or move it away to start from scratch"
        if newest is not None:
            advice = f"restore the newest backup with: {command_to_restore(self.home, newest)}"
        return Unreachable(f"The database {self.url} is damaged ({cause}); {advice}")


def command_to_restore(home: Path, file: Path) -> str:
    """What a person types, in whichever folder."""
    words = ["scheduler", "--home", str(home), "restore", str(file)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def is_passing(error: exc.DBAPIError) -> bool:
    """Whether the same transaction may go through later: busy, full, restarted or not reachable just now."""
    if error.connection_invalidated:
        return True
    words = str(error.orig).lower()
    if isinstance(error, exc.OperationalError):
        return not any(
            word in words for word in ("malformed", "not a database", "no such", "readonly", "unable to open")
        )
    return "not a database" not in words and isinstance(error, exc.InterfaceError)
