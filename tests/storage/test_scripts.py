"""Facts of attempts and texts of scripts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState
from workflow_scheduler.storage import retention, runs
from workflow_scheduler.storage import scripts as store
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add(database: Database, run_id: str, state: AttemptState, hours: int = 0, workflow: str = "w") -> Run:
    run = Run(run_id, workflow, 1, RunState.SUCCEEDED, NOW + hours * HOUR, finished_at=NOW + hours * HOUR)
    database.write(lambda db: runs.add_runs(db, [run]))
    database.write(lambda db: runs.add_attempts(db, [Attempt(run_id, "a", 1, state, engine_id=1)]))
    return run


def test_facts_are_recorded_with_the_end(database: Database) -> None:
    add(database, "r1", AttemptState.RUNNING)
    key = AttemptKey("r1", "a", 1)
    (attempt,) = database.read(lambda db: runs.attempts_of(db, [key])).values()
    assert attempt.facts is None
    facts = {"script": {"hash": "ä\udcff"}, "inputs": {}}
    ended = replace(attempt, state=AttemptState.FAILED, facts=facts)
    database.write(lambda db: runs.update_attempts(db, [(attempt, ended)]))
    assert database.read(lambda db: runs.attempts_of(db, [key])) == {key: ended}


def test_the_newest_texts_of_each_task_are_kept(database: Database) -> None:
    def keep(digest: str, hours: int, task: str = "a") -> None:
        database.write(lambda db: store.record_text(db, "w", task, digest, f"text {digest}", NOW + hours * HOUR))

    keep("0", 0, task="b")
    for number in range(5):
        keep(str(number), number)
    keep("0", 5)  # in use again
    keep("5", 6)
    texts = database.read(lambda db: [store.text_of(db, "w", "a", str(number)) for number in range(6)])
    assert texts == ["text 0", None, "text 2", "text 3", "text 4", "text 5"]
    assert database.read(lambda db: store.text_of(db, "w", "b", "0")) == "text 0"


def test_the_last_successes_before_a_run(database: Database) -> None:
    for number, state in enumerate([AttemptState.SUCCEEDED, AttemptState.SUCCEEDED, AttemptState.FAILED]):
        add(database, f"r{number}", state, number)
    add(database, "other", AttemptState.SUCCEEDED, 2, workflow="v")
    failed = add(database, "failed", AttemptState.FAILED, 3)
    add(database, "later", AttemptState.SUCCEEDED, 4)
    found = database.read(lambda db: runs.last_successes(db, failed, "a", 20))
    assert [(run.id, attempt.key) for run, attempt in found] == [("r1", ("r1", "a", 1)), ("r0", ("r0", "a", 1))]
    assert [run.id for run, _ in database.read(lambda db: runs.last_successes(db, failed, "a", 1))] == ["r1"]
    assert database.read(lambda db: runs.last_successes(db, failed, "b", 20)) == []


def test_texts_are_deleted_with_the_last_run(database: Database) -> None:
    for run_id in ("r1", "r2"):
        add(database, run_id, AttemptState.SUCCEEDED)
    database.write(lambda db: store.record_text(db, "w", "a", "0", "text", NOW))
    database.write(lambda db: store.record_text(db, "v", "a", "0", "text", NOW))
    assert database.write(lambda db: retention.delete_runs(db, ["r1"])) == 1
    assert database.read(lambda db: store.text_of(db, "w", "a", "0")) == "text"
    database.write(lambda db: retention.delete_runs(db, ["r2"]))
    assert database.read(lambda db: store.text_of(db, "w", "a", "0")) is None
    assert database.read(lambda db: store.text_of(db, "v", "a", "0")) == "text"
