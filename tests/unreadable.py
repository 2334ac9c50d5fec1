"""Rows of schedules that somebody wrote by hand, or an older version let in."""

from __future__ import annotations

from typing import Any

from workflow_scheduler.storage.database import Database

GOOD = {
    "spec": '{"cron": "0 1 * * *"}',
    "timezone": "UTC",
    "policies": "{}",
}
ROWS: dict[str, dict[str, Any]] = {
    "minute": {"spec": '{"cron": "61 * * * *"}'},
    "never": {"spec": '{"cron": "0 0 30 2 *"}'},
    "two-fields": {"spec": '{"cron": "0 5"}'},
    "no-text": {"spec": '{"cron": {"a": [1]}}'},
    "no-number": {"spec": '{"cron": null}'},
    "nothing": {"spec": "{}"},
    "list": {"spec": "[1, 2]"},
    "null": {"spec": "null"},
    "other": {"spec": '{"moon": "full"}'},
    "no-anchor": {"spec": '{"every": "5m"}'},
    "bad-anchor": {"spec": '{"every": "5m", "anchor": 7}'},
    "no-interval": {"spec": '{"every": "0s", "anchor": "2026-01-01T00:00:00+00:00"}'},
    "no-minutes": {"spec": '{"interval": "x", "anchor": "2026-01-01T00:00:00+00:00"}'},
    "no-date": {"spec": '{"at": 5}'},
    "zone": {"timezone": "Mars/Olympus"},
    "path": {"timezone": "../../etc/passwd"},
    "no-zone": {"timezone": ""},
    "catchup": {"policies": '{"catchup": "later"}'},
    "overlap": {"policies": '{"overlap": ""}'},
    "params": {"policies": '{"params": "region"}'},
}
# PostgreSQL keeps these out by itself.
SQLITE_ROWS: dict[str, dict[str, Any]] = {
    "no-json": {"spec": "0 5 * * *"},
    "window": {"policies": '{"catchup_window": "soon"}'},
    "moment": {"next_due_utc": "tomorrow"},
}
_INSERT = (
    "INSERT INTO schedules (id, workflow_id, spec, timezone, policies, enabled, generation, cursor_utc, next_due_utc)"
    " VALUES (:id, :workflow_id, :spec, :timezone, :policies, true, 1, :cursor_utc, :next_due_utc)"
)


def insert(database: Database, name: str, row: dict[str, Any], due: str) -> None:
    """Write the row into the table, past everything that would refuse it."""
    values = {**GOOD, "workflow_id": "w", "cursor_utc": due, "next_due_utc": due, **row, "id": name}
    database.write(lambda db: db.run(_INSERT, **values))
