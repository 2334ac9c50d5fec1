"""What is usual, by a written table, and what a run still needs, by a written example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.usual import Usual, learn, next_look, same_class, typical_rest
from workflow_scheduler.domain.workflow import Workflow

MINUTE, HOUR = 60.0, 3600.0
TABLE = [
    # durations, newest first; median, shortest, longest, samples
    ([600.0] * 8, Usual(600, 300, 1200, 8)),  # no spread: half and twice the median
    ([10.0] * 20, Usual(10, 0, 70, 20)),  # a minute more at least, and nothing is too short
    ([100.0] * 9, Usual(100, 40, 200, 9)),  # a minute less at least
    ([HOUR + minutes * MINUTE for minutes in range(-4, 5)], Usual(3600, 1800, 7200, 9)),  # MAD 2 min: 18 min are less
    # MAD 20 min: 6 * 1.4826 * 20 min = 10,674.72 s
    ([HOUR + minutes * MINUTE for minutes in (-40, -30, -20, -10, 0, 10, 20, 30, 40)], Usual(3600, 0, 14274.72, 9)),
    ([600.0] * 20 + [9999.0] * 30, Usual(600, 300, 1200, 20)),  # only the newest twenty count
    ([600.0] * 7 + [90000.0], Usual(600, 300, 1200, 8)),  # one that hung changes nothing
]


@pytest.mark.parametrize(("durations", "usual"), TABLE)
def test_usual(durations: list[float], usual: Usual) -> None:
    found = learn(durations)
    assert isinstance(found, Usual)
    assert (found.median, found.shortest, found.samples) == (usual.median, usual.shortest, usual.samples)
    assert found.longest == pytest.approx(usual.longest)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "learning (0 of 8)"), (3, "learning (3 of 8)"), (7, "learning (7 of 8)")]
)
def test_until_then_it_learns(count: int, words: str) -> None:
    assert learn([60.0] * count) == words


def test_weekdays_and_weekends_are_apart_in_the_zone() -> None:
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    days = [monday - timedelta(days=days) for days in range(7)]
    assert same_class(days, monday, "UTC") == [True, False, False, True, True, True, True]
    assert same_class([monday], monday - timedelta(days=1), "America/New_York") == [True]  # still Sunday there


NOW = datetime(2026, 11, 23, 5, 7, tzinfo=UTC)
NIGHTLY = Workflow(
    "nightly",
    tasks=(
        Task("fetch", "x", depends_on=()),
        Task("load", "x", depends_on=("fetch",)),
        Task("mail", "x", depends_on=("fetch",)),
        Task("report", "x", depends_on=("load", "mail")),
    ),
)
MEDIANS = {"fetch": 600.0, "load": 2400.0, "mail": 30.0, "report": 1500.0}


def test_the_rest_of_a_run_is_its_longest_path() -> None:
    assert typical_rest(NIGHTLY, MEDIANS, [], {}, NOW).words() == "fetch 10m + load 40m + report 25m"
    rest = typical_rest(NIGHTLY, MEDIANS, ["fetch"], {"load": NOW - timedelta(minutes=15), "mail": NOW}, NOW)
    assert (rest.words(), rest.seconds) == ("load 25m + report 25m", 3000)
    overdue = typical_rest(NIGHTLY, MEDIANS, ["fetch", "mail"], {"load": NOW - timedelta(hours=2)}, NOW)
    assert overdue.words() == "report 25m"
    assert typical_rest(NIGHTLY, {}, [], {}, NOW).seconds == 0
    assert typical_rest(NIGHTLY, MEDIANS, list(MEDIANS), {}, NOW).seconds == 0


def test_it_is_judged_again_when_it_no_longer_fits() -> None:
    six = datetime(2026, 11, 23, 6, tzinfo=UTC)
    minute = timedelta(minutes=1)
    assert next_look(NIGHTLY, MEDIANS, [], {}, six) == six - timedelta(minutes=75) + minute
    assert (
        next_look(NIGHTLY, MEDIANS, ["fetch"], {"load": NOW}, six) == six - timedelta(minutes=25, seconds=30) + minute
    )
    assert next_look(NIGHTLY, MEDIANS, ["fetch", "mail"], {"load": NOW}, six) == six - timedelta(minutes=25) + minute
