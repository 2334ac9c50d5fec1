"""The watchman tells once that the scheduler does not work, once that it works again, and what it could not tell later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.operations.home.watchman import Finding, Notice, Trouble, Watch, watch

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
WELL = Finding(None, "The scheduler works.")
GONE = Finding(Trouble.NOT_RUNNING, "The scheduler is not running.")
HUNG = Finding(Trouble.NOT_RESPONDING, "The scheduler does not respond.")


class Nights:
    """Looks that find what the test says, five minutes apart."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now = NOW
        self.channels = ["ops"]
        self.said: list[tuple[str, Notice]] = []
        self.pauses = 0
        self.deaf: set[str] = set()

    def __call__(self, *found: Finding) -> Watch:
        findings = list(found)
        self.now += timedelta(minutes=5)

        def look() -> Finding:
            return findings.pop(0) if len(findings) > 1 else findings[0]

        return watch(self.home, self.now, look, self._pause, self.channels, self._send)

    def _pause(self) -> None:
        self.pauses += 1

    def _send(self, name: str, notice: Notice) -> None:
        if name in self.deaf:
            raise Unreachable("The mail server cannot be reached.")
        self.said.append((name, notice))


@pytest.fixture
def nights(tmp_path) -> Nights:
    return Nights(tmp_path)


def test_once_and_once_again(nights) -> None:
    assert nights(WELL).told == ()
    first = nights(GONE)
    assert (first.trouble, first.told) == (Trouble.NOT_RUNNING, ("ops",))
    assert [nights(GONE).told for _ in range(3)] == [()] * 3
    assert nights(HUNG).told == ()  # started, and hanging now: it still has not worked
    assert nights(HUNG).since == first.since
    assert nights(WELL).told == ("ops",)
    assert nights(WELL).told == ()
    (_, gone), (_, back) = nights.said
    assert gone.words.startswith(f"The scheduler is not running. (the home {nights.home} on ")
    assert back.words.startswith("The scheduler works again after 30 min.")
    assert (gone.works, back.works, gone.since) == (False, True, back.since)
    assert gone.key != back.key
    assert nights(GONE).told == ("ops",)  # another incident
    assert len({notice.key for _, notice in nights.said}) == 3


def test_a_restart_at_that_moment_is_no_incident(nights) -> None:
    assert nights(GONE, WELL).trouble is None
    assert (nights.pauses, nights.said) == (1, [])
    nights(GONE, GONE)
    nights(GONE)
    assert nights.pauses == 2  # a known trouble needs no second look


def test_what_could_not_be_told_is_told_by_the_next_look(nights) -> None:
    nights.channels, nights.deaf = ["ops", "chat"], {"ops"}
    first = nights(GONE)
    assert (first.told, first.failed) == (("chat",), ("ops: The mail server cannot be reached.",))
    nights.deaf = set()
    second = nights(GONE)
    assert (second.told, second.failed, second.since) == (("ops",), (), first.since)
    assert nights(GONE).told == ()
    nights.deaf = {"chat"}
    assert nights(WELL).told == ("ops",)
    assert nights(WELL).failed
    nights.deaf = set()
    assert nights(WELL).told == ("chat",)
    assert nights(WELL).told == ()
    assert [(name, notice.works) for name, notice in nights.said] == [
        *(("chat", False), ("ops", False)),
        *(("ops", True), ("chat", True)),
    ]


def test_each_try_has_the_same_key(nights) -> None:
    keys: list[str] = []

    def refuse(name: str, notice: Notice) -> None:
        keys.append(notice.key)
        raise Unreachable("no")

    nights._send = refuse
    for _ in range(3):
        nights(GONE)
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_who_was_not_told_of_the_trouble_is_not_told_that_it_is_over(nights) -> None:
    nights.deaf = {"ops"}
    nights(GONE)
    nights.deaf = set()
    assert nights(WELL).told == ()
    assert nights.said == []


def test_a_channel_that_is_gone_keeps_nothing_waiting(nights) -> None:
    nights(GONE)
    nights.channels = ["chat"]
    assert nights(GONE).told == ("chat",)
    assert nights(WELL).told == ("chat",)
    assert nights(WELL) == Watch(None, WELL.words, nights.now)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"since": 5, "told": []}', '{"since": "x", "told": 1}', "[" * 5000])
def test_a_damaged_memory_is_none(nights, text: str) -> None:
    (nights.home / "watchman.json").write_text(text)
    assert nights(WELL).told == ()
    (nights.home / "watchman.json").write_text(text)
    assert nights(GONE).told == ("ops",)
    assert nights(GONE).told == ()
