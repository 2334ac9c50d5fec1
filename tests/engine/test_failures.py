"""What is remembered of failures that a real engine recorded, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.engine.failures import FailureReader
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.operations.runs.failures import failure_list, lines_of, note_failure, remembered, with_failures
from workflow_scheduler.operations.runs.start import retry_run
from workflow_scheduler.storage import retention
from workflow_scheduler.storage.database import Database

LOST = "10:00:{at:02} pid {at}: ORA-12541: no listener at db1"


class Desk:
    def __init__(self, bench, database: Database, home: Path) -> None:
        self.bench, self.database, self.home, self.made = bench, database, home, 0
        self.another()

    def another(self) -> None:
        """As after a restart."""
        self.reader = FailureReader(self.database, lambda key: lines_of(self.home, key), lambda: None)
        self.look()

    def look(self) -> None:
        self.reader.step(self.bench.now)

    def fail(self, key: AttemptKey, said: str = LOST, *, look: bool = True) -> None:
        self.made += 1
        folder = attempt_folder(self.home, key)
        folder.mkdir(parents=True)
        (folder / "stderr.log").write_text(said.format(at=self.made) + "\n")
        self.bench.end(key, AttemptState.FAILED, "exit code 1 (expected 0)")
        if look:
            self.look()

    def failed(self, said: str = LOST, *, look: bool = True) -> str:
        """A run, a day later, that fails with that text."""
        self.bench.now += timedelta(days=1)
        run = self.bench.start()
        self.fail(AttemptKey(run, "a", 1), said, look=look)
        return run

    def memory(self, run: str) -> str:
        (task,) = with_failures(self.database, self.home, self.bench.run(run), "UTC").tasks
        return task.memory.sentence if task.memory else "none"


@pytest.fixture
def desk(bench, database: Database, tmp_path: Path) -> Desk:
    bench.make(Task("a", "load.py"))
    return Desk(bench, database, tmp_path)


def test_the_same_failure_is_known_again(desk: Desk) -> None:
    first = desk.failed()
    assert desk.memory(first) == ""
    desk.failed("something quite different happened here")
    second, third = desk.failed(), desk.failed()
    assert desk.memory(second) == "Seen once before, 2026-11-24."
    assert desk.memory(third) == "Seen 2 times since 2026-11-24; last 2026-11-26."
    newest, *_ = failure_list(desk.database, 10)
    assert (newest.run_id, newest.count) == (third, 3)


def test_one_that_is_not_noted_yet_is_known_too(desk: Desk) -> None:
    desk.failed()
    assert desk.memory(desk.failed(look=False)) == "Seen once before, 2026-11-24."


def test_one_that_is_like_another_of_its_task(desk: Desk) -> None:
    desk.failed("cannot write block of table orders to the archive server in hall north")
    desk.bench.now += timedelta(days=1)
    found = desk.memory(desk.failed("cannot write block of table orders to the archive server in hall south"))
    assert found == "Seen once before, 2026-11-24."
    assert desk.memory(desk.failed("cannot read anything of table customers from the old server")) == ""


def test_what_says_nothing_has_no_memory(desk: Desk) -> None:
    desk.failed("Error")
    assert desk.memory(desk.failed("Error")) == "none"
    assert failure_list(desk.database, 10) == []


def test_whether_retries_help(desk: Desk) -> None:
    for passes in (True, True, False):
        run = desk.failed()
        desk.bench.now += timedelta(hours=1)
        again = retry_run(desk.database, run, desk.bench.now)
        desk.bench.step()
        if passes:
            desk.bench.end(AttemptKey(again, "a", 1))
        else:
            desk.fail(AttemptKey(again, "a", 1), "nothing of the kind is known here")
    assert "usually passes on retry: 2 of 3" in desk.memory(desk.failed())


def test_attempts_of_a_run_are_one_time(desk: Desk) -> None:
    desk.bench.commands.change_workflow(
        "w", lambda old: replace(old, tasks=(Task("a", "load.py", retry=Retry(limit=2)),)), desk.bench.now
    )
    for _ in range(2):
        run = desk.failed()
        desk.bench.step()
        desk.fail(AttemptKey(run, "a", 2))
        desk.bench.step()
        desk.bench.end(AttemptKey(run, "a", 3))
    key = AttemptKey(desk.failed(), "a", 1)
    said = remembered(desk.database, key, lines_of(desk.home, key), "UTC")
    assert said == "Seen 2 times since 2026-11-24; last 2026-11-25; usually passes on retry: 2 of 2."
    (row,) = failure_list(desk.database, 10)
    assert (row.count, row.retried, row.passed) == (3, 2, 2)


def test_a_note_is_there_when_it_happens_again(desk: Desk) -> None:
    first = desk.failed()
    assert (
        note_failure(desk.database, desk.home, first, " the listener is\nrestarted at 6 ", "ops1", desk.bench.now)
        == "a"
    )
    second = desk.failed()
    assert desk.memory(second).endswith("note by ops1: the listener is restarted at 6.")
    note_failure(desk.database, desk.home, second, "solved", "ops2", desk.bench.now)
    assert desk.memory(desk.failed()).endswith("note by ops2: solved.")
    assert failure_list(desk.database, 10)[0].note == "solved"


def test_notes_that_cannot_be_left(desk: Desk) -> None:
    general = desk.failed("Error")
    with pytest.raises(Refused, match="cannot be known again: nothing that it says is particular to it"):
        note_failure(desk.database, desk.home, general, "x", "ops1", desk.bench.now)
    with pytest.raises(InvalidInput, match="The note is empty"):
        note_failure(desk.database, desk.home, general, " \n", "ops1", desk.bench.now)
    with pytest.raises(InvalidInput, match="1,001 characters"):
        note_failure(desk.database, desk.home, general, "x" * 1001, "ops1", desk.bench.now)
    with pytest.raises(NotFound):
        note_failure(desk.database, desk.home, "nowhere", "x", "ops1", desk.bench.now)
    desk.bench.now += timedelta(days=1)
    good = desk.bench.start()
    desk.bench.end(AttemptKey(good, "a", 1))
    with pytest.raises(Refused, match=f"No task of the run {good} has failed"):
        note_failure(desk.database, desk.home, good, "x", "ops1", desk.bench.now)


def test_a_restart_neither_loses_nor_repeats(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.failed(look=False)
    desk.another()
    desk.failed(look=False)

    def die(name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("workflow_scheduler.engine.failures.crash_point", die)
        with pytest.raises(KeyboardInterrupt):
            desk.look()
    desk.another()
    (row,) = failure_list(desk.database, 10)
    assert row.count == 2


def test_what_is_pruned_is_no_longer_remembered(desk: Desk) -> None:
    first = desk.failed()
    desk.database.write(lambda db: retention.delete_runs(db, [first]))
    assert desk.memory(desk.failed()) == ""
