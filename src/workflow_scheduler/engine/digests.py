"""Puts alerts into messages: one to each channel and minute, the first of them at once."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from workflow_scheduler.domain.alerts import Alert
from workflow_scheduler.domain.message import Message, added, from_plain, to_plain
from workflow_scheduler.storage import deliveries as delivery_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.deliveries import Delivery

__all__ = ["MINUTE", "put"]

MINUTE = timedelta(seconds=60)


def put(db: Connection, channel: str, alerts: Collection[Alert], held_until: datetime | None, now: datetime) -> None:
    """Have the channel told, in the caller's transaction. `held_until`: the end of quiet hours."""
    state = "queued" if held_until is None else "held"
    waiting = delivery_store.open_digest(db, channel, state, now)
    if waiting is not None:
        message = added(from_plain(waiting.id, waiting.created_at, waiting.message), alerts)
        delivery_store.set_message(db, waiting.id, to_plain(message))
        return
    key = secrets.token_hex(8)
    message = added(Message(key, now, (), 0, {}, {}), alerts)
    last = None if held_until else delivery_store.last_told(db, channel, now)
    # A clock that was set back must not hold messages.
    due = now if last is None or not now - MINUTE < last <= now + MINUTE else max(now, last + MINUTE)
    new = Delivery(key, channel, state, now, held_until or due, 0, None, None, "", to_plain(message))
    delivery_store.add_delivery(db, new)
