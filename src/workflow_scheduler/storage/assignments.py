"""Assignments: which worker runs an attempt, and how far that is. This side is the schedulers'."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from workflow_scheduler.domain.placement import Machine, pause_after_refusal
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey

from .runs import LIVE_ATTEMPTS
from .sql import Connection
from .workers import list_workers

__all__ = [
    "KEY",
    "OF_KEYS",
    "Assignment",
    "Claim",
    "add_assignments",
    "ask_look",
    "assignments_of",
    "claims",
    "clock",
    "fence",
    "fence_silent",
    "keys_value",
    "last_worker",
    "machines",
    "offer",
    "open_by_worker",
    "request_stop",
    "ring",
    "seen_of",
    "watch",
    "withdraw",
    "workers_of",
]

_COLUMNS = (
    "run_id, task_id, number, state, worker, place, created_at, offered_at, claimed_at, started_at, ended_at, stop_reason, "
    "watched_until_at, CASE WHEN state IN ('waiting', 'offered') THEN seen END AS refused"
)
_TICK = timedelta(microseconds=1)
KEY = "(run_id, task_id, number)"
"""Of an attempt, as a row of SQL."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`state`: "waiting" for a worker, "offered" to one that may still be exchanged, "claimed" by it, "fenced": whatever it
    still reports does not count, "late": it was fenced, and its end is reported, or "ended". `refused`: the "worker" that could
    not start it last, and its "reason"; None: there was none."""

    key: AttemptKey
    state: str
    worker: str | None
    place: Mapping[str, Any]
    created_at: datetime
    offered_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    stop_reason: str | None
    watched_until_at: datetime | None
    refused: Mapping[str, str] | None

    @property
    def again_at(self) -> datetime | None:
        """When it is offered again, after a worker could not start it; None: it need not wait."""
        if self.state != "waiting" or self.refused is None or self.offered_at is None:
            return None
        return self.offered_at + pause_after_refusal(self.offered_at - self.created_at)


class Claim(NamedTuple):
    """What a worker has and has not ended."""

    worker: str
    workflow_id: str
    key: AttemptKey
    claimed_at: datetime | None
    started_at: datetime | None


# One text for any number of keys, so that it is translated and planned once.
OF_KEYS = f"""{KEY} IN (
    SELECT t.run_id, t.task_id, t.number
    FROM jsonb_to_recordset(CAST(:keys AS JSONB)) AS t (run_id varchar, task_id varchar, number integer))"""
"""With `keys_value` as `keys`: one text for any number of them, so that it is translated and planned once."""


def keys_value(keys: Iterable[AttemptKey]) -> list[dict[str, Any]]:
    return [key._asdict() for key in keys]


def _assignment(row: Any) -> Assignment:
    return Assignment(AttemptKey(*row[:3]), *row[3:])


def clock(db: Connection) -> datetime:
    """The time of the database, by which machines are compared."""
    (now,) = db.column("SELECT clock_timestamp() AS now_at")
    return now  # type: ignore[no-any-return]


def add_assignments(
    db: Connection, new: Iterable[tuple[AttemptKey, Mapping[str, Any], Mapping[str, Any], str | None]], now: datetime
) -> None:
    """Note that these attempts (key, place, what to run, hash of the bundle) wait for a worker, in this order. One that is
    noted already stays as it is, and so does one that has ended."""
    query = f"""
        INSERT INTO assignments (run_id, task_id, number, state, place, spec, bundle, created_at)
        SELECT run_id, task_id, number, 'waiting', CAST(:place AS JSON), CAST(:spec AS JSON), :bundle, :now
        FROM attempts WHERE {KEY} = (:run_id, :task_id, :number) AND {LIVE_ATTEMPTS}
        ON CONFLICT {KEY} DO NOTHING"""
    rows = [
        {**key._asdict(), "place": dict(place), "spec": dict(spec), "bundle": bundle, "now": now + at * _TICK}
        for at, (key, place, spec, bundle) in enumerate(new)
    ]
    db.run_each(query, rows)


def offer(db: Connection, given: Mapping[AttemptKey, str], now: datetime) -> None:
    """Offer each attempt to this worker, in this order, unless one has claimed it."""
    query = f"""
        UPDATE assignments SET state = 'offered', worker = :worker, offered_at = :now
        WHERE {KEY} = (:run_id, :task_id, :number) AND state IN ('waiting', 'offered')"""
    db.run_each(
        query,
        [
            {**key._asdict(), "worker": worker, "now": now + at * _TICK}
            for at, (key, worker) in enumerate(given.items())
        ],
    )


def assignments_of(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, Assignment]:
    if not keys:
        return {}
    if db.is_sqlite:  # where there is none, but for what is asked of every database
        rows = db.rows(f"SELECT {_COLUMNS} FROM assignments WHERE {KEY} IN :keys", keys=list(map(tuple, keys)))
    else:
        rows = db.rows(f"SELECT {_COLUMNS} FROM assignments WHERE {OF_KEYS}", keys=keys_value(keys))
    return {found.key: found for found in map(_assignment, rows)}


def workers_of(db: Connection, run_id: str) -> dict[AttemptKey, str | None]:
    """The machine that has each attempt of the run, or is offered it."""
    rows = db.rows("SELECT run_id, task_id, number, worker FROM assignments WHERE run_id = :run_id", run_id=run_id)
    return {AttemptKey(*row[:3]): row.worker for row in rows}


def claims(db: Connection) -> list[Claim]:
    """What all workers have and have not ended, the oldest first."""
    query = """
        SELECT worker, coalesce(workflow_id, '') AS workflow_id, run_id, task_id, number, claimed_at, assignments.started_at
        FROM assignments LEFT JOIN runs ON runs.id = run_id
        WHERE assignments.state = 'claimed' AND worker IS NOT NULL ORDER BY claimed_at"""
    return [
        Claim(row.worker, row.workflow_id, AttemptKey(*row[2:5]), row.claimed_at, row.started_at)
        for row in db.rows(query)
    ]


def open_by_worker(db: Connection) -> dict[str, int]:
    """How many attempts each worker has: offered, claimed, or fenced and perhaps not ended."""
    query = """
        SELECT worker, count(*) FROM assignments WHERE state <> 'ended' AND state <> 'late' AND worker IS NOT NULL
        GROUP BY worker"""
    return {row[0]: row[1] for row in db.rows(query)}


def machines(db: Connection) -> list[Machine]:
    """The workers as placing sees them."""
    taken = open_by_worker(db)
    return [
        Machine(
            row.name,
            *row.taken,
            taken.get(row.name, 0),
            row.state != "draining",
            row.silent_at,
            row.protocol or 0,
            joined=row.heartbeat_at is not None,
            lack=row.lack,
        )
        for row in list_workers(db)
    ]


def last_worker(db: Connection, key: AttemptKey) -> str:
    """The worker that ran the task last, in any run of its workflow; empty without one."""
    query = """
        SELECT assignments.worker FROM runs AS mine
        JOIN runs ON runs.workflow_id = mine.workflow_id
        JOIN assignments ON assignments.run_id = runs.id AND assignments.task_id = :task_id
        WHERE mine.id = :run_id AND assignments.claimed_at IS NOT NULL
        ORDER BY assignments.claimed_at DESC LIMIT 1"""
    return str(db.value(query, run_id=key.run_id, task_id=key.task_id) or "")


def withdraw(db: Connection, reasons: Mapping[AttemptKey, str], now: datetime) -> set[AttemptKey]:
    """End what no worker has claimed: it never starts. Returns these."""
    query = f"""
        UPDATE assignments SET state = 'ended', ended_at = :now, stop_reason = :reason
        WHERE {KEY} = (:run_id, :task_id, :number) AND state IN ('waiting', 'offered')"""
    return {key for key, reason in reasons.items() if db.run(query, **key._asdict(), reason=reason, now=now)}


def request_stop(db: Connection, reasons: Mapping[AttemptKey, str]) -> None:
    query = f"""
        UPDATE assignments SET stop_reason = :reason
        WHERE {KEY} = (:run_id, :task_id, :number) AND state = 'claimed'"""
    db.run_each(query, [{**key._asdict(), "reason": reason} for key, reason in reasons.items()])


def fence(db: Connection, key: AttemptKey) -> bool:
    """Decide that what a worker still reports about the attempt does not count. False if it has ended."""
    query = f"UPDATE assignments SET state = 'fenced' WHERE {KEY} = (:run_id, :task_id, :number) AND state = 'claimed'"
    return bool(db.run(query, **key._asdict()))


def fence_silent(db: Connection, key: AttemptKey, wait: float) -> bool:
    """`fence`, if its worker has been silent for that many seconds. False if it is back, though that may not be noted yet."""
    query = f"""
        UPDATE assignments SET state = 'fenced'
        WHERE {KEY} = (:run_id, :task_id, :number) AND state = 'claimed' AND EXISTS (
            SELECT FROM workers WHERE name = assignments.worker
                AND heartbeat_at <= clock_timestamp() - make_interval(secs => :wait))"""
    return bool(db.run(query, wait=wait, **key._asdict()))


def watch(db: Connection, key: AttemptKey, until: datetime) -> None:
    """Ask the worker for the attempt's output as it is written, until then, unless it was asked seconds ago."""
    query = f"""
        UPDATE assignments SET watched_until_at = :until
        WHERE {KEY} = (:run_id, :task_id, :number) AND state = 'claimed'
            AND coalesce(watched_until_at < CAST(:until AS TIMESTAMPTZ) - interval '5 seconds', true)
        RETURNING worker"""
    if worker := db.value(query, until=until, **key._asdict()):
        ring(db, worker)


def ask_look(db: Connection, keys: Collection[AttemptKey]) -> list[AttemptKey]:
    """Ask what the commands of these attempts do now. Returns those that are a worker's."""
    query = f"""
        UPDATE assignments SET look_asked_at = clock_timestamp(), seen = NULL
        WHERE {OF_KEYS} AND state = 'claimed' AND started_at IS NOT NULL RETURNING run_id, task_id, number"""
    return [AttemptKey(*row) for row in db.rows(query, keys=keys_value(keys))] if keys else []


def seen_of(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, Mapping[str, Any]]:
    """The answers that have arrived."""
    query = f"SELECT run_id, task_id, number, seen FROM assignments WHERE {OF_KEYS} AND look_asked_at IS NULL"
    rows = db.rows(query, keys=keys_value(keys)) if keys else []
    return {AttemptKey(*row[:3]): row.seen or {} for row in rows}


def ring(db: Connection, *workers: str) -> None:
    """Wake these workers when this transaction is committed. A hint: one that does not hear it looks a little later."""
    for worker in sorted(workers):
        db.row("SELECT pg_notify(:channel, '')", channel=f"worker_{worker}")
