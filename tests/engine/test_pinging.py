"""Signs for monitors: left with what they are about, given in order, given up in time, and never in the way of others."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from workflow_scheduler.domain.pings import Sign
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine import pinging
from workflow_scheduler.engine.pinging import GIVEN_UP_AFTER, Pinger
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.storage import pings as store

URL = "https://hc-ping.com/u"


def waiting(bench) -> list[tuple[str, str, str]]:
    rows = bench.database.read(lambda db: store.due_pings(db, bench.now + timedelta(days=1), (), 100))
    return [(row.ping.subject, row.ping.sign.value, row.ping.words) for row in rows]


class Monitor:
    """Takes signs as the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Sign]] = []
        self.error: DeliveryFailed | None = None

    def __call__(self, url: str, sign: Sign, words: str, *, allow_private: bool) -> None:
        if self.error is not None:
            raise self.error
        self.got.append((url, sign))


@pytest.fixture
def monitor(monkeypatch) -> Monitor:
    made = Monitor()
    monkeypatch.setattr(pinging, "ping", made)
    return made


@pytest.fixture
def pinger(bench, tmp_path) -> Pinger:
    return Pinger(bench.database, tmp_path, lambda: bench.now, lambda: None, allow_private=False)


def give(bench, pinger: Pinger):
    at = pinger.step(bench.now)
    for thread in list(pinger._busy.values()):
        thread.join()
    return at


def test_a_run_and_a_task_leave_their_signs_in_order(bench, monitor, pinger) -> None:
    bench.make(Task("a", "x"), Task("b", "x", ping=f"{URL}/b"), ping=URL)
    run = bench.start()
    bench.end(AttemptKey(run, "a", 1))
    bench.end(AttemptKey(run, "b", 1), AttemptState.FAILED, "exit code 3")
    assert waiting(bench) == [
        ("w", "start", f"w running, run {run}: started by local"),
        ("w.b", "start", f"w.b running, run {run}"),
        ("w.b", "fail", f"w.b failed, run {run}: exit code 3"),
        ("w", "fail", f"w failed, run {run}: task b: exit code 3"),
    ]
    give(bench, pinger)
    assert [sign for url, sign in monitor.got if url == URL] == [Sign.START, Sign.FAIL]
    assert [sign for url, sign in monitor.got if url != URL] == [Sign.START, Sign.FAIL]
    assert waiting(bench) == []


def test_without_a_ping_nothing_is_left(bench) -> None:
    bench.make(Task("a", "x"))
    run = bench.start()
    bench.end(AttemptKey(run, "a", 1))
    assert waiting(bench) == []


@pytest.fixture
def begun(bench) -> None:
    """A run that has started, with its sign."""
    bench.make(Task("a", "x"), ping=URL)
    bench.run_id = bench.start()


def test_a_monitor_that_does_not_answer_is_asked_again_and_then_given_up(bench, begun, monitor, pinger) -> None:
    monitor.error = DeliveryFailed("hc-ping.com cannot be reached.")
    tries, began = 0, bench.now
    while waiting(bench):
        at = give(bench, pinger)
        tries += 1
        at = at or bench.database.read(lambda db: store.next_ping(db, ()))
        if at is None:
            break
        bench.now = max(at, bench.now)
    assert bench.now - began <= GIVEN_UP_AFTER
    assert tries > 10
    assert bench.database.read(lambda db: store.not_given(db, 5)) == [("w", "hc-ping.com cannot be reached.")]
    monitor.error = None
    bench.end(AttemptKey(bench.run_id, "a", 1))
    give(bench, pinger)
    assert [sign for _, sign in monitor.got] == [Sign.SUCCESS]
    assert bench.database.read(lambda db: store.not_given(db, 5)) == []  # the later sign says more


def test_what_no_try_can_help_is_given_up_at_once(bench, begun, monitor, pinger) -> None:
    monitor.error = DeliveryFailed("hc-ping.com answers 404.", retry=False)
    give(bench, pinger)
    assert waiting(bench) == []
    assert bench.database.read(lambda db: store.not_given(db, 5)) == [("w", "hc-ping.com answers 404.")]


def test_a_later_sign_does_not_overtake_one_that_is_being_given(bench, begun, monkeypatch, pinger) -> None:
    may_end, got = threading.Event(), []

    def slow(url: str, sign: Sign, words: str, *, allow_private: bool) -> None:
        may_end.wait()
        got.append(sign)

    monkeypatch.setattr(pinging, "ping", slow)
    pinger.step(bench.now)
    (thread,) = pinger._busy.values()
    bench.end(AttemptKey(bench.run_id, "a", 1))
    pinger.step(bench.now)
    assert len(pinger._busy) == 1
    may_end.set()
    thread.join()
    give(bench, pinger)
    assert got == [Sign.START, Sign.SUCCESS]


def test_a_secret_that_cannot_be_read_is_tried_again(bench, monitor, pinger, monkeypatch) -> None:
    bench.make(Task("a", "x"), ping="env:PING_CANARY")
    bench.start()
    monkeypatch.delenv("PING_CANARY", raising=False)
    give(bench, pinger)
    assert len(waiting(bench)) == 1
    monkeypatch.setenv("PING_CANARY", URL)
    bench.pass_time(minutes=1)
    give(bench, pinger)
    assert monitor.got == [(URL, Sign.START)]


def test_an_idle_pinger_does_not_ask_the_database(bench, pinger, monkeypatch) -> None:
    assert pinger.step(bench.now) is None
    monkeypatch.setattr(bench.database, "read", None)
    assert pinger.step(bench.now, hinted=False) is None


def test_a_sign_of_long_ago_is_not_given_as_if_it_were_of_now(bench, begun, monitor, pinger) -> None:
    bench.end(AttemptKey(bench.run_id, "a", 1))
    bench.now += GIVEN_UP_AFTER + timedelta(seconds=1)
    give(bench, pinger)
    assert monitor.got == []
    words = "No scheduler ran that could give it in time."
    assert bench.database.read(lambda db: store.not_given(db, 5)) == [("w", words)]
