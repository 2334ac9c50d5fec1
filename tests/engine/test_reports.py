"""The report accounts for every due time, on both databases, over nights in which all kinds of things happen."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.policies import OnClosed
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.operations.calendars.edit import apply_calendars
from workflow_scheduler.operations.reports.report import compose, sentence
from workflow_scheduler.operations.reports.rows import Counts, Report
from workflow_scheduler.operations.runs.start import retry_run
from workflow_scheduler.storage import catalog

NOTHING = Counts(due=0, done=0, made_good=0, failed=0, unknown=0, cancelled=0, in_progress=0, not_run=0, left_out=0)


def report(bench, home: Path, **ago: float) -> Report:
    now = bench.now + timedelta(seconds=1)
    since = now - timedelta(**ago or {"hours": 12})
    found = compose(bench.database, home, since, now, free_bytes=lambda: 5, backups_kept=3, timezone="UTC")
    counts = found.counts
    assert counts.due == sum(value for name, value in asdict(counts).items() if name not in ("due", "made_good"))
    return found


@pytest.fixture
def hourly(bench) -> None:
    """A workflow of one task each full hour; it is 00:59."""
    bench.make(Task("a", "x"))
    bench.commands.add_schedule("w", {"cron": "0 * * * *"}, bench.now, schedule_id="s", overlap="skip")


def night(bench, state: AttemptState = AttemptState.SUCCEEDED) -> str:
    """The next full hour, and the end of its run."""
    bench.pass_time(hours=1)
    run = bench.queries.run_list(limit=1)[0]
    bench.end(AttemptKey(run.id, "a", 1), state, "exit code 0" if state is AttemptState.SUCCEEDED else "exit code 3")
    return run.id


def test_a_green_night(bench, hourly, tmp_path) -> None:
    for _ in range(3):
        night(bench)
    found = report(bench, tmp_path)
    assert found.sentence == "3 of 3 due times are done."
    assert found.green
    assert (found.coming, found.free_bytes, found.backup.made_at) == (1, 5, None)
    assert [one.workflow_id for one in found.next] == ["w"]


def test_a_failure_and_its_retry(bench, hourly, tmp_path) -> None:
    night(bench)
    failed = night(bench, AttemptState.FAILED)
    found = report(bench, tmp_path)
    assert found.sentence == "1 of 2 due times are done; 1 failed."
    assert [run.id for run in found.failed] == [failed]
    assert not found.green
    again = retry_run(bench.database, failed, bench.now)
    bench.step()
    bench.end(AttemptKey(again, "a", 1), AttemptState.FAILED, "exit code 4")
    assert report(bench, tmp_path).counts.failed == 1
    bench.now += timedelta(seconds=1)
    last = retry_run(bench.database, again, bench.now)
    bench.step()
    bench.end(AttemptKey(last, "a", 1))
    found = report(bench, tmp_path)
    assert found.sentence == "2 of 2 due times are done."
    assert (found.counts.made_good, found.failed) == (1, ())


def test_what_did_not_run_and_what_was_left_out(bench, hourly, tmp_path) -> None:
    bench.pass_time(hours=1)
    bench.pass_time(hours=1)  # the first run is still in progress
    found = report(bench, tmp_path)
    assert found.sentence == "0 of 2 due times are done; 1 did not run, 1 in progress."
    assert [(fire.disposition, fire.count) for fire in found.not_run] == [("skipped_overlap", 1)]
    bench.commands.edit_schedule(
        "s", lambda old: replace(old, policies=replace(old.policies, enabled=False)), bench.now
    )
    bench.pass_time(hours=2)
    bench.commands.edit_schedule("s", lambda old: replace(old, policies=replace(old.policies, enabled=True)), bench.now)
    found = report(bench, tmp_path)
    assert found.counts.left_out == 2
    assert len(found.not_run) == 1


def test_a_run_that_took_longer_than_usual(bench, tmp_path) -> None:
    bench.make(Task("a", "x"))

    def run(minutes: float) -> str:
        made = bench.start()
        bench.now += timedelta(minutes=minutes)
        bench.end(AttemptKey(made, "a", 1))
        bench.now += timedelta(hours=1) - timedelta(minutes=minutes)
        return made

    for length in (10, 11, 9, 10, 10, 12, 10, 9, 10, 11, 10, 10):
        run(length)
    assert report(bench, tmp_path, hours=25).slower == ()
    run(19)  # not twice the median yet
    assert report(bench, tmp_path, hours=25).slower == ()
    slow = run(45)
    (found,) = report(bench, tmp_path, hours=25).slower
    assert (found.workflow_id, found.run_id, found.seconds, found.usual) == ("w", slow, 2700.0, 600.0)
    assert not report(bench, tmp_path, hours=25).failed


def test_a_minute_is_no_long_run_however_short_the_usual_is(bench, tmp_path) -> None:
    bench.make(Task("a", "x"))
    for seconds in (1, 1, 1, 1, 1, 1, 1, 1, 1, 59):
        run = bench.start()
        bench.now += timedelta(seconds=seconds)
        bench.end(AttemptKey(run, "a", 1))
    assert report(bench, tmp_path, hours=1).slower == ()


def test_what_a_calendar_changes_within_a_day(bench, tmp_path) -> None:
    """It is 00:59 on a Monday, and the calendar closes on it."""
    calendar = read_calendar({"id": "c", "closed": [f"{bench.now:%Y-%m-%d}"]})
    apply_calendars(bench.database, [calendar], Path("/nowhere"), bench.now)
    bench.make(Task("a", "x"))
    for name, policy in (("left", OnClosed.SKIP), ("later", OnClosed.NEXT)):
        bench.commands.add_schedule(
            "w", {"cron": "0 3 * * mon"}, bench.now, schedule_id=name, calendar="c", on_closed=policy
        )
    bench.commands.add_schedule("w", {"cron": "0 4 * * *"}, bench.now, schedule_id="plain", jitter=60)
    bench.step()
    now = bench.now
    found = {one.schedule_id: one for one in report(bench, tmp_path).moved}
    assert set(found) <= {"left", "later"}
    assert found["left"].due_utc is None
    assert "closed" in found["left"].reason
    bench.now = now + timedelta(hours=23)
    found = {one.schedule_id: one for one in report(bench, tmp_path).moved}
    assert found["later"].due_utc == found["later"].nominal_utc + timedelta(days=1)


def test_runs_by_hand_are_no_due_times(bench, hourly, tmp_path) -> None:
    run = bench.start()
    bench.end(AttemptKey(run, "a", 1), AttemptState.FAILED, "exit code 3")
    found = report(bench, tmp_path)
    assert found.sentence == "Nothing was due; 1 run by hand failed."
    assert (found.others, len(found.failed), found.green) == ({"failed": 1}, 1, False)


def test_what_succeeds_only_after_a_retry_is_named(bench, tmp_path) -> None:
    bench.make(Task("a", "x", retry=Retry(limit=2)))
    for _ in range(3):
        run = bench.start()
        bench.end(AttemptKey(run, "a", 1), AttemptState.FAILED, "exit code 3")
        bench.step()
        bench.end(AttemptKey(run, "a", 2))
        bench.now += timedelta(days=1)
    (found,) = report(bench, tmp_path, hours=30).retried
    assert (found.workflow_id, found.task_id, found.runs, found.attempts, found.week) == ("w", "a", 1, 2, 3)


def test_a_run_that_was_in_progress_at_the_beginning_counts(bench, hourly, tmp_path) -> None:
    bench.pass_time(hours=1)
    (run,) = bench.queries.run_list(limit=1)
    bench.now += timedelta(hours=3)
    bench.end(AttemptKey(run.id, "a", 1), AttemptState.FAILED, "exit code 3")
    found = report(bench, tmp_path, hours=1)
    assert found.counts.failed == 1
    assert [one.id for one in found.failed] == [run.id]
    assert report(bench, tmp_path, minutes=1).counts.failed == 1
    bench.now += timedelta(minutes=5)
    assert report(bench, tmp_path, minutes=1).counts.failed == 0


def test_due_times_without_a_disposition_are_overdue(bench, hourly, tmp_path) -> None:
    bench.now += timedelta(hours=3)  # no scheduler has planned meanwhile
    found = report(bench, tmp_path)
    assert [one.id for one in found.overdue] == ["s"]
    assert found.sentence == "Nothing was due; 1 overdue."


def test_each_due_time_counts_once_whatever_happens(bench, hourly, tmp_path) -> None:
    dice = random.Random(7)
    begin = bench.now
    for _ in range(60):
        bench.pass_time(minutes=dice.choice([20, 60, 200]))
        for run in bench.queries.run_list(limit=3):
            if run.state.value == "running" and dice.random() < 0.6:
                bad = dice.random() < 0.3
                bench.end(AttemptKey(run.id, "a", 1), AttemptState.FAILED if bad else AttemptState.SUCCEEDED, "x")
            elif run.state.value == "failed" and dice.random() < 0.3:
                retry_run(bench.database, run.id, bench.now)
                bench.step()
    fires = bench.database.read(lambda db: db.value("SELECT sum(count) FROM fires"))
    end = bench.now + timedelta(seconds=1)
    found = compose(bench.database, tmp_path, begin, end, free_bytes=lambda: 5, backups_kept=3, timezone="UTC")
    assert found.counts.due == fires
    assert found.counts.due == sum(
        value for name, value in asdict(found.counts).items() if name not in ("due", "made_good")
    )
    assert bench.database.read(lambda db: catalog.find_schedule(db, "s")) is not None


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "Nothing was due."),
        ({"due": 1, "done": 1}, "1 of 1 due time is done."),
        (
            {"due": 145, "done": 143, "failed": 1, "not_run": 1},
            "143 of 145 due times are done; 1 failed, 1 did not run.",
        ),
        ({"due": 12345, "done": 12344, "left_out": 1}, "12,344 of 12,345 due times are done; 1 left out as planned."),
    ],
)
def test_the_sentence(counts: dict[str, int], words: str) -> None:
    assert sentence(replace(NOTHING, **counts)) == words
