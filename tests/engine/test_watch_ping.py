"""The monitor of the scheduler itself hears that everything works, what does not, and nothing from one that hangs."""

from __future__ import annotations

import threading

import pytest

from workflow_scheduler.domain.pings import Sign
from workflow_scheduler.engine import watch_ping
from workflow_scheduler.engine.pulse import PATIENCE, Pulse, Work
from workflow_scheduler.engine.watch_ping import WatchPing
from workflow_scheduler.notifiers.base import DeliveryFailed


@pytest.mark.parametrize("part", list(Work))
def test_a_part_may_take_two_minutes(part: Work) -> None:
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    now[0] = PATIENCE
    assert pulse.silent() == {}
    now[0] += 1
    pulse.worked(*(other for other in Work if other is not part))
    assert pulse.silent() == {part: PATIENCE + 1}
    pulse.worked(part)
    assert pulse.silent() == {}


class Monitor:
    def __init__(self) -> None:
        self.got: list[tuple[Sign, str]] = []
        self.more = threading.Semaphore(0)
        self.fails = False

    def __call__(self, url: str, sign: Sign, words: str, *, allow_private: bool) -> None:
        assert (url, allow_private) == ("https://hc-ping.com/u", True)
        self.got.append((sign, words))
        self.more.release()
        if self.fails:
            raise DeliveryFailed("hc-ping.com cannot be reached.")

    def next(self) -> tuple[Sign, str]:
        self.more.acquire()
        return self.got[-1]


@pytest.fixture
def monitor(monkeypatch) -> Monitor:
    made = Monitor()
    monkeypatch.setattr(watch_ping, "ping", made)
    return made


def test_it_says_what_does_not_work(monitor, tmp_path, caplog) -> None:
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    watch = WatchPing("https://hc-ping.com/u", tmp_path, pulse, interval=0.01)
    watch.start()
    try:
        assert monitor.next() == (Sign.START, "The scheduler has started.")
        assert monitor.next() == (Sign.SUCCESS, "Everything works.")
        now[0] = 130.0
        pulse.worked(Work.PLANNING, Work.DISPATCH, Work.DELIVERY)
        while (found := monitor.next())[0] is not Sign.FAIL:
            pass
        assert found[1] == "Does not work: writing to the database (for 130 s)."
        monitor.fails = True
        for _ in range(5):
            monitor.next()
    finally:
        watch.close()
    assert caplog.text.count("WATCH_URL cannot be pinged") == 1


def test_without_an_address_there_is_no_thread(tmp_path) -> None:
    before = threading.active_count()
    WatchPing("", tmp_path, Pulse()).start()
    assert threading.active_count() == before
