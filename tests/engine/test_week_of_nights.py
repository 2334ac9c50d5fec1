"""A week of nights with known faults: which message, when, how many. No false alarm, none missed.

The table is that of docs/reliability.md. Each line is an event and the message about it, if any; a message has its minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.alerts import AlertKind, Rule, decide
from workflow_scheduler.domain.channels import EventLogChannel
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.quiet_hours import QuietHours
from workflow_scheduler.engine.alerts import AlertReader
from workflow_scheduler.storage import deliveries as delivery_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage.database import Database

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
QUIET = QuietHours(time(22), time(6))
# What happens, and what is decided because of it.
WEEK: list[tuple[str, str, str, str]] = [
    ("Mon 01:00", "nightly", "run.succeeded", ""),
    ("Mon 02:00", "backup", "attempt.failed", ""),  # retried, and well
    ("Mon 02:05", "backup", "run.succeeded", ""),
    ("Tue 01:00", "nightly", "run.failed", "failed"),
    ("Tue 02:00", "backup", "run.succeeded", ""),
    ("Tue 09:00", "nightly", "run.succeeded", "recovered"),  # retried by hand
    ("Wed 01:00", "nightly", "run.failed", "failed"),
    ("Wed 02:00", "backup", "fire.skipped", "skipped"),
    ("Thu 01:00", "nightly", "run.failed", ""),  # told already
    ("Thu 02:00", "backup", "run.unknown", "unknown"),
    ("Fri 01:00", "nightly", "run.succeeded", "recovered"),
    ("Fri 02:00", "backup", "run.succeeded", "recovered"),
    ("Fri 03:00", "report", "deadline.at_risk", "at_risk"),
    ("Fri 06:30", "report", "deadline.late", "late"),
    ("Fri 07:10", "report", "run.succeeded", "recovered"),
    ("Sat 01:00", "nightly", "deadline.short", "short"),
    ("Sat 01:00", "nightly", "run.succeeded", ""),
    ("Sat 12:00", "", "planner.paused", "planner_paused"),
    ("Sat 13:00", "", "planner.resumed", ""),
    ("Sat 14:00", "", "disk.low", "disk_low"),
    ("Sun 01:00", "nightly", "run.cancelled", ""),
    ("Sun 02:00", "", "scheduler.restarted", "scheduler_restarted"),
    ("Sun 02:00", "backup", "deadline.long", "long"),
    ("Sun 03:00", "backup", "deadline.no_success", "late"),
]
KINDS = tuple(kind for kind in AlertKind if kind is not AlertKind.ATTEMPT_FAILED)
PLAN = NotifyPlan({"ops": EventLogChannel()}, (Rule(KINDS, ("ops",)),), QUIET)
# When messages are sent: at once by day, at six what the night held.
SENT = {
    "Tue 06:00": ["failed"],
    "Tue 09:00": ["recovered"],
    "Wed 06:00": ["failed", "skipped"],
    "Thu 06:00": ["unknown"],
    "Fri 06:00": ["recovered", "recovered", "at_risk"],
    "Fri 06:30": ["late"],
    "Fri 07:10": ["recovered"],
    "Sat 06:00": ["short"],
    "Sat 12:00": ["planner_paused"],
    "Sat 14:00": ["disk_low"],
    "Sun 06:00": ["scheduler_restarted", "long", "late"],
}


def at(text: str) -> datetime:
    day, _, hour = text.partition(" ")
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day)
    return MONDAY + timedelta(days=days, hours=int(hour[:2]), minutes=int(hour[3:]))


def events() -> Iterator[tuple[Event, str]]:
    for number, (when, workflow, kind, expected) in enumerate(WEEK):
        run = None if kind.startswith(("planner", "disk", "scheduler", "fire")) else f"r{number}"
        yield Event(at(when), kind, workflow, run, reason="as expected"), expected


def test_decided_by_rule() -> None:
    open_: dict = {}
    for event, expected in events():
        alert = decide(event, event.workflow_id, open_)
        told = "" if alert is None or alert.kind not in KINDS else alert.kind.value
        assert told == expected, event


@pytest.mark.parametrize("restarted", [False, True])
def test_read_and_sent_minute_by_minute(database: Database, restarted: bool) -> None:
    """With a reader that is another one after each event, too."""
    reader = AlertReader(database, lambda: PLAN, UTC)
    reader.step(MONDAY)
    waiting = list(events())
    sent: dict[str, list[str]] = {}
    now = MONDAY
    while now < MONDAY + timedelta(days=7):
        due = [event for event, _ in waiting if event.at == now]
        if due:
            database.write(lambda db, due=due: event_store.record_events(db, due))
            reader = AlertReader(database, lambda: PLAN, UTC) if restarted else reader
            reader.step(now)
        if due or now.minute == 0:
            kinds = database.write(lambda db, now=now: _sent(db, now))
            if kinds:
                sent[f"{now:%a %H:%M}"] = kinds
        now += timedelta(minutes=10)
    assert sent == SENT
    assert sum(map(len, sent.values())) == sum(bool(expected) for _, expected in events())


def _sent(db, now: datetime) -> list[str]:
    kinds = []
    for row in delivery_store.due_deliveries(db, now, 100):
        delivery_store.claim(db, row, now, now)
        delivery_store.settle_delivery(db, row.id, "sent", now, "")
        kinds += [alert["kind"] for alert in row.message["alerts"]]
    return kinds


def test_the_table_is_in_the_document() -> None:
    text = (Path(__file__).parents[2] / "docs/reliability.md").read_text(encoding="utf-8")
    for when, kinds in SENT.items():
        assert f"| {when} | {', '.join(kinds)} |" in text
