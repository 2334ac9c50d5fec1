"""Parses DB_URL: an SQLite or PostgreSQL database, or a sentence about what is wrong."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, exc, make_url

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["Address", "not_usable", "read_address"]

CONNECT_SECONDS = 4
"""For one try to reach PostgreSQL, unless DB_URL says connect_timeout."""
_LONGEST_NAME = 255
"""Characters of one name in a path, on the file systems of both platforms."""


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is SQLite's file, and None on PostgreSQL; `shown` has no password."""

    url: URL
    path: Path | None
    shown: str

    def connect(self) -> Engine:
        """SQLAlchemy's engine, which has opened nothing yet."""
        on_server = self.path is None
        asked = {"connect_timeout": CONNECT_SECONDS} if on_server and "connect_timeout" not in self.url.query else {}
        try:
            return create_engine(self.url, pool_pre_ping=on_server, connect_args=asked)
        except (exc.ArgumentError, ValueError, TypeError) as error:
            raise not_usable(error) from None
        except ModuleNotFoundError:
            raise InvalidInput(
                "DB_URL names PostgreSQL, but its driver is not installed; "
                "run: pip install 'workflow-scheduler[postgres]'."
            ) from None


def read_address(url: str, home: Path) -> Address:
    """`url` is an SQLAlchemy URL; a relative SQLite path counts from `home`."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):  # such as a port that is no number
        raise InvalidInput(
            "DB_URL is not a database URL; write for example sqlite:///jobs.sqlite or postgresql://user@host/name."
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed, home)
        case "postgresql" as name:
            shown = parsed.set(drivername=name).render_as_string(hide_password=True)
            return Address(parsed.set(drivername="postgresql+psycopg"), None, shown)
        case name:
            raise InvalidInput(f"DB_URL names {name!r}; use sqlite or postgresql.")


def _sqlite(parsed: URL, home: Path) -> Address:
    name = parsed.database or ""
    if name in ("", ":memory:") or not _can_be_a_file(home / name):
        raise InvalidInput("DB_URL names no file; write the path of an SQLite file: sqlite:///jobs.sqlite.")
    if parsed.host or parsed.query:
        raise InvalidInput("DB_URL has more than a file; write it with three slashes: sqlite:///jobs.sqlite.")
    path = home / name
    return Address(parsed.set(drivername="sqlite+pysqlite", database=str(path)), path, f"sqlite:///{path.as_posix()}")


def _can_be_a_file(path: Path) -> bool:
    if any(len(part) > _LONGEST_NAME for part in path.parts):
        return False
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return True
    except (OSError, ValueError):  # too long, or with a NUL in it
        return False


def not_usable(error: Exception) -> InvalidInput:
    """For what the driver refuses, in its own words."""
    said = next(iter(str(getattr(error, "orig", error)).strip().splitlines()), type(error).__name__)[:200]
    return InvalidInput(f"DB_URL is invalid ({said}); correct it.")
