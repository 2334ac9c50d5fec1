"""What commands did when they took too long is noted, and shown with their run."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from workflow_scheduler.domain.alerts import Alert, AlertKind
from workflow_scheduler.domain.deadlines import TaskDeadlines, WorkflowDeadlines
from workflow_scheduler.domain.message import Message
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import Outcome, Started
from workflow_scheduler.operations.notifications.details import Completion
from workflow_scheduler.operations.runs import running
from workflow_scheduler.operations.runs.running import why_running
from workflow_scheduler.operations.runs.show import get_run
from workflow_scheduler.storage.retention import delete_runs
from workflow_scheduler.storage.sightings import Sighting, sightings_of

WAITS = {
    "pid": 7,
    "parent": None,
    "name": "ask",
    "command": "ask -v",
    "state": "S",
    "age": 90.0,
    "over": 60.0,
    "cpu": 0.1,
    "read": 5,
    "written": 6,
    "waits": {"for": "input"},
}
SEEN = {
    "at": 1795395600.0,
    "processes": [WAITS],
    "more": 0,
    "output": {"stream": "stdout", "line": "half", "age": 30.0, "lines": 3},
}
LIKE = "looks like it waits for an answer on standard input: ask (pid 7)"


def begin(bench, task: Task, deadlines: WorkflowDeadlines | None = None) -> AttemptKey:
    bench.make(task, deadlines=deadlines or WorkflowDeadlines())
    bench.step()
    bench.now += timedelta(seconds=10)
    bench.step()
    run_id = bench.start()
    bench.step()
    key = AttemptKey(run_id, task.id, 1)
    bench.executor.seen[key] = SEEN
    bench.executor.report(Started(key, bench.now, 7))
    bench.step()
    return key


def noted(bench, key: AttemptKey) -> list[Sighting]:
    bench.engine._sightings.wait(60)
    return bench.database.read(lambda db: sightings_of(db, key.run_id))


def test_a_long_task_is_looked_at_once(bench) -> None:
    key = begin(bench, Task("a", "x", deadlines=TaskDeadlines(longer_than=60.0)))
    bench.now += timedelta(seconds=59)
    bench.step()
    assert noted(bench, key) == []
    bench.now += timedelta(seconds=2)
    bench.step()
    (sighting,) = noted(bench, key)
    assert (sighting.key, sighting.occasion, sighting.at) == (key, "long", bench.now)
    assert sighting.seen == SEEN
    bench.now += timedelta(hours=1)
    bench.step()
    assert len(noted(bench, key)) == 1


def test_a_long_run_is_looked_at(bench) -> None:
    key = begin(bench, Task("a", "x"), WorkflowDeadlines(longer_than=60.0))
    bench.now += timedelta(seconds=61)
    bench.step()
    assert [sighting.key for sighting in noted(bench, key)] == [key]


def test_a_look_that_hangs_holds_up_nothing(bench) -> None:
    key = begin(bench, Task("a", "x", deadlines=TaskDeadlines(longer_than=60.0)))
    hang = threading.Event()
    bench.executor.look = lambda *_: hang.wait(60) and {}
    bench.now += timedelta(seconds=61)
    bench.step()
    bench.end(key)
    assert bench.only_run().state == "succeeded"
    hang.set()
    assert noted(bench, key) == []


def test_a_look_that_fails_is_logged(bench, caplog) -> None:
    key = begin(bench, Task("a", "x", deadlines=TaskDeadlines(longer_than=60.0)))
    bench.executor.look = lambda *_: 1 / 0
    bench.now += timedelta(seconds=61)
    bench.step()
    assert noted(bench, key) == []
    assert "could not be noted" in caplog.text


def end_in_time_limit(bench) -> AttemptKey:
    key = begin(bench, Task("a", "x", timeout=90.0))
    bench.now += timedelta(seconds=90)
    reason = "stopped after 90 s, its time limit"
    bench.executor.report(Outcome(key, AttemptState.TIMED_OUT, reason, finished_at=bench.now, seen=SEEN))
    bench.step()
    return key


def test_what_a_time_limit_ended_is_shown_with_its_run(bench) -> None:
    key = end_in_time_limit(bench)
    (look,) = get_run(bench.database, Path("/home"), key.run_id).looks
    assert (look.task, look.attempt, look.occasion, look.at) == ("a", 1, "timeout", bench.now)
    assert (look.looks_like, look.last_line, look.last_line_seconds, look.lines) == (LIKE, "half", 30.0, 3)
    assert [process.waits for process in look.processes] == ["reads standard input"]
    found = why_running(bench.database, Path("/home"), key.run_id)
    assert (found.note, found.looks) == ("The run has ended: failed.", (look,))


def test_it_goes_with_its_run(bench) -> None:
    key = end_in_time_limit(bench)
    assert bench.database.write(lambda db: delete_runs(db, [key.run_id])) == 1
    assert noted(bench, key) == []


def test_records_that_a_command_changed_are_left_out(bench) -> None:
    key = begin(bench, Task("a", "x"))
    for number, seen in enumerate(({}, {"processes": 3}, {"processes": [{"pid": "x"}]}, {"processes": [3]}), 1):
        bench.executor.report(Outcome(key, AttemptState.TIMED_OUT, "x", seen=seen))
        bench.step()
        assert get_run(bench.database, Path("/home"), key.run_id).looks == (), number
        key = begin_again(bench)


def begin_again(bench) -> AttemptKey:
    key = AttemptKey(bench.start(), "a", 1)
    bench.step()
    bench.executor.report(Started(key, bench.now, 7))
    bench.step()
    return key


def test_messages_tell_of_it(bench, monkeypatch) -> None:
    key = end_in_time_limit(bench)
    complete = Completion(bench.database, Path("/home"), "UTC", lambda: "")

    def activity(kind: AlertKind) -> str:
        alert = Alert(kind, bench.now, bench.now, "w", "x", run_id=key.run_id)
        message = Message("k", bench.now, (alert,), 1, {kind.value: 1}, {})
        return complete(message).details[0].running

    assert activity(AlertKind.FAILED) == f"{LIKE}; last output 30 s before: half"
    assert activity(AlertKind.LONG) == ""
    assert activity(AlertKind.RECOVERED) == ""
    other = begin_again(bench)
    key = other
    monkeypatch.setattr(running, "look", lambda *_, **__: SEEN)
    assert activity(AlertKind.LONG) == f"{LIKE}; last output 30 s before: half"


def test_lines_of_the_last_good_run(bench, tmp_path: Path, monkeypatch) -> None:
    good = begin(bench, Task("a", "x"))
    bench.end(good)
    folder = tmp_path / "attempts" / good.run_id / "a.1"
    folder.mkdir(parents=True)
    until = []
    monkeypatch.setattr(running, "lines_within", lambda folder, at: until.append((folder, at)) or 1204)
    bench.now += timedelta(hours=1)
    key = begin_again(bench)
    bench.now += timedelta(seconds=40)
    bench.executor.report(Outcome(key, AttemptState.TIMED_OUT, "x", finished_at=bench.now, seen=SEEN))
    bench.step()
    (look,) = get_run(bench.database, tmp_path, key.run_id).looks
    assert (look.good_run, look.good_lines) == (good.run_id, 1204)
    assert until[0][0] == folder
    assert until[0][1] == start_of(bench, good) + timedelta(seconds=40)


def start_of(bench, key: AttemptKey):
    row = bench.database.read(lambda db: db.row("SELECT started_at FROM attempts WHERE run_id = :id", id=key.run_id))
    return row.started_at


def test_what_a_command_wrote_into_its_records_is_bounded() -> None:
    from workflow_scheduler.executors.exits import _bounded

    assert _bounded(SEEN) == SEEN
    for seen in (None, [], "x", {"at": float("inf")}, {"at": float("nan")}, {"x": "y" * 64_000}):
        assert _bounded(seen) is None
