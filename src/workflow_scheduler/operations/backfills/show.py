"""Backfills as people see them: lists, progress, and why one waits."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.backfill import Backfill, BackfillState
from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.pagination import name_behind, text_behind
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import queries_backfills
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.queries_backfills import Moment

from .rows import BackfillDetail, BackfillRow, MomentRow, backfill_row

__all__ = ["backfill_detail", "backfill_list", "find_backfill_id", "get_backfill"]

AMONG = 10_000
"""How many of the newest backfills are searched for a part of an ID."""
_NAMED = 5


def backfill_list(
    database: Database, workflow_id: str | None = None, limit: int | None = None, *, unfinished: bool = False
) -> list[BackfillRow]:
    """The newest first."""

    def work(db: Connection) -> list[BackfillRow]:
        found = queries_backfills.list_backfills(db, workflow_id, limit, unfinished=unfinished)
        counts = queries_backfills.fire_counts(db, [backfill.id for backfill in found])
        return [backfill_row(backfill, counts[backfill.id]) for backfill in found]

    return database.read(work)


def get_backfill(database: Database, backfill_id: str) -> BackfillRow:
    """One backfill with its progress."""
    return database.read(lambda db: backfill_row(*_found(db, backfill_id)))


def _found(db: Connection, backfill_id: str) -> tuple[Backfill, dict[str, int]]:
    backfill = store.find_backfill(db, backfill_id)
    if backfill is None:
        raise no_such("backfill", backfill_id)
    return backfill, queries_backfills.fire_counts(db, [backfill_id])[backfill_id]


def backfill_detail(
    database: Database, backfill_id: str, now: datetime, *, limit: int | None = None, cursor: str | None = None
) -> BackfillDetail:
    """One backfill with up to `limit` of its times after the cursor, in the order in which they are run."""
    after = _position(cursor)

    def work(db: Connection) -> BackfillDetail:
        backfill, counts = _found(db, backfill_id)
        row = backfill_row(backfill, counts)
        moments = queries_backfills.list_moments(db, backfill_id, None if limit is None else limit + 1, after)
        shown = moments[:limit]
        waits, next_start = _waits(db, backfill, row, now)
        return widened(
            row,
            BackfillDetail,
            waits=waits,
            next_start=next_start,
            moments=tuple(_moment_row(backfill, moment) for moment in shown),
            next_cursor=text_behind(str(shown[-1].position)) if len(moments) > len(shown) else None,
        )

    return database.read(work)


def find_backfill_id(database: Database, text: str) -> str:
    """The backfill named by `last`, an ID, a workflow (its last backfill), or a unique part of an ID."""

    def work(db: Connection) -> str:
        if store.find_backfill(db, text) is not None:
            return text
        known = queries_backfills.recent_ids(db, AMONG)
        found = [name for name, workflow_id in known if text in ("last", workflow_id)][:1]
        found = found or [name for name, _ in known if text and text in name]
        if len(found) > 1:
            names = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
            raise NotFound(f"{text!r} is part of several backfill IDs: {names}. Give more of the ID.")
        if not found:
            raise no_such("backfill", text)
        return found[0]

    return database.read(work)


def _position(cursor: str | None) -> int:
    text = name_behind(cursor)
    if not text:
        return -1
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput("The cursor is invalid; start again without it.")
    return int(text)


def _moment_row(backfill: Backfill, moment: Moment) -> MomentRow:
    if moment.state is not None:
        state = moment.state.value
    elif moment.run_id is not None:
        state = "deleted"
    else:
        state = "not_run" if backfill.over else "left"
    return MomentRow(
        moment.nominal,
        backfill.sources[moment.schedule_id].timezone,
        moment.schedule_id,
        moment.run_id,
        state,
        moment.reason,
        moment.started_at,
        moment.finished_at,
    )


def _waits(db: Connection, backfill: Backfill, row: BackfillRow, now: datetime) -> tuple[str, datetime | None]:
    """Why it starts no further run now, and when its window opens if it waits for that."""
    if backfill.state is not BackfillState.ACTIVE or not (row.left or row.queued):
        return "", None
    # Only here: lists do without APScheduler.
    from workflow_scheduler.engine.backfilling import holds_of, opening_of  # noqa: PLC0415

    if len(holds_of([backfill], now)) == len(backfill.sources):
        return f"It starts runs between {backfill.between}.", opening_of(backfill, now)
    if store.gives_way(db, backfill.workflow_id):
        return f"Queued runs of {backfill.workflow_id} that belong to no backfill start first.", None
    return "", None
