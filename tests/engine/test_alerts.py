"""Reads what a real engine recorded and decides who is told; the clock and the commands belong to the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from workflow_scheduler.domain.alerts import AlertKind, Rule
from workflow_scheduler.domain.channels import EventLogChannel
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.message import from_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.quiet_hours import QuietHours
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.engine.alerts import AlertReader
from workflow_scheduler.operations.notifications.change import acknowledge
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.storage import deliveries as delivery_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import incidents as incident_store
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ALL = tuple(AlertKind)
CHANNEL = EventLogChannel()
PLAN = NotifyPlan({"ops": CHANNEL}, (Rule(ALL, ("ops",)),))
MINUTE = timedelta(minutes=1)


class Desk:
    """A reader on a database, with what it has decided."""

    def __init__(self, database: Database, plan: NotifyPlan = PLAN) -> None:
        self.database = database
        self.plan = plan
        self.now = NOW
        self.reader = self.another()

    def another(self) -> AlertReader:
        """As after a restart."""
        self.reader = AlertReader(self.database, lambda: self.plan, UTC)
        return self.reader

    def look(self) -> datetime | None:
        return self.reader.step(self.now)

    def record(self, kind: str, workflow_id: str = "w", run_id: str | None = "r", **more: Any) -> None:
        event = Event(self.now, kind, workflow_id, run_id, **more)
        self.database.write(lambda db: event_store.record_events(db, [event]))

    def messages(self, channel: str = "ops") -> list[tuple[str, dict[str, int], timedelta]]:
        """The state, kinds and delay of each message, oldest first."""
        rows = self.database.read(lambda db: delivery_store.list_deliveries(db, None, channel=channel))
        rows.sort(key=lambda row: (row.created_at, row.due_at))
        return [
            (row.state, dict(row.message["kinds"]), (row.first_try_at or row.due_at) - row.created_at) for row in rows
        ]

    def send(self) -> None:
        """What is due is sent."""

        def work(db) -> None:
            for row in delivery_store.due_deliveries(db, self.now, 100):
                delivery_store.claim(db, row, self.now, self.now + MINUTE)
                delivery_store.settle_delivery(db, row.id, "sent", self.now, "")

        self.database.write(work)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    made = Desk(database)
    made.look()
    return made


def test_a_failure_is_told_once_and_so_is_the_recovery(desk: Desk) -> None:
    for kind in ("run.failed", "run.failed", "run.succeeded", "run.succeeded"):
        desk.record(kind)
        desk.look()
        desk.send()
        desk.now += 2 * MINUTE
    assert [kinds for _, kinds, _ in desk.messages()] == [{"failed": 1}, {"recovered": 1}]


def test_a_restart_neither_loses_nor_repeats(desk: Desk) -> None:
    desk.record("run.failed", "a")
    desk.another()
    desk.look()
    desk.record("run.failed", "b")
    desk.another()
    desk.look()
    desk.another()
    desk.look()
    assert [kinds for _, kinds, _ in desk.messages()] == [{"failed": 1}, {"failed": 1}]


def test_what_was_decided_and_not_committed_is_decided_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    desk.record("run.failed")
    with monkeypatch.context() as patch:
        patch.setattr("workflow_scheduler.engine.alerts.crash_point", die)
        with pytest.raises(KeyboardInterrupt, match="before_commit"):
            desk.look()
    assert desk.messages() == []
    desk.another()
    desk.look()
    assert len(desk.messages()) == 1


def test_a_first_channel_is_not_told_of_the_past(database: Database) -> None:
    desk = Desk(database, NotifyPlan())
    desk.record("run.failed", "old")
    assert desk.look() is None
    assert database.read(incident_store.alert_cursor) is None
    desk.plan = PLAN
    desk.look()
    assert desk.messages() == []
    desk.record("run.failed", "new")
    desk.look()
    assert len(desk.messages()) == 1


def test_a_file_with_mistakes_loses_nothing(desk: Desk) -> None:
    desk.plan = NotifyPlan(problem="notify.yaml:1:1: …")
    desk.another()
    desk.record("run.failed")
    desk.look()
    desk.plan = PLAN
    desk.look()
    assert len(desk.messages()) == 1


def test_the_first_at_once_and_the_rest_of_the_minute_together(desk: Desk) -> None:
    desk.record("run.failed", "first")
    desk.look()
    desk.send()
    for number in range(20):
        desk.now += timedelta(seconds=2)
        desk.record("run.failed", f"w{number}", reason="no route to db1")
        desk.look()
        desk.send()
    assert desk.messages() == [
        ("sent", {"failed": 1}, timedelta()),
        ("queued", {"failed": 20}, timedelta(seconds=58)),
    ]
    rows = desk.database.read(lambda db: delivery_store.list_deliveries(db, None, "queued"))
    waiting = rows[0]
    assert from_plain("k", NOW, waiting.message).causes == {"no route to db1": 20}
    desk.now = NOW + MINUTE
    desk.send()
    desk.now += timedelta(seconds=30)
    desk.record("run.failed", "later")
    desk.look()
    assert desk.messages()[-1] == ("queued", {"failed": 1}, timedelta(seconds=30))


@pytest.mark.parametrize("count", [2_000])
def test_a_flood_is_one_digest(desk: Desk, count: int) -> None:
    events = [Event(NOW, "run.failed", f"w{at}", f"r{at}", reason="disk full") for at in range(count)]
    desk.database.write(lambda db: event_store.record_events(db, events))
    desk.look()
    assert sum(kinds["failed"] for _, kinds, _ in desk.messages()) == count
    assert len(desk.messages()) <= 2


def test_an_idle_reader_writes_nothing(desk: Desk) -> None:
    desk.look()
    before = desk.database.read(incident_store.alert_cursor)
    for kind in ("run.queued", "run.running", "attempt.running", "run.succeeded"):
        desk.record(kind)
        desk.look()
    assert desk.database.read(incident_store.alert_cursor) == before
    desk.now += timedelta(hours=2)
    desk.record("run.succeeded")
    desk.look()
    assert desk.database.read(incident_store.alert_cursor) == desk.database.read(event_store.newest_event)


def test_quiet_hours_hold_and_lose_nothing(desk: Desk) -> None:
    desk.plan = replace(PLAN, quiet=QuietHours(time(22), time(6, 30)))
    for number in range(3):
        desk.record("run.failed", f"w{number}")
        desk.look()
        desk.now += timedelta(hours=1)
    assert desk.messages() == [("held", {"failed": 3}, timedelta(hours=5, minutes=30))]
    desk.now = NOW.replace(hour=6, minute=30)
    desk.send()
    assert desk.messages()[0][0] == "sent"


def test_repeats_until_acknowledged(bench, database: Database) -> None:
    desk = Desk(database, NotifyPlan({"ops": CHANNEL}, (Rule((AlertKind.FAILED,), ("ops",), repeat=3600.0),)))
    desk.look()
    bench.make(Task("a", "a"))
    run_id = bench.start()
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 3")
    desk.now = bench.now
    desk.look()
    desk.send()
    began = desk.now
    for hour in (1, 2):
        desk.now = began + timedelta(hours=hour)
        desk.look()
        desk.send()
    assert len(desk.messages()) == 3
    (row,) = acknowledge(database, run_id, "local:me", desk.now, "known")
    assert (row.kind, row.acked_by, row.note) == ("failed", "local:me", "known")
    desk.now = began + timedelta(hours=9)
    desk.another()
    assert desk.look() is None
    assert len(desk.messages()) == 3


def test_labels_and_a_workflows_own_rules(bench, database: Database) -> None:
    rules = (Rule((AlertKind.FAILED,), ("ops",), labels=("critical",)), Rule((AlertKind.FAILED,), ("all",)))
    desk = Desk(database, NotifyPlan({"ops": CHANNEL, "all": CHANNEL}, rules))
    desk.look()
    bench.make(Task("a", "a"), labels=("critical",))
    desk.record("run.failed", "w")
    desk.record("run.failed", "other")
    desk.look()
    assert [kinds for _, kinds, _ in desk.messages("ops")] == [{"failed": 1}]
    assert [kinds for _, kinds, _ in desk.messages("all")] == [{"failed": 2}]


def test_a_retry_that_succeeds_sends_nothing(bench, database: Database) -> None:
    desk = Desk(database, NotifyPlan({"ops": CHANNEL}, (Rule((AlertKind.FAILED, AlertKind.RECOVERED), ("ops",)),)))
    desk.look()
    bench.make(Task("a", "a", retry=Retry(limit=1, delay=5.0)))
    bench.start()
    bench.end(bench.executor.launched[-1], AttemptState.FAILED, "exit code 3")
    desk.look()
    bench.pass_time(seconds=10)
    bench.end(bench.executor.launched[-1])
    desk.look()
    assert bench.only_run().state == "succeeded"
    assert desk.messages() == []


def test_a_fire_that_was_to_run_and_did_not(bench, database: Database) -> None:
    desk = Desk(database)
    desk.look()
    bench.make(Task("a", "a"))
    bench.commands.add_schedule("w", {"every": "1m"}, bench.now, schedule_id="s", overlap="skip")
    bench.pass_time(seconds=60)
    bench.pass_time(seconds=60)
    desk.look()
    assert [kinds for _, kinds, _ in desk.messages()] == [{"skipped": 1}]


def test_what_the_engine_records(bench, database: Database) -> None:
    """A pause, a disk without room, and a scheduler that was killed."""
    desk = Desk(database)
    desk.look()
    pause_planner(database, bench.now, "local:me")
    resume_planner(database, bench.now)
    bench.step()
    bench.free = 10
    bench.step()
    bench.free = 1000
    bench.make(Task("a", "a"))
    bench.dead.add(1)
    _, bench.engine = bench.another()
    bench.step()
    desk.now = bench.now
    desk.look()
    kinds: dict[str, int] = {}
    for _, found, _ in desk.messages():
        for kind, count in found.items():
            kinds[kind] = kinds.get(kind, 0) + count
    assert kinds == {"planner_paused": 1, "disk_low": 1, "scheduler_restarted": 1}


REPEATING = NotifyPlan({"ops": CHANNEL}, (Rule((AlertKind.FAILED, AlertKind.LATE), ("ops",), repeat=3600.0),))


def test_a_deleted_workflow_is_not_told_of_again_and_a_new_one_begins_afresh(bench, database: Database) -> None:
    desk = Desk(database, REPEATING)
    desk.look()
    bench.make(Task("a", "a"))
    desk.record("run.failed")
    desk.look()
    bench.commands.delete_workflow("w", bench.now)
    assert database.read(incident_store.find_incidents) == {}
    desk.record("run.failed")  # of a run that was still in progress
    desk.look()
    told = desk.messages()
    desk.now += timedelta(hours=1)
    desk.look()
    assert desk.messages() == told
    assert len(database.read(incident_store.find_incidents)) == 1
    bench.make(Task("a", "a"))
    assert database.read(incident_store.find_incidents) == {}


def test_a_renamed_workflow_keeps_what_lasts(bench, database: Database) -> None:
    desk = Desk(database)
    desk.look()
    bench.make(Task("a", "a"))
    desk.record("run.failed")
    desk.look()
    desk.send()
    bench.commands.rename_workflow("w", "v", bench.now)
    desk.now += 2 * MINUTE
    desk.record("run.failed", "v")
    desk.record("run.succeeded", "v")
    desk.look()
    assert [kinds for _, kinds, _ in desk.messages()] == [{"failed": 1}, {"recovered": 1}]


def test_a_lateness_noticed_after_the_success_does_not_silence_the_next(desk: Desk) -> None:
    """The scheduler was down: the run's result was known before its deadline was judged."""
    desk.record("run.succeeded", run_id="r1")
    desk.record("deadline.late", run_id="r1")
    desk.look()
    desk.send()
    desk.now += timedelta(days=1)
    desk.record("deadline.late", run_id="r2")
    desk.look()
    desk.send()
    desk.now += timedelta(hours=1)
    desk.record("run.succeeded", run_id="r2")
    desk.look()
    assert [kinds for _, kinds, _ in desk.messages()] == [{"late": 1}, {"late": 1}, {"recovered": 1}]


def test_repeats_in_quiet_hours_count_once(bench, database: Database) -> None:
    desk = Desk(database, replace(REPEATING, quiet=QuietHours(time(0), time(6, 30))))
    desk.look()
    bench.make(Task("a", "a"))
    desk.record("run.failed")
    for hour in range(4):
        desk.now = NOW + timedelta(hours=hour)
        desk.look()
    assert [(state, kinds) for state, kinds, _ in desk.messages()] == [("held", {"failed": 1})]


def test_a_file_that_is_empty_while_it_is_written_ends_nothing(desk: Desk) -> None:
    desk.record("run.failed")
    desk.look()
    desk.plan = NotifyPlan()
    desk.look()
    desk.record("run.failed", "v")
    desk.now += timedelta(seconds=2)
    desk.look()
    desk.plan = PLAN
    desk.look()
    assert sum(kinds["failed"] for _, kinds, _ in desk.messages()) == 2
    desk.plan = NotifyPlan()
    for _ in range(2):
        desk.look()
        desk.now += MINUTE
    assert desk.database.read(incident_store.alert_cursor) is None
