"""Reports by themselves: when, over which span, to whom, and once, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from workflow_scheduler.domain.channels import EventLogChannel
from workflow_scheduler.domain.message import from_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.outline import Outline
from workflow_scheduler.domain.report_time import ReportTime, parse_days
from workflow_scheduler.engine.reports import ReportSender
from workflow_scheduler.storage import deliveries as delivery_store
from workflow_scheduler.storage.database import Database

EVENING = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)  # a Thursday
WEEKDAYS = ReportTime(time(7), parse_days(["weekdays"]), ("ops", "team"))
CHANNELS = {"ops": EventLogChannel(), "team": EventLogChannel()}


class Desk:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.plan = NotifyPlan(CHANNELS, reports=(WEEKDAYS,))
        self.now = EVENING
        self.spans: list[tuple[str, str]] = []
        self.another()

    def another(self) -> None:
        """As after a restart."""
        self.sender = ReportSender(self.database, lambda: self.plan, UTC, self.compose)

    def compose(self, since: datetime, now: datetime) -> Outline:
        self.spans.append((f"{since:%a %H:%M}", f"{now:%a %H:%M}"))
        return Outline("Since then", f"{len(self.spans)}.", "ok")

    def at(self, text: str) -> datetime | None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return self.sender.step(self.now)

    def sent(self) -> list[tuple[str, str]]:
        rows = self.database.read(lambda db: delivery_store.list_deliveries(db, None))
        messages = [(row.channel, from_plain(row.id, row.created_at, row.message)) for row in reversed(rows)]
        return sorted((f"{message.at:%a}", channel) for channel, message in messages if message.report)


@pytest.fixture
def desk(database: Database) -> Desk:
    made = Desk(database)
    made.sender.step(made.now)
    return made


def test_it_begins_with_the_next_one_and_leaves_no_gap(desk: Desk) -> None:
    assert desk.sent() == []
    assert desk.at("2026-11-27 06:59:59") == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert desk.spans == []
    assert desk.at("2026-11-27 07:00:00") == datetime(2026, 11, 30, 7, tzinfo=UTC)
    desk.at("2026-11-27 07:00:01")
    desk.at("2026-11-29 07:00:00")
    desk.at("2026-11-30 07:00:02")
    assert desk.spans == [("Thu 07:00", "Fri 07:00"), ("Fri 07:00", "Mon 07:00")]
    assert desk.sent() == [("Fri", "ops"), ("Fri", "team"), ("Mon", "ops"), ("Mon", "team")]


def test_what_no_scheduler_was_there_for_is_sent_once_when_one_is(desk: Desk) -> None:
    desk.another()
    desk.at("2026-12-01 09:30")
    desk.another()
    desk.at("2026-12-01 09:31")
    assert desk.spans == [("Mon 07:00", "Tue 09:30")]


def test_another_time_begins_with_its_next_one(desk: Desk) -> None:
    desk.now += timedelta(days=1)
    later = replace(WEEKDAYS, at=time(18))
    desk.plan = replace(desk.plan, reports=(later,))
    assert desk.sender.step(desk.now) == datetime(2026, 11, 30, 18, tzinfo=UTC)
    assert desk.spans == []
    desk.plan = replace(desk.plan, reports=())
    assert desk.sender.step(desk.now) is None
    desk.plan = replace(desk.plan, reports=(later,))
    desk.another()
    desk.at("2026-12-05 08:00")  # what was not wanted meanwhile is not made good
    assert desk.spans == []


def test_a_file_with_mistakes_changes_nothing(desk: Desk) -> None:
    desk.another()
    wanted, desk.plan = desk.plan, NotifyPlan(problem="notify.yaml:1:1: a mistake")
    assert desk.at("2026-11-27 06:00") is None
    desk.plan = wanted
    desk.at("2026-11-27 08:00")
    assert desk.spans == [("Thu 07:00", "Fri 08:00")]


def test_two_schedulers_send_one(desk: Desk) -> None:
    first = desk.sender
    desk.another()
    desk.sender.step(desk.now)
    now = datetime(2026, 11, 27, 7, tzinfo=UTC)
    found = []

    def meanwhile(since: datetime, at: datetime) -> Outline:
        if not found:
            found.append(1)
            first.step(now)
        return Outline("", "", "ok")

    desk.sender._compose = meanwhile
    desk.sender.step(now)
    assert desk.sent() == [("Fri", "ops"), ("Fri", "team")]


def test_clocks_that_go_back_repeat_nothing(desk: Desk) -> None:
    desk.at("2026-11-27 07:00")
    desk.another()
    desk.at("2026-11-27 06:30")
    desk.at("2026-11-27 07:00")
    assert len(desk.spans) == 1


def test_killed_anywhere_it_is_sent_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    monkeypatch.setattr("workflow_scheduler.engine.reports.crash_point", die)
    for point in ("reports.before_commit", "reports.after_commit"):
        with pytest.raises(KeyboardInterrupt):
            desk.at("2026-11-27 07:00" if point == "reports.before_commit" else "2026-11-27 07:00:01")
        desk.another()
    point = ""
    desk.at("2026-11-27 07:00:02")
    assert desk.sent() == [("Fri", "ops"), ("Fri", "team")]
