"""Parses DB_URL into an SQLite or PostgreSQL address, or says what is wrong."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Address", "not_usable", "read_address"]

CONNECT_SECONDS = 4
"""For one try to reach PostgreSQL, unless DB_URL says connect_timeout."""
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A network that loses everything is noticed within half a minute, unless DB_URL says otherwise (libpq, 34.1.2)."""
_LONGEST_NAME = 255
"""Characters of one name in a path, on the file systems of both platforms."""
_URL = re.compile(
    r"(?P<scheme>[\w+]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<address>[^/?]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is SQLite's file, None for PostgreSQL, whose driver takes `options`; `shown` contains no password."""

    path: Path | None
    shown: str
    options: Mapping[str, Any]

    @property
    def is_sqlite(self) -> bool:
        return self.path is not None

    @property
    def error(self) -> type[Exception]:
        """The base class of the driver's errors."""
        error: type[Exception] = sqlite3.Error if self.path is not None else _psycopg().Error
        return error

    def connect(self) -> Any:
        """A connection of the driver that begins no transaction by itself."""
        if self.path is not None:
            return sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=256)
        return _psycopg().connect(autocommit=True, **self.options)


def read_address(url: str, home: Path) -> Address:
    """The address in DB_URL; a relative SQLite path counts from `home`. InvalidInput for anything else."""
    parts = _URL.fullmatch(url)
    if parts is None:
        raise InvalidInput(
            "DB_URL is not a database URL; write for example sqlite:///jobs.sqlite or postgresql://user@host/name."
        )
    match parts["scheme"].partition("+")[0]:
        case "sqlite":
            return _sqlite(parts, home)
        case "postgresql":
            return _postgresql(parts)
        case name:
            raise InvalidInput(f"DB_URL names {name!r}; use sqlite or postgresql.")


def _sqlite(parts: re.Match[str], home: Path) -> Address:
    name = parts["database"] or ""
    if name in ("", ":memory:") or not _can_be_a_file(home / name):
        raise InvalidInput("DB_URL names no file; write the path of an SQLite file: sqlite:///jobs.sqlite.")
    if parts["host"] or parts["address"] or parts["user"] or parts["port"] or parts["query"] is not None:
        raise InvalidInput("DB_URL has more than a file; write it with three slashes: sqlite:///jobs.sqlite.")
    path = home / name
    return Address(path, f"sqlite:///{path.as_posix()}", {})


def _postgresql(parts: re.Match[str]) -> Address:
    _psycopg()
    if parts["port"] and not parts["port"].isdecimal():
        raise InvalidInput(f"DB_URL has the port {parts['port'][:20]!r}; a port is a number, such as 5432.")
    named = {
        "host": parts["address"] or parts["host"],
        "port": parts["port"],
        "user": unquote(parts["user"] or ""),
        "password": unquote(parts["password"] or ""),
        "dbname": parts["database"],
    }
    query = dict(parse_qsl(parts["query"] or "", keep_blank_values=True))
    options = {name: value for name, value in named.items() if value} | query
    # Text is read as UTF-8 whatever the database's own encoding is.
    options = {"connect_timeout": CONNECT_SECONDS, "client_encoding": "UTF8", **_KEEPALIVES, **options}
    who = f"{parts['user']}{':***' if parts['password'] else ''}@" if parts["user"] is not None else ""
    host = f"[{parts['address']}]" if parts["address"] else parts["host"] or ""
    port = f":{parts['port']}" if parts["port"] else ""
    asked = "&".join(f"{name}={'***' if 'pass' in name else value}" for name, value in query.items())
    shown = f"postgresql://{who}{host}{port}/{parts['database'] or ''}{'?' if asked else ''}{asked}"
    return Address(None, shown, options)


def _psycopg() -> Any:
    try:
        import psycopg  # noqa: PLC0415  only for those who use it
    except ModuleNotFoundError:
        raise InvalidInput(
            "DB_URL names PostgreSQL, but its driver is not installed; run: pip install 'workflow-scheduler[postgres]'."
        ) from None
    return psycopg


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
    """The error for a DB_URL that the driver refuses, in its own words."""
    said = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
    return InvalidInput(f"DB_URL is invalid ({said}); correct it.")
