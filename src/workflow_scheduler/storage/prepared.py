"""Statements that an engine says in every pass, compiled once for each dialect.

SQLAlchemy finds the words and the types of a statement anew each time, which takes longer than SQLite takes to obey.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.expression import ClauseElement

__all__ = ["Prepared"]

_Bind = tuple[str, Callable[[Any], Any] | None]


class Prepared:
    """`columns`: those that an INSERT fills, where the statement does not say."""

    def __init__(self, statement: ClauseElement, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._compiled: dict[str, tuple[str, list[_Bind], bool]] = {}

    def execute(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Once for each row of values; at least one."""
        words, binds, positional = self._compiled.get(db.dialect.name) or self._compile(db.dialect)
        if positional:
            tuples = [tuple(row[name] if as_ is None else as_(row[name]) for name, as_ in binds) for row in rows]
            return db.exec_driver_sql(words, tuples if len(tuples) > 1 else tuples[0])
        dicts = [{name: row[name] if as_ is None else as_(row[name]) for name, as_ in binds} for row in rows]
        return db.exec_driver_sql(words, dicts if len(dicts) > 1 else dicts[0])

    def _compile(self, dialect: Dialect) -> tuple[str, list[_Bind], bool]:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns or None)
        names = compiled.positiontup or list(compiled.binds)
        binds = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
        found = self._compiled[dialect.name] = (str(compiled), binds, bool(compiled.positional))
        return found
