"""Sizes of finished output files of successes, by which a further one is unusual."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.unusual import MONTH_ENDS, SAMPLES

from . import tables
from .sql import Connection

__all__ = ["OutputSize", "add_sizes", "drop_sizes", "mark_accepted", "rescale", "sizes_before"]

_KEPT = 500
"""Of each file; older ones are deleted when one is added."""
_LONGEST_PATH = 500
"""Characters that tell one file from another: PostgreSQL's indexes take no long texts."""
_ADD = tables.output_sizes.insert(tables.output_sizes.columns[1:])


class OutputSize(NamedTuple):
    """`path` as it is written in the definition. `weekday`, `month_end`: of the run's time in its zone. `lines`: of a text that
    is not too long."""

    workflow_id: str
    task_id: str
    path: str
    at: datetime
    weekday: int
    month_end: int
    size: float
    lines: float | None


def add_sizes(db: Connection, new: Collection[OutputSize]) -> None:
    if not new:
        return
    db.run_each(_ADD, [tuple(size._replace(path=size.path[:_LONGEST_PATH])) for size in new])
    for size in new:
        edge = db.value(
            "SELECT id FROM output_sizes WHERE workflow_id = :workflow AND task_id = :task AND path = :path "
            "ORDER BY id DESC LIMIT 1 OFFSET :kept",
            **_file(size.workflow_id, size.task_id, size.path),
            kept=_KEPT,
        )
        if edge is not None:
            db.run(
                "DELETE FROM output_sizes WHERE workflow_id = :workflow AND task_id = :task AND path = :path AND id <= :edge",
                **_file(size.workflow_id, size.task_id, size.path),
                edge=edge,
            )


def sizes_before(
    db: Connection, workflow_id: str, task_id: str, path: str, weekday: int
) -> tuple[list[Any], list[Any]]:
    """Rows with size and lines, newest first: of the weekday, and of last days of months."""
    query = """
        SELECT size, lines FROM output_sizes
        WHERE workflow_id = :workflow AND task_id = :task AND path = :path AND {} ORDER BY id DESC LIMIT :most"""
    file = _file(workflow_id, task_id, path)
    same = db.rows(query.format("weekday = :weekday"), **file, weekday=weekday, most=SAMPLES)
    ends = db.rows(query.format("month_end = 1"), **file, most=MONTH_ENDS) if same else []
    return same, ends


def rescale(
    db: Connection, workflow_id: str, task_id: str, path: str, before: datetime, ratios: dict[str, float]
) -> None:
    """Have what was usual before that time be usual at this ratio: of size, and of lines."""
    query = """
        UPDATE output_sizes SET size = size * :size, lines = lines * :lines
        WHERE workflow_id = :workflow AND task_id = :task AND path = :path AND at < :before"""
    factors = {"size": ratios.get("size", 1.0), "lines": ratios.get("lines", 1.0)}
    db.run(query, **_file(workflow_id, task_id, path), before=before, **factors)


def mark_accepted(db: Connection, key: AttemptKey, outputs: Collection[Any]) -> None:
    query = "UPDATE attempts SET outputs = :outputs WHERE run_id = :run AND task_id = :task AND number = :number"
    db.run(query, outputs=list(outputs), run=key.run_id, task=key.task_id, number=key.number)


def drop_sizes(db: Connection, workflow_id: str) -> None:
    db.run("DELETE FROM output_sizes WHERE workflow_id = :id", id=workflow_id)


def _file(workflow_id: str, task_id: str, path: str) -> dict[str, str]:
    return {"workflow": workflow_id, "task": task_id, "path": path[:_LONGEST_PATH]}
