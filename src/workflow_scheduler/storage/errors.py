"""Translates database errors: retry, or a message that says what to do."""

from __future__ import annotations

import shlex
import sqlite3
import sys
from pathlib import Path

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.quick_dataclass import dataclass

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
        """The error to raise instead of a driver's; errors in the SQL itself stay as they are."""
        if not _ERROR & _kinds(error) or _WRONG & _kinds(error):
            return error
        cause = next(iter(str(error).strip().splitlines()), "no details")
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
    """The command to type, valid in any folder."""
    words = ["scheduler", "--home", str(home), "restore", str(file)]
    if sys.platform == "win32":
        import subprocess  # noqa: PLC0415  for a message that is rare

        return subprocess.list2cmdline(words)
    return shlex.join(words)


def is_passing(error: Exception) -> bool:
    """Whether the same transaction may succeed later: busy, full, restarted or temporarily unreachable."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the result code that an extended one belongs to: https://sqlite.org/rescode.html
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _PASSING
    return bool(_LOST & _kinds(error))


_PASSING = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR),
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_SCHEMA),
    }
)
# The classes of PEP 249, by name: PostgreSQL's driver is not imported to ask for its.
_ERROR = frozenset({"Error"})
_WRONG = frozenset({"IntegrityError", "ProgrammingError", "DataError"})
_LOST = frozenset({"OperationalError", "InterfaceError"})


def _kinds(error: Exception) -> frozenset[str]:
    drivers = ("sqlite3", "psycopg")
    return frozenset(kind.__name__ for kind in type(error).__mro__ if kind.__module__.partition(".")[0] in drivers)
