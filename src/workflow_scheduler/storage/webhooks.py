"""Webhooks, the calls of them that were seen, and the keys that make a request count once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from workflow_scheduler.domain.account import Hook

from .account_tables import hook_calls, hooks, request_keys
from .database import Stale

__all__ = ["add_hook", "delete_hook", "find_hook", "keep_request_key", "list_hooks", "run_of_key", "seen_before"]


def add_hook(db: Connection, hook: Hook) -> None:
    values = {name: getattr(hook, name) for name in ("id", "workflow_id", "created_at", "created_by")}
    db.execute(insert(hooks).values(values))


def find_hook(db: Connection, hook_id: str) -> Hook | None:
    row = db.execute(select(hooks).where(hooks.c.id == hook_id)).one_or_none()
    return None if row is None else Hook(row.id, row.workflow_id, row.created_at, row.created_by)


def list_hooks(db: Connection) -> list[Hook]:
    query = select(hooks).order_by(hooks.c.workflow_id, hooks.c.id)
    return [Hook(row.id, row.workflow_id, row.created_at, row.created_by) for row in db.execute(query)]


def delete_hook(db: Connection, hook_id: str) -> bool:
    """Whether there was one."""
    return bool(db.execute(delete(hooks).where(hooks.c.id == hook_id)).rowcount)


def seen_before(db: Connection, key: str, now: datetime, expires_at: datetime) -> bool:
    """Whether a call with this key came already; from now on it has."""
    db.execute(delete(hook_calls).where(hook_calls.c.expires_at <= now))
    return not _added(db, hook_calls, {"key": key, "expires_at": expires_at})


def run_of_key(db: Connection, key: str, now: datetime) -> str | None:
    """The run that an earlier request with this key started."""
    query = select(request_keys.c.run_id).where(request_keys.c.key == key, request_keys.c.expires_at > now)
    found: str | None = db.execute(query).scalar()
    return found


def keep_request_key(db: Connection, key: str, run_id: str, now: datetime, expires_at: datetime) -> None:
    """Remember the run for requests with the same key. Stale if one was quicker: then its run is the answer."""
    db.execute(delete(request_keys).where(request_keys.c.expires_at <= now))
    if not _added(db, request_keys, {"key": key, "run_id": run_id, "expires_at": expires_at}):
        raise Stale


def _added(db: Connection, table: Table, values: dict[str, Any]) -> bool:
    if db.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_new  # noqa: PLC0415  only the one in use is loaded
    else:
        from sqlalchemy.dialects.postgresql import insert as insert_new  # type: ignore[assignment]  # noqa: PLC0415
    statement = insert_new(table).values(values).on_conflict_do_nothing(index_elements=["key"])
    return db.execute(statement.returning(table.c.key)).first() is not None
