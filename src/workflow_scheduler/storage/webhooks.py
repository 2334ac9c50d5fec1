"""Webhooks, the calls already received, and the idempotency keys."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.account import Hook

from . import tables
from .database import Stale
from .sql import Connection

__all__ = ["add_hook", "delete_hook", "find_hook", "keep_request_key", "list_hooks", "run_of_key", "seen_before"]


_HOOKS = f"SELECT {', '.join(tables.hooks.columns)} FROM hooks"
_ADD_CALL = f"{tables.hook_calls.insert()} ON CONFLICT (key) DO NOTHING"
_ADD_KEY = f"{tables.request_keys.insert()} ON CONFLICT (key) DO NOTHING"


def add_hook(db: Connection, hook: Hook) -> None:
    db.run(tables.hooks.insert(), **{name: getattr(hook, name) for name in tables.hooks.columns})


def find_hook(db: Connection, hook_id: str) -> Hook | None:
    row = db.row(f"{_HOOKS} WHERE id = :id", id=hook_id)
    return None if row is None else Hook(*row)


def list_hooks(db: Connection) -> list[Hook]:
    return [Hook(*row) for row in db.rows(f"{_HOOKS} ORDER BY workflow_id, id")]


def delete_hook(db: Connection, hook_id: str) -> bool:
    """Returns whether there was one."""
    return bool(db.run("DELETE FROM hooks WHERE id = :id", id=hook_id))


def seen_before(db: Connection, key: str, now: datetime, expires_at: datetime) -> bool:
    """Whether a call with this key was received before; the key is recorded."""
    db.run("DELETE FROM hook_calls WHERE expires_at <= :now", now=now)
    return not db.run(_ADD_CALL, key=key, expires_at=expires_at)


def run_of_key(db: Connection, key: str, now: datetime) -> str | None:
    """The run that an earlier request with this key started."""
    return db.value("SELECT run_id FROM request_keys WHERE key = :key AND expires_at > :now", key=key, now=now)


def keep_request_key(db: Connection, key: str, run_id: str, now: datetime, expires_at: datetime) -> None:
    """Record the run for further requests with the same key. Stale if another request was first: then its run is the
    answer."""
    db.run("DELETE FROM request_keys WHERE expires_at <= :now", now=now)
    if not db.run(_ADD_KEY, key=key, run_id=run_id, expires_at=expires_at):
        raise Stale
