"""Engines: the processes that work on this database, with their heartbeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from .prepared import Prepared
from .tables import LIVE_ATTEMPTS, OPEN_RUNS, attempts, engines, runs

__all__ = [
    "EngineRow",
    "beat",
    "engines_not_stopped",
    "engines_of",
    "engines_with_work",
    "is_current",
    "register",
    "request_stop",
    "stop_engine",
    "stop_request",
    "withdraw_stop",
]


@dataclass(frozen=True, slots=True)
class EngineRow:
    """`identity` knows the process: pid, start time, boot, and its home. `role` is "scheduler", or "here" for one run's
    own."""

    id: int
    role: str
    host: str
    identity: Mapping[str, Any]
    wake_port: int | None
    started_at: datetime
    heartbeat_at: datetime
    stop_request: str | None = None
    stop_asked_at: datetime | None = None


def register(db: Connection, row: EngineRow) -> int:
    """Enter a new engine; its number is larger than that of every engine before it."""
    result = db.execute(
        insert(engines)
        .values(
            role=row.role,
            host=row.host,
            identity=dict(row.identity),
            wake_port=row.wake_port,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
        )
        .returning(engines.c.id)
    )
    return int(result.scalar_one())


def beat(db: Connection, engine_id: int, now: datetime) -> bool:
    """Write the engine's heartbeat. False if another one took its work over, so that it must stop."""
    query = update(engines).where(engines.c.id == engine_id, engines.c.stopped_at.is_(None))
    return bool(db.execute(query.values(heartbeat_at=now)).rowcount)


_CURRENT = Prepared(
    select(engines.c.id)
    .where(engines.c.id == bindparam("the_id"), engines.c.stopped_at.is_(None))
    .with_for_update(read=True)
)


def is_current(db: Connection, engine_id: int) -> bool:
    """Whether no other engine took its work over, or can before this transaction ends."""
    return _CURRENT.finds(db, the_id=engine_id)


def request_stop(db: Connection, engine_id: int, how: str, now: datetime) -> None:
    """Ask an engine to end: "leave" running commands alone, "wait" for them, "kill" them, or end them for a "shutdown"."""
    db.execute(update(engines).where(engines.c.id == engine_id).values(stop_request=how, stop_asked_at=now))


def withdraw_stop(db: Connection, engine_id: int) -> bool:
    """Have an engine that waits for its runs go on. False if it is not asked to wait, or has stopped already."""
    waiting = (engines.c.id == engine_id, engines.c.stop_request == "wait", engines.c.stopped_at.is_(None))
    return bool(db.execute(update(engines).where(*waiting).values(stop_request=None, stop_asked_at=None)).rowcount)


_STOP_REQUEST = select(engines.c.stop_request).where(engines.c.id == bindparam("the_id"))


def stop_request(db: Connection, engine_id: int) -> str | None:
    return db.execute(_STOP_REQUEST, {"the_id": engine_id}).scalar()


def stop_engine(db: Connection, engine_id: int, now: datetime) -> None:
    """Note that an engine ended, or was found to be gone."""
    query = update(engines).where(engines.c.id == engine_id, engines.c.stopped_at.is_(None))
    db.execute(query.values(stopped_at=now))


def engines_with_work(db: Connection) -> set[int]:
    """The engines that runs or attempts in progress belong to, living or not."""
    of_runs = select(runs.c.engine_id).where(OPEN_RUNS, runs.c.engine_id.is_not(None)).distinct()
    of_attempts = select(attempts.c.engine_id).where(LIVE_ATTEMPTS, attempts.c.engine_id.is_not(None)).distinct()
    return {*db.execute(of_runs).scalars(), *db.execute(of_attempts).scalars()}


def engines_not_stopped(db: Connection) -> list[EngineRow]:
    """Those that did not say that they ended: alive, or killed."""
    query = select(engines).where(engines.c.stopped_at.is_(None)).order_by(engines.c.id)
    return [_from(row) for row in db.execute(query)]


def engines_of(db: Connection, ids: Collection[int]) -> dict[int, EngineRow]:
    """The engines with these numbers, as far as they are still known."""
    if not ids:
        return {}
    return {row.id: _from(row) for row in db.execute(select(engines).where(engines.c.id.in_(ids)))}


def _from(row: Any) -> EngineRow:
    return EngineRow(
        row.id,
        row.role,
        row.host,
        row.identity,
        row.wake_port,
        row.started_at,
        row.heartbeat_at,
        row.stop_request,
        row.stop_asked_at,
    )
