"""Asks workers what commands do now."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage import assignments as store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["look_elsewhere"]

PATIENCE = 2.0
"""Seconds that answers are waited for."""
_BETWEEN = 0.05


def look_elsewhere(database: Database, keys: Collection[AttemptKey]) -> dict[AttemptKey, Mapping[str, Any]]:
    """What the commands of these attempts do, as `running.look` finds it there; without those that no machine answers for in
    time."""

    def ask(db: Connection) -> list[AttemptKey]:
        asked = store.ask_look(db, keys)
        rows = store.assignments_of(db, asked).values()
        store.ring(db, *{row.worker for row in rows if row.worker is not None})
        return asked

    asked = database.write(ask, patience=PATIENCE)
    until, seen = time.monotonic() + PATIENCE, database.read(lambda db: store.seen_of(db, asked))
    while len(seen) < len(asked) and time.monotonic() < until:
        time.sleep(_BETWEEN)
        seen = database.read(lambda db: store.seen_of(db, asked))
    return {key: facts for key, facts in seen.items() if facts}
