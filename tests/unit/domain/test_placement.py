"""Which machine gets an attempt, by tables of machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.placement import (
    PROTOCOL,
    Machine,
    NoMachine,
    Place,
    Spread,
    WhenUnreachable,
    WhyNot,
    choose,
    fits,
    least_wait,
    pause_after_refusal,
    place_words,
    speaks,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def machine(name: str, labels: str = "l", taken: int = 0, slots: int = 2, **options: object) -> Machine:
    values = {"accepts": True, "silent_since": None, "protocol": PROTOCOL, **options}
    return Machine(name, labels.split(), slots, taken, **values)


ANY, STICKY = Place(labels=("l",)), Place(labels=("l",), spread=Spread.STICKY)


@pytest.mark.parametrize(
    ("place", "machines", "expected"),
    [
        (Place("b"), [machine("a"), machine("b", "other", taken=1)], "b"),
        (ANY, [machine("a", "other"), machine("b")], "b"),
        (Place(labels=("l", "m")), [machine("a", "l"), machine("b", "m l k")], "b"),
        (ANY, [machine("a", taken=1), machine("b")], "b"),
        (ANY, [machine("a", taken=3, slots=4), machine("b", taken=1, slots=2)], "b"),
        (ANY, [machine("b"), machine("a")], "a"),
        (ANY, [machine("a", taken=2), machine("b", taken=1)], "b"),
        (ANY, [machine("a", silent_since=NOW), machine("b", accepts=False), machine("c", taken=1)], "c"),
        (STICKY, [machine("a"), machine("last", taken=1)], "last"),
        (STICKY, [machine("a"), machine("last", taken=2)], "a"),
        (STICKY, [machine("a"), machine("last", silent_since=NOW)], "a"),
        (STICKY, [machine("a"), machine("last", "other")], "a"),
        (ANY, [machine("a"), machine("last", taken=1)], "a"),
    ],
)
def test_the_machine_that_gets_it(place: Place, machines: list[Machine], expected: str) -> None:
    chosen = choose(place, machines, "last")
    assert isinstance(chosen, Machine)
    assert chosen.name == expected


@pytest.mark.parametrize(
    ("place", "machines", "why", "names"),
    [
        (Place("z"), [machine("a")], WhyNot.UNKNOWN, ()),
        (Place(labels=("l", "m")), [machine("a"), machine("b", "m")], WhyNot.NO_MATCH, ()),
        (ANY, [], WhyNot.NO_MATCH, ()),
        (ANY, [machine("a", joined=False, protocol=0), machine("b", "m")], WhyNot.INVITED, ("a",)),
        (ANY, [machine("a", protocol=PROTOCOL + 2), machine("b", joined=False)], WhyNot.VERSION, ("a",)),
        (ANY, [machine("a", accepts=False), machine("b", protocol=PROTOCOL - 2)], WhyNot.DRAINING, ("a",)),
        (ANY, [machine("a", silent_since=NOW), machine("b", accepts=False)], WhyNot.SILENT, ("a",)),
        (ANY, [machine("a", lack="no room"), machine("b", silent_since=NOW, lack="x")], WhyNot.LACK, ("a",)),
        (ANY, [machine("a", taken=2), machine("b", taken=5), machine("c", silent_since=NOW)], WhyNot.FULL, ("a", "b")),
        (Place("a"), [machine("a", taken=2), machine("b")], WhyNot.FULL, ("a",)),
    ],
)
def test_why_none_gets_it(place: Place, machines: list[Machine], why: WhyNot, names: tuple[str, ...]) -> None:
    assert choose(place, machines) == NoMachine(why, names)


def test_a_few_more_than_the_slots_may_wait_at_a_machine() -> None:
    assert isinstance(choose(ANY, [machine("a", taken=2)], ahead=1), Machine)
    assert isinstance(choose(ANY, [machine("a", taken=3)], ahead=1), NoMachine)


def test_a_machine_without_slots_gets_nothing() -> None:
    assert choose(ANY, [machine("a", slots=0)]) == NoMachine(WhyNot.FULL, ("a",))
    assert isinstance(choose(ANY, [machine("a", slots=0)], ahead=1), Machine)


@pytest.mark.parametrize(
    "change", [{"joined": False}, {"protocol": PROTOCOL + 2}, {"accepts": False}, {"silent_since": NOW}]
)
def test_what_fits_can_be_given_something(change: dict[str, object]) -> None:
    assert fits(machine("a", taken=9))
    assert not fits(replace(machine("a"), **change))


def test_each_version_understands_the_one_before_and_the_one_after() -> None:
    assert [speaks(PROTOCOL + step) for step in (-2, -1, 0, 1, 2)] == [False, True, True, True, False]


def test_a_place_in_words() -> None:
    assert [place.elsewhere for place in (Place(), Place("a"), ANY)] == [False, True, True]
    assert place_words(Place("a")) == "machine a"
    assert place_words(ANY) == "a machine with the label l"
    assert place_words(Place(labels=("l", "m"))) == "a machine with the labels l and m"


@pytest.mark.parametrize("grace", [0.0, 10.0, 3600.0, 7 * 86400.0])
def test_with_the_least_wait_a_command_survives_some_lost_heartbeats(grace: float) -> None:
    wait = least_wait(grace)
    assert WhenUnreachable(wait, elsewhere=True).lease(grace) == pytest.approx(79.5)
    assert 109 + grace < wait < 110 + grace * 1.0011


def test_only_what_may_start_elsewhere_needs_a_lease() -> None:
    assert WhenUnreachable(600.0).lease(10.0) is None
    assert WhenUnreachable(None, elsewhere=True).lease(10.0) is None
    assert WhenUnreachable(600.0, elsewhere=True).lease(10.0) == pytest.approx(600 * 0.999 - 40)


@pytest.mark.parametrize(("waited", "pause"), [(0, 1), (4, 1), (40, 10), (1200, 300), (86_400, 300)])
def test_what_no_machine_can_start_is_tried_less_and_less_often(waited: int, pause: int) -> None:
    assert pause_after_refusal(timedelta(seconds=waited)) == timedelta(seconds=pause)
