"""Engines: the processes that work on this database, with their heartbeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.quick_dataclass import dataclass

from . import tables
from .runs import LIVE_ATTEMPTS, OPEN_RUNS
from .sql import Connection

__all__ = [
    "EngineRow",
    "Start",
    "beat",
    "boot_of",
    "engines_not_stopped",
    "engines_of",
    "engines_with_work",
    "is_current",
    "register",
    "request_stop",
    "scheduler_starts",
    "stop_engine",
    "stop_request",
    "withdraw_stop",
]


@dataclass(frozen=True, slots=True)
class EngineRow:
    """`identity` identifies the process: PID, start time, boot and home. `role` is "scheduler", or "here" for the
    engine of one run."""

    id: int
    role: str
    host: str
    identity: Mapping[str, Any]
    wake_port: int | None
    started_at: datetime
    heartbeat_at: datetime
    stop_request: str | None = None
    stop_asked_at: datetime | None = None


class Start(NamedTuple):
    """The start of a scheduler. `boot`: see `boot_of`."""

    engine_id: int
    boot: str
    at: datetime


def boot_of(identity: Mapping[str, Any]) -> str:
    """What distinguishes the boot of the engine's machine from every other boot; empty if it is not known."""
    boot = str((identity.get("place") or {}).get("boot") or "")
    return "" if boot == "unknown" else boot


def scheduler_starts(db: Connection) -> list[Start]:
    """The starts of schedulers that are still stored, oldest first."""
    rows = db.rows("SELECT id, identity, started_at FROM engines WHERE role = 'scheduler' ORDER BY id")
    return [Start(row.id, boot_of(row.identity), row.started_at) for row in rows]


_COLUMNS = "id, role, host, identity, wake_port, started_at, heartbeat_at, stop_request, stop_asked_at"
_REGISTER = tables.engines.insert(("role", "host", "identity", "wake_port", "started_at", "heartbeat_at"))


def register(db: Connection, row: EngineRow) -> int:
    """Add an engine; its number is larger than that of every earlier engine."""
    number = db.value(
        f"{_REGISTER} RETURNING id",
        role=row.role,
        host=row.host,
        identity=dict(row.identity),
        wake_port=row.wake_port,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
    )
    return int(number)  # type: ignore[arg-type]


def beat(db: Connection, engine_id: int, now: datetime) -> bool:
    """Record the engine's heartbeat. False if another engine took its work over, so that it must stop."""
    query = "UPDATE engines SET heartbeat_at = :now WHERE id = :id AND stopped_at IS NULL"
    return bool(db.run(query, now=now, id=engine_id))


def is_current(db: Connection, engine_id: int) -> bool:
    """Whether no other engine has taken its work over, or can before this transaction ends."""
    query = "SELECT id FROM engines WHERE id = :id AND stopped_at IS NULL /*postgresql FOR SHARE*/"
    return db.row(query, id=engine_id) is not None


def request_stop(db: Connection, engine_id: int, how: str, now: datetime) -> None:
    """Ask an engine to end: "leave" running commands alone, "wait" for them, "kill" them, or end them for a "shutdown"."""
    query = "UPDATE engines SET stop_request = :how, stop_asked_at = :now WHERE id = :id"
    db.run(query, how=how, now=now, id=engine_id)


def withdraw_stop(db: Connection, engine_id: int) -> bool:
    """Cancel the request to an engine that waits for its runs. False if it was not asked to wait, or has stopped
    already."""
    query = """
        UPDATE engines SET stop_request = NULL, stop_asked_at = NULL
        WHERE id = :id AND stop_request = 'wait' AND stopped_at IS NULL"""
    return bool(db.run(query, id=engine_id))


def stop_request(db: Connection, engine_id: int) -> str | None:
    return db.value("SELECT stop_request FROM engines WHERE id = :id", id=engine_id)


def stop_engine(db: Connection, engine_id: int, now: datetime) -> None:
    """Record that an engine stopped, or was found to be gone."""
    db.run("UPDATE engines SET stopped_at = :now WHERE id = :id AND stopped_at IS NULL", now=now, id=engine_id)


def engines_with_work(db: Connection) -> set[int]:
    """The engines, alive or not, that own runs or attempts in progress."""
    of_runs = f"SELECT DISTINCT engine_id FROM runs WHERE {OPEN_RUNS} AND engine_id IS NOT NULL"
    of_attempts = f"SELECT DISTINCT engine_id FROM attempts WHERE {LIVE_ATTEMPTS} AND engine_id IS NOT NULL"
    return {*db.column(of_runs), *db.column(of_attempts)}


def engines_not_stopped(db: Connection) -> list[EngineRow]:
    """The engines that did not record their stop: alive, or killed."""
    return [EngineRow(*row) for row in db.rows(f"SELECT {_COLUMNS} FROM engines WHERE stopped_at IS NULL ORDER BY id")]


def engines_of(db: Connection, ids: Collection[int]) -> dict[int, EngineRow]:
    """The engines with these numbers that are still stored."""
    if not ids:
        return {}
    return {row.id: EngineRow(*row) for row in db.rows(f"SELECT {_COLUMNS} FROM engines WHERE id IN :ids", ids=ids)}
