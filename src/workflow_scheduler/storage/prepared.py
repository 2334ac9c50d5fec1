"""Statements that an engine says in every pass, compiled once for each dialect, and said to SQLite's driver itself.

SQLAlchemy recomputes the SQL, the types and the result each time, which takes longer than SQLite's own work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, exc
from sqlalchemy.sql.expression import ClauseElement

__all__ = ["Prepared"]


@dataclass(frozen=True, slots=True)
class _Compiled:
    words: str
    names: list[str]
    binds: list[tuple[int, Callable[[Any], Any]]]
    """The places of the values that are written in another form than Python's."""
    positional: bool

    def values(self, row: Mapping[str, Any]) -> Any:
        values = [row[name] for name in self.names]
        for place, bind in self.binds:
            values[place] = bind(values[place])
        return tuple(values) if self.positional else dict(zip(self.names, values, strict=True))


class Prepared:
    """`columns`: those that an INSERT fills or an UPDATE sets, where the statement does not say."""

    def __init__(self, statement: ClauseElement, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, db: Connection, rows: Sequence[Mapping[str, Any]] = ({},)) -> int:
        """Once for each row of values; at least one. Returns how many rows were changed."""
        return int(self._say(db, rows).rowcount)

    def finds(self, db: Connection, **values: Any) -> bool:
        """Whether there is a row that it asks for."""
        return self._say(db, [values]).fetchone() is not None

    def _say(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> Any:
        this = self._compiled.get(db.dialect.name) or self._compile(db.dialect)
        values = [this.values(row) for row in rows]
        if db.dialect.name != "sqlite":
            return db.exec_driver_sql(this.words, values if len(values) > 1 else values[0])
        driver: Any = db.connection.driver_connection
        try:
            return driver.execute(this.words, values[0]) if len(values) == 1 else driver.executemany(this.words, values)
        except sqlite3.Error as error:
            raise exc.DBAPIError.instance(this.words, None, error, sqlite3.Error, dialect=db.dialect) from error

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns or None)
        names = compiled.positiontup or list(compiled.binds)
        binds = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
        other = [(place, bind) for place, bind in enumerate(binds) if bind is not None]
        found = self._compiled[dialect.name] = _Compiled(str(compiled), list(names), other, bool(compiled.positional))
        return found
