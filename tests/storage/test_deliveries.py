"""The outbox and what lasts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.alerts import AlertKind, Incident
from workflow_scheduler.domain.events import Event
from workflow_scheduler.storage import deliveries as store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import incidents as incident_store
from workflow_scheduler.storage import retention
from workflow_scheduler.storage.backup import restore_backup, save_backup
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.deliveries import Delivery

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NEW = Delivery("d1", "ops", "queued", NOW, NOW, 0, None, None, "", {"count": 1})
FAILED = Incident("w", AlertKind.FAILED, "w", "r1", NOW, NOW, 1, "exit code 3", repeated_at=NOW)


def add(database: Database, *new: Delivery) -> None:
    for delivery in new:
        database.write(lambda db, delivery=delivery: store.add_delivery(db, delivery))


def found(database: Database, delivery_id: str = "d1") -> Delivery:
    delivery = database.read(lambda db: store.find_delivery(db, delivery_id))
    assert delivery is not None
    return delivery


def test_a_message_is_claimed_once(database: Database) -> None:
    add(database, NEW)
    until = NOW + 60 * SECOND
    assert database.write(lambda db: store.claim(db, NEW, NOW, until))
    assert not database.write(lambda db: store.claim(db, NEW, NOW, until))
    claimed = found(database)
    assert (claimed.tries, claimed.due_at, claimed.first_try_at) == (1, until, NOW)
    assert database.read(lambda db: store.due_deliveries(db, NOW, 10)) == []
    database.write(lambda db: store.settle_delivery(db, "d1", "sent", NOW + SECOND, ""))
    assert (found(database).state, found(database).sent_at) == ("sent", NOW + SECOND)


def test_what_was_sent_stays_sent(database: Database) -> None:
    add(database, NEW)
    for state, error in (("sent", ""), ("queued", "a late answer")):
        database.write(lambda db, state=state, error=error: store.settle_delivery(db, "d1", state, NOW, error, NOW))
    assert (found(database).state, found(database).error) == ("sent", "")
    assert database.write(lambda db: store.requeue(db, None, NOW)) == 0


def test_channels_that_are_busy_are_left_out(database: Database) -> None:
    add(database, NEW, replace(NEW, id="d2", channel="chat"), replace(NEW, id="d3", due_at=NOW + SECOND))
    assert [one.id for one in database.read(lambda db: store.due_deliveries(db, NOW, 10, ["ops"]))] == ["d2"]
    assert database.read(lambda db: store.next_delivery(db, ["chat"])) == NOW
    assert database.read(lambda db: store.next_delivery(db, ["chat", "ops"])) is None


def test_only_what_nobody_sends_can_grow(database: Database) -> None:
    later = NOW + 60 * SECOND
    add(database, replace(NEW, due_at=later), replace(NEW, id="d2", due_at=later, tries=1))
    waiting = database.write(lambda db: store.open_digest(db, "ops", "queued", NOW))
    assert waiting is not None
    assert waiting.id == "d1"
    assert database.write(lambda db: store.open_digest(db, "ops", "queued", later)) is None
    assert database.write(lambda db: store.open_digest(db, "ops", "held", NOW)) is None
    database.write(lambda db: store.set_message(db, "d1", {"count": 2}))
    assert found(database).message == {"count": 2}


def test_failed_messages_are_tried_again_on_request(database: Database) -> None:
    add(database, replace(NEW, state="failed", tries=9, first_try_at=NOW), replace(NEW, id="d2", state="failed"))
    assert database.write(lambda db: store.requeue(db, ["d1"], NOW + SECOND)) == 1
    assert (found(database).state, found(database).first_try_at) == ("queued", None)
    assert database.read(store.count_by_state) == {"queued": 1, "failed": 1}


@pytest.mark.parametrize(("state", "left"), [("sent", 0), ("failed", 0), ("queued", 1), ("held", 1)])
def test_only_what_is_over_is_pruned(database: Database, state: str, left: int) -> None:
    add(database, replace(NEW, state=state))
    database.write(lambda db: store.delete_deliveries(db, NOW + SECOND, 100))
    assert len(database.read(lambda db: store.list_deliveries(db, None))) == left


def test_incidents_open_change_and_end(database: Database) -> None:
    key = ("w", AlertKind.FAILED)
    database.write(lambda db: incident_store.save_incidents(db, {}, {key: FAILED}))
    assert database.read(incident_store.find_incidents) == {key: FAILED}
    database.write(lambda db: incident_store.acknowledge(db, [key], NOW, "local:me", "known"))
    again = replace(FAILED, count=2, reason="exit code 4")
    database.write(lambda db: incident_store.save_incidents(db, {key: FAILED}, {key: again}))
    (one,) = database.read(lambda db: incident_store.incidents_of(db, "w"))
    assert (one.count, one.reason, one.acked_by, one.note) == (2, "exit code 4", "local:me", "known")
    database.write(lambda db: incident_store.save_incidents(db, {key: again}, {}))
    assert database.read(incident_store.find_incidents) == {}


def test_what_was_not_looked_at_is_not_pruned(database: Database) -> None:
    def prune(db) -> None:
        retention.delete_events(db, NOW + SECOND, 0, 100)

    events = [Event(NOW, "planner.paused", ""), Event(NOW, "planner.resumed", "")]
    database.write(lambda db: event_store.record_events(db, events))
    first = database.read(lambda db: event_store.events_after(db, 0, 1))[0][0]
    database.write(lambda db: incident_store.set_alert_cursor(db, first))
    database.write(prune)
    assert [event.kind for _, event in database.read(lambda db: event_store.events_after(db, 0, 9))] == [
        "planner.resumed"
    ]
    database.write(incident_store.drop_alert_cursor)
    database.write(prune)
    assert database.read(lambda db: event_store.events_after(db, 0, 9)) == []


def test_a_restored_backup_sends_nothing_old_again(database: Database, tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    later = replace(NEW, id="d3", created_at=NOW + 2 * hour, due_at=NOW + 2 * hour)
    add(database, NEW, replace(NEW, id="d2", state="held"), later)
    told = [Event(NOW + at * hour, "run.failed", "w", "r") for at in (0, 0, 2)]
    database.write(lambda db: event_store.record_events(db, told))
    database.write(lambda db: incident_store.set_alert_cursor(db, 1))
    save_backup(database, tmp_path / "copy.sqlite")
    restore_backup(database, tmp_path / "copy.sqlite", tmp_path / "aside", NOW + hour)
    assert {name: found(database, name).state for name in ("d1", "d2", "d3")} == {
        "d1": "failed",
        "d2": "failed",
        "d3": "queued",
    }
    assert database.read(incident_store.alert_cursor) == 2


def test_the_last_one_told_is_not_always_the_newest(database: Database) -> None:
    """That of quiet hours was made before one that was exempt from them."""
    morning = NOW + timedelta(hours=5)
    held = replace(NEW, id="d1", state="sent", due_at=morning, first_try_at=morning)
    exempt = replace(NEW, id="d2", state="sent", created_at=NOW + SECOND, first_try_at=NOW + SECOND)
    add(database, held, exempt)
    assert database.read(lambda db: store.last_told(db, "ops", morning)) == morning
