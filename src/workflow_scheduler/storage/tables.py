"""The tables, as SQLAlchemy Core sees them. Every change here needs a migration beside it.

The conditions of the partial indexes are in the migrations only: to name PostgreSQL's here would load all that SQLAlchemy
knows of it, 20 ms for every command.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

__all__ = [
    "ID",
    "LIVE_ATTEMPTS",
    "OPEN_RUNS",
    "PASSED_OVER",
    "SERIAL",
    "STATE",
    "UtcDateTime",
    "attempts",
    "engines",
    "events",
    "fires",
    "metadata",
    "planner",
    "runs",
    "schedules",
    "task_runs",
    "workflow_versions",
    "workflows",
]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps a text without the zone, which comes back when it is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    # SQLAlchemy's own way to the same text takes five times as long, and a pass of the engine goes it for every moment.
    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _as_moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


class LenientUtcDateTime(UtcDateTime):
    """A time that is None if its stored text was edited by hand and is unreadable."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _lenient(super().result_processor(dialect, coltype))


class LenientJson(TypeDecorator[Any]):
    """JSON where what cannot be read, because somebody wrote it by hand, is None."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _lenient(super().result_processor(dialect, coltype))


def _lenient(read: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    def process(value: Any) -> Any:
        try:
            return read(value) if read else value
        except (ValueError, TypeError, RecursionError):
            return None

    return process


@functools.lru_cache(maxsize=64)  # one pass writes the same few moments into many rows
def _as_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _as_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


metadata = MetaData()
ID = String(100)
STATE = String(20)
# SQLite numbers rows by itself only where the type is INTEGER.
SERIAL = BigInteger().with_variant(Integer, "sqlite")

# In words that SQLite can compare with a partial index's own: of a value it cannot know whether the index has its rows.
OPEN_RUNS = text("runs.state IN ('queued', 'running')")
LIVE_ATTEMPTS = text("state IN ('ready', 'launching', 'running', 'checking_outputs')")

workflows = Table(
    "workflows",
    metadata,
    Column("id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

workflow_versions = Table(
    "workflow_versions",
    metadata,
    Column("workflow_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workflow_id", ID, nullable=False, index=True),
    Column("spec", LenientJson, nullable=False),
    Column("timezone", String(100), nullable=False),
    Column("policies", LenientJson, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("cursor_utc", LenientUtcDateTime, nullable=False),
    Column("next_due_utc", LenientUtcDateTime, index=True),
    # What of the policies the database itself asks about.
    Column("enabled", Boolean, nullable=False),
    Column("wake", Boolean, nullable=False, server_default=false()),
    Index("ix_schedules_wake", "next_due_utc", sqlite_where=text("wake"), postgresql_where=text("wake")),
)

PASSED_OVER = text("run_id IS NULL")
"""The fires that got no run: few, and what a person asks about."""
fires = Table(
    "fires",
    metadata,
    Column("schedule_id", ID, primary_key=True),
    Column("nominal_utc", UtcDateTime, primary_key=True),
    Column("disposition", STATE, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", ID),
    Column("until_utc", UtcDateTime),
    Column("count", Integer, nullable=False),
    Index("ix_fires_passed_over", "nominal_utc"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workflow_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", STATE, nullable=False),
    Column("reason", Text, nullable=False),
    Column("schedule_id", ID),
    Column("nominal_utc", UtcDateTime),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("exclusive", Boolean, nullable=False),
    Column("retry_of", ID),
    Column("engine_id", Integer),
    Column("cancel_reason", Text),
    Column("started_by", String(100), nullable=False, server_default=""),
    Column("cause", Text, nullable=False, server_default=""),
    Column("exclusive_scope", STATE, nullable=False, server_default="schedule"),
    Index("ix_runs_queued_at", "queued_at", "id"),
    Index("ix_runs_workflow", "workflow_id", "queued_at"),
    Index("ix_runs_state", "state", "queued_at", "nominal_utc", "id"),
    # Of the runs that have no `finished_at`: asked for with OPEN_RUNS, SQLite would look at all of these for a few schedules.
    Index("ix_runs_open_schedule", "schedule_id"),
    Index("ix_runs_open_workflow", "workflow_id"),
)

task_runs = Table(
    "task_runs",
    metadata,
    Column("run_id", ID, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", STATE, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("recoveries", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Index("ix_task_runs_waiting", "retry_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("run_id", ID, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", STATE, nullable=False),
    Column("reason", Text, nullable=False),
    Column("engine_id", Integer),
    Column("exit_code", BigInteger),
    Column("pid", Integer),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("outputs", JSON, nullable=False),
    Index("ix_attempts_live", "state"),
)

engines = Table(
    "engines",
    metadata,
    # Grows with each start: the number is also the epoch that guards every write of an attempt.
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("role", STATE, nullable=False),
    Column("host", String(255), nullable=False),
    Column("identity", JSON, nullable=False),
    Column("wake_port", Integer),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("stop_request", STATE),
    Column("stopped_at", UtcDateTime),
    Column("stop_asked_at", UtcDateTime),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("workflow_id", ID, nullable=False),
    Column("run_id", ID),
    Column("task_id", ID),
    Column("attempt", Integer),
    Column("schedule_id", ID),
    Column("reason", Text, nullable=False),
    Index("ix_events_run", "run_id"),
    sqlite_autoincrement=True,
)

planner = Table(
    "planner",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("paused_by", ID, nullable=False),
)
