"""What workers report of attempts, and the output that they send. This side is the schedulers'."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.run import AttemptKey

from .assignments import KEY, OF_KEYS, keys_value
from .runs import LIVE_ATTEMPTS
from .sql import Connection

__all__ = [
    "LateReport",
    "WorkerReport",
    "delete_reports",
    "delete_settled",
    "output_after",
    "reports",
    "take_late",
    "with_output",
]


class WorkerReport(NamedTuple):
    """`report`: see `executors.wire`."""

    seq: int
    key: AttemptKey
    at: datetime
    report: Mapping[str, Any]


class LateReport(NamedTuple):
    """How an attempt ended that was given up before."""

    key: AttemptKey
    workflow_id: str
    worker: str
    report: Mapping[str, Any]


def reports(db: Connection, most: int, but: Collection[int] = ()) -> list[WorkerReport]:
    """What workers report of attempts that have not ended, the oldest first, without those with the numbers `but`."""
    query = """
        SELECT seq, run_id, task_id, number, at, report FROM worker_reports
        WHERE seq NOT IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST(:but AS JSONB)))
        ORDER BY seq LIMIT :most"""
    rows = db.rows(query, but=list(but), most=most)
    return [WorkerReport(row.seq, AttemptKey(*row[1:4]), row.at, row.report) for row in rows]


def delete_reports(db: Connection, numbers: Collection[int]) -> None:
    if numbers:
        db.run("DELETE FROM worker_reports WHERE seq IN :numbers", numbers=numbers)


def take_late(db: Connection) -> list[LateReport]:
    """What was reported of fenced attempts whose end is recorded: each is told to one caller only."""
    query = f"""
        UPDATE assignments SET state = 'ended' FROM runs, attempts
        WHERE assignments.state = 'late' AND runs.id = assignments.run_id AND NOT attempts.{LIVE_ATTEMPTS}
            AND (attempts.run_id, attempts.task_id, attempts.number)
                = (assignments.run_id, assignments.task_id, assignments.number)
        RETURNING assignments.run_id, assignments.task_id, assignments.number, runs.workflow_id, assignments.worker, assignments.seen"""
    return [LateReport(AttemptKey(*row[:3]), *row[3:]) for row in db.rows(query)]


def delete_settled(db: Connection) -> int:
    """Delete the reports and the output of attempts whose end is recorded. Returns the number of reports."""
    query = f"""
        DELETE FROM %s AS told WHERE NOT EXISTS (
            SELECT 1 FROM attempts
            WHERE (attempts.run_id, attempts.task_id, attempts.number) = (told.run_id, told.task_id, told.number)
                AND {LIVE_ATTEMPTS})"""
    db.run(query % "worker_output")
    return db.run(query % "worker_reports")


def output_after(db: Connection, key: AttemptKey, stream: str, position: int, most: int) -> list[tuple[int, bytes]]:
    """The parts of a stream from this position on, in order."""
    query = f"""
        SELECT position, data FROM worker_output
        WHERE {KEY} = (:run_id, :task_id, :number) AND stream = :stream AND position >= :position
        ORDER BY position LIMIT :most"""
    rows = db.rows(query, stream=stream, position=position, most=most, **key._asdict())
    return [(row.position, bytes(row.data)) for row in rows]


def with_output(db: Connection, keys: Collection[AttemptKey]) -> set[AttemptKey]:
    """Those of the attempts of which some output arrived."""
    query = f"SELECT DISTINCT run_id, task_id, number FROM worker_output WHERE {OF_KEYS}"
    return {AttemptKey(*row) for row in db.rows(query, keys=keys_value(keys))} if keys else set()
