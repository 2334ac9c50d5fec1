"""SQL as the drivers are told it: named values in, rows by name out. What differs between the two databases is here.

Statements are written for both. `:name` is a value; `IN :name` is one of a list of values, or of tuples. What stands in
`/*postgresql … */` is said to PostgreSQL only: to SQLite it is a comment.

Columns are read by their names: `…_at` and `…_utc` are UTC times, and the names of `_JSON` and `_FLAGS` what those say.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

__all__ = ["Connection", "Row", "values_for"]

Row = Mapping[str, Any] | tuple[Any, ...]
"""Values by name, or in the order in which the statement names them, which is quicker."""

_JSON = frozenset(
    {
        "deadlines",
        "definition",
        "facts",
        "identity",
        "labels",
        "measured",
        "message",
        "outputs",
        "params",
        "place",
        "policies",
        "report",
        "seen",
        "settings",
        "skips",
        "spec",
        "tokens",
    }
)
_FLAGS = frozenset({"enabled", "exclusive", "open", "wake", "workflow_enabled"})
_LENIENT = frozenset({"cursor_utc", "next_due_utc", "since_utc", "policies", "settings", "skips", "spec"})
"""Columns of schedules and backfills where a value that cannot be read, because somebody edited it by hand, is None."""
_TIME = re.compile(r"(?:^|_)(?:at|utc)$")
_ONLY_POSTGRESQL = re.compile(r"/\*postgresql (.*?)\*/", re.DOTALL)
_VALUE = re.compile(r"(?<![:\w]):(\w+)")
_LIST = re.compile(r"\bIN :(\w+)")
_NOTHING = "(SELECT NULL WHERE 1 = 0)"
_walks = itertools.count()


class Connection:
    """A connection in a transaction that its creator begins and ends. Errors are the driver's own."""

    def __init__(self, driver: Any, *, is_sqlite: bool) -> None:
        self.driver = driver
        self.is_sqlite = is_sqlite

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """All rows, each a named tuple."""
        cursor = self._say(sql, values)
        read = _reader(tuple(column[0] for column in cursor.description), self.is_sqlite)
        return [read(row) for row in cursor]

    def row(self, sql: str, **values: Any) -> Any | None:
        """The first row; None if there is none."""
        cursor = self._say(sql, values)
        row = cursor.fetchone()
        return row if row is None else _reader(tuple(column[0] for column in cursor.description), self.is_sqlite)(row)

    def value(self, sql: str, **values: Any) -> Any | None:
        """The first column of the first row; None if there is none."""
        row = self.row(sql, **values)
        return None if row is None else row[0]

    def column(self, sql: str, **values: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.rows(sql, **values)]

    def walk(self, sql: str, size: int, **values: Any) -> Iterator[Any]:
        """The rows one by one; about `size` of them are in memory, and no more are read than the caller takes."""
        if self.is_sqlite:
            cursor = self._say(sql, values)
        else:
            cursor = self.driver.cursor(name=f"walk_{next(_walks)}")
            cursor.itersize = size
            cursor.execute(*self._said(sql, values))
        try:
            read = _reader(tuple(column[0] for column in cursor.description), self.is_sqlite)
            for row in cursor:
                yield read(row)
        finally:
            cursor.close()

    def run(self, sql: str, **values: Any) -> int:
        """Run the statement. Returns the number of changed rows."""
        return int(self._say(sql, values).rowcount)

    def run_each(self, sql: str, rows: Sequence[Row]) -> int:
        """Run the statement with each row of values. Returns the number of changed rows."""
        if not rows:
            return 0
        in_order = isinstance(rows[0], tuple)
        words = (_translated_in_order if in_order else _translated)(sql, self.is_sqlite)
        encoded = rows if self.is_sqlite else [_plain_row(row) for row in rows]
        if len(encoded) == 1:
            return int(self.driver.execute(words, encoded[0]).rowcount)
        cursor = self.driver.cursor()
        try:
            cursor.executemany(words, encoded)
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def seconds_between(self, start: str, end: str) -> str:
        """SQL for the seconds from one column to another."""
        if self.is_sqlite:
            return f"(julianday({end}) - julianday({start})) * 86400.0"
        return f"CAST(extract(epoch FROM {end} - {start}) AS DOUBLE PRECISION)"

    def limit(self, most: int | None) -> int | None:
        """The value of a LIMIT; None: all."""
        return -1 if most is None and self.is_sqlite else most

    def flag_in(self, column: str, name: str) -> str:
        """The SQL of a flag inside a JSON column."""
        return f"json_extract({column}, '$.{name}')" if self.is_sqlite else f"({column} ->> '{name}')::boolean"

    def hour_of(self, column: str) -> str:
        """The SQL of the hour of a time, such as `2026-11-24 01`."""
        return (
            f"substr({column}, 1, 13)" if self.is_sqlite else f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        )

    def one_at_a_time(self, key: int) -> None:
        """Let no other transaction pass this point until this one ends. SQLite has only one writer anyway."""
        if not self.is_sqlite:
            self.driver.execute("SELECT pg_advisory_xact_lock(%s)", (key,))

    def _say(self, sql: str, values: Mapping[str, Any]) -> Any:
        return self.driver.execute(*self._said(sql, values))

    def _said(self, sql: str, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        for name in _lists(sql):
            sql, values = _expanded(sql, name, values)
        return _translated(sql, self.is_sqlite), values if self.is_sqlite else _plain_row(values)


def values_for(sql: str, attributes: Mapping[str, str], *last: str) -> Callable[[Any], tuple[Any, ...]]:
    """A function that takes the values of the statement from an object, but for the `last`, which the caller adds.
    `attributes`: those whose names differ."""
    names = _VALUE.findall(sql)
    if last != tuple(names[len(names) - len(last) :]):
        raise ValueError(f"the last values of this statement are not {last}: {sql}")
    return attrgetter(*(attributes.get(name, name) for name in names[: len(names) - len(last)]))


@functools.lru_cache(maxsize=512)
def _lists(sql: str) -> tuple[str, ...]:
    return tuple(_LIST.findall(sql))


def _expanded(sql: str, name: str, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The statement with a parameter for each value of the list."""
    members = list(values[name])
    width = len(members[0]) if members and isinstance(members[0], tuple) else 0
    rest = {key: value for key, value in values.items() if key != name}
    words, keys = _with_members(sql, name, len(members), width)
    rest.update(zip(keys, itertools.chain.from_iterable(members) if width else members, strict=True))
    return words, rest


@functools.lru_cache(maxsize=64)
def _with_members(sql: str, name: str, count: int, width: int) -> tuple[str, list[str]]:
    """The statement with a list of `count` values, or of tuples of this width, and the names of the values."""
    keys = [f"{name}_{at}" for at in range(count * (width or 1))]
    names = [f":{key}" for key in keys]
    if width:
        names = [f"({', '.join(names[at : at + width])})" for at in range(0, len(names), width)]
    members = f"({'VALUES ' if width else ''}{', '.join(names)})" if names else _NOTHING
    return re.sub(rf"\bIN :{name}\b", f"IN {members}", sql), keys


@functools.lru_cache(maxsize=512)
def _translated(sql: str, is_sqlite: bool) -> str:
    if is_sqlite:
        return sql
    return _VALUE.sub(r"%(\1)s", _ONLY_POSTGRESQL.sub(r"\1", sql.replace("%", "%%")))


@functools.lru_cache(maxsize=512)
def _translated_in_order(sql: str, is_sqlite: bool) -> str:
    if is_sqlite:
        return _VALUE.sub("?", sql)
    return _VALUE.sub("%s", _ONLY_POSTGRESQL.sub(r"\1", sql.replace("%", "%%")))


@functools.lru_cache(maxsize=512)
def _reader(names: tuple[str, ...], is_sqlite: bool) -> Callable[[Any], Any]:
    """The function that makes a row of these columns from the driver's values."""
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are those of a statement
    make: Callable[[Any], Any] = kind._make
    decoders = [(at, decode) for at, name in enumerate(names) if (decode := _decoder(name, is_sqlite)) is not None]
    if not decoders:
        return make

    def read(row: Any) -> Any:
        values = list(row)
        for at, decode in decoders:
            if values[at] is not None:
                values[at] = decode(values[at])
        return make(values)

    return read


def _decoder(name: str, is_sqlite: bool) -> Callable[[Any], Any] | None:
    decode: Callable[[Any], Any] | None = None
    if _TIME.search(name):
        decode = _as_time if is_sqlite else _in_utc
    elif is_sqlite and name in _FLAGS:
        decode = bool
    elif is_sqlite and name in _JSON:
        decode = json.loads
    return _leniently(decode) if decode is not None and name in _LENIENT else decode


def _leniently(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        try:
            return decode(value)
        except (ValueError, TypeError, RecursionError):
            return None

    return read


@functools.lru_cache(maxsize=64)  # one pass writes the same few times into many rows
def _as_text(time: datetime) -> str:
    # SQLite compares texts: all of them have one length and one zone, which is not written.
    return time.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _as_json(value: Any) -> str:
    return json.dumps(value) if value else _EMPTY[type(value)]


def _plain_row(row: Any) -> Any:
    """The row with JSON as text. SQLite's driver does that itself, and quicker."""
    if isinstance(row, tuple):
        return tuple(_plain(value) for value in row)
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return _as_json(value) if type(value) in _EMPTY else value


_EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]"}  # most are
sqlite3.register_adapter(datetime, _as_text)
for _type in _EMPTY:
    sqlite3.register_adapter(_type, _as_json)


def _as_time(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)
