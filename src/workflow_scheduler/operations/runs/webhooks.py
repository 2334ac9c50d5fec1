"""Webhooks: a signed request from another program starts a run."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from workflow_scheduler.domain.account import OWNER, Hook
from workflow_scheduler.domain.errors import Refused, SchedulerError
from workflow_scheduler.domain.numbers import parse_count
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.access.accounts import may_still_start_runs
from workflow_scheduler.operations.access.secret import derived, digest
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import webhooks as store
from workflow_scheduler.storage.database import Connection, Database

__all__ = [
    "BadSignature",
    "HookRow",
    "HookWithSecret",
    "add_hook",
    "check_signature",
    "delete_hook",
    "hook_list",
    "hook_with_secret",
    "new_hook_id",
    "signature",
    "take_once",
]

LONGEST_TIMESTAMP = 11
"""Digits: until the year 5138."""
MAY_DIFFER = timedelta(minutes=5)
"""The largest difference between a call's time and ours; its signature is remembered that long, against replays."""


class BadSignature(SchedulerError):
    """The signature or the time of the call is wrong."""


@dataclass(frozen=True, slots=True)
class HookRow:
    """`path`: the URL path to call."""

    id: str
    workflow_id: str
    path: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class HookWithSecret(HookRow):
    secret: str


def new_hook_id() -> str:
    return f"h_{secrets.token_hex(12)}"


def add_hook(
    database: Database,
    secret: bytes,
    workflow_id: str,
    now: datetime,
    by: str = OWNER,
    *,
    hook_id: str | None = None,
) -> HookWithSecret:
    """A new webhook with its secret, which is not stored but derived from the home's. `by`: a user, OWNER, or
    `token:ID`; the webhook works as long as they may start runs."""
    hook = Hook(hook_id or new_hook_id(), workflow_id, now, by)

    def work(db: Connection) -> None:
        if catalog.find_workflow(db, workflow_id) is None:
            raise no_such("workflow", workflow_id)
        store.add_hook(db, hook)

    database.write(work)
    return widened(_row(hook), HookWithSecret, secret=_secret_of(secret, hook.id))


def hook_with_secret(database: Database, secret: bytes, hook_id: str) -> HookWithSecret:
    hook = database.read(lambda db: store.find_hook(db, hook_id))
    if hook is None:
        raise no_such("webhook", hook_id)
    return widened(_row(hook), HookWithSecret, secret=_secret_of(secret, hook.id))


def hook_list(database: Database) -> list[HookRow]:
    return [_row(hook) for hook in database.read(store.list_hooks)]


def delete_hook(database: Database, hook_id: str) -> None:
    def work(db: Connection) -> None:
        if not store.delete_hook(db, hook_id):
            raise no_such("webhook", hook_id)

    database.write(work)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value that a caller sends as X-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(
    database: Database, secret: bytes, hook_id: str, timestamp: str, given: str, body: bytes, now: datetime
) -> Hook:
    """The called webhook. BadSignature, with the same message for a wrong secret and an unknown webhook."""
    expected = signature(_secret_of(secret, hook_id), timestamp, body)
    right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))

    def work(db: Connection) -> Hook | None:
        hook = store.find_hook(db, hook_id)
        return hook if hook is not None and may_still_start_runs(db, hook.created_by, now) else None

    hook = database.read(work)
    if not right or hook is None:
        raise BadSignature("The signature is wrong; sign 'TIMESTAMP.BODY' with the webhook's secret.")
    seconds = parse_count(timestamp) if len(timestamp) <= LONGEST_TIMESTAMP else None
    moment = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    if moment is None or abs(now - moment) > MAY_DIFFER:
        raise BadSignature("X-Timestamp is not the current time in seconds since 1970; set the clock and sign again.")
    return hook


def take_once(db: Connection, given: str, now: datetime) -> None:
    """Refused if the call was already made. Belongs in the transaction of what it starts."""
    if store.seen_before(db, digest(given), now, now + 2 * MAY_DIFFER):
        raise Refused("This call was already made; sign a new one for another run.")


def _secret_of(secret: bytes, hook_id: str) -> str:
    return derived(secret, f"webhook {hook_id}")


def _row(hook: Hook) -> HookRow:
    return HookRow(
        id=hook.id,
        workflow_id=hook.workflow_id,
        path=f"/hooks/{hook.id}",
        created_at=hook.created_at,
        created_by=hook.created_by,
    )
