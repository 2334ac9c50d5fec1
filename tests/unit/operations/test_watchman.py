"""The watchman tells once that the scheduler does not work, once that it works again, and what it could not tell later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.operations.home.watchman import Finding, Trouble, Watch, watch

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
WELL = Finding(None, "The scheduler works.")
GONE = Finding(Trouble.NOT_RUNNING, "The scheduler is not running.")
HUNG = Finding(Trouble.NOT_RESPONDING, "The scheduler does not respond.")


class Nights:
    """Looks that find what the test says, five minutes apart."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now = NOW
        self.said: list[tuple[str, bool]] = []
        self.pauses = 0
        self.deaf = False

    def __call__(self, *found: Finding) -> Watch:
        findings = list(found)
        self.now += timedelta(minutes=5)
        return watch(
            self.home, self.now, lambda: findings.pop(0) if len(findings) > 1 else findings[0], self._pause, self._tell
        )

    def _pause(self) -> None:
        self.pauses += 1

    def _tell(self, words: str, works: bool) -> tuple[str, ...]:
        if self.deaf:
            raise Unreachable("The mail server cannot be reached.")
        self.said.append((words, works))
        return ("ops",)


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
    (gone, _), (back, works) = nights.said
    assert gone.startswith(f"The scheduler is not running. (the home {nights.home} on ")
    assert back.startswith("The scheduler works again after 30 min.")
    assert works
    assert nights(GONE).told == ("ops",)  # another incident
    assert len(nights.said) == 3


def test_a_restart_at_that_moment_is_no_incident(nights) -> None:
    assert nights(GONE, WELL).trouble is None
    assert (nights.pauses, nights.said) == (1, [])
    nights(GONE, GONE)
    nights(GONE)
    assert nights.pauses == 2  # a known trouble needs no second look


def test_what_could_not_be_told_is_told_by_the_next_look(nights) -> None:
    nights.deaf = True
    first = nights(GONE)
    assert (first.told, first.failed) == ((), "The mail server cannot be reached.")
    nights(GONE)
    nights.deaf = False
    assert nights(GONE).since == first.since
    assert len(nights.said) == 1
    nights.deaf = True
    assert nights(WELL).failed
    nights.deaf = False
    assert nights(WELL).told == ("ops",)
    assert nights(WELL).told == ()
    assert len(nights.said) == 2


def test_what_nobody_was_told_of_is_not_said_to_be_over(nights) -> None:
    nights.deaf = True
    nights(GONE)
    nights.deaf = False
    assert nights(WELL).told == ()
    assert nights.said == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"since": 5, "told": true}', '{"since": "x", "told": 1}', "[" * 5000])
def test_a_damaged_memory_is_none(nights, text: str) -> None:
    (nights.home / "watchman.json").write_text(text)
    assert nights(WELL).told == ()
    (nights.home / "watchman.json").write_text(text)
    assert nights(GONE).told == ("ops",)
    assert nights(GONE).told == ()
