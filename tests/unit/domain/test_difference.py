"""What differs from the last good run, the most surprising first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.difference import LINES, Kind, Known, changed_lines, compare

BERLIN = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


def script(digest: str, at: str = "2026-11-30T17:42:00+00:00", path: str = "/jobs/load.py") -> dict[str, str]:
    return {"path": path, "hash": digest, "at": at}


def orders(size: int, at: str = "2026-11-30T17:00:00+00:00", path: str = "/in/orders.csv") -> dict[str, Any]:
    return {"1": {"path": path, "size": size, "at": at}}


GOOD = Known(
    version=3,
    params={"region": "north"},
    facts={
        "script": script("a"),
        "program": {"path": "/usr/bin/python3.11", "version": "3.11.7"},
        "inputs": orders(48_000_000),
        "env": {"MODE": "1a"},
        "key": "k",
        "scheduler": "1.0",
        "free": 40_000_000_000,
    },
    engine={
        "account": "local:ada",
        "place": {"boot": "b", "home_id": "h"},
        "environment": {"PATH": "1", "INVOCATION_ID": "1"},
    },
    seconds=2460.0,
    at=BEGAN,
)


def but(**facts: Any) -> Known:
    return replace(GOOD, facts={**GOOD.facts, **facts})


def engine(**values: Any) -> Known:
    return replace(GOOD, engine={**GOOD.engine, **values})


@pytest.mark.parametrize(
    ("failed", "text"),
    [
        (but(script=script("b")), "load.py changed 18:42"),
        (but(script=script("b", "2026-11-28T17:42:00+00:00")), "load.py changed 2026-11-28 18:42"),
        (but(script=script("b", "never")), "load.py changed since then"),
        (but(script=script("a", path="/new/load.py")), "the script is /new/load.py, was /jobs/load.py"),
        (but(inputs=orders(12_000)), "orders.csv 12 KB, was 48 MB"),
        (but(inputs=orders(0)), "orders.csv 0 bytes, was 48 MB"),
        (but(inputs=orders(1)), "orders.csv 1 byte, was 48 MB"),
        (but(inputs=orders(999_600_000)), "orders.csv 1.0 GB, was 48 MB"),
        (but(inputs={}), "no file at argument 1, was orders.csv (48 MB)"),
        (
            but(inputs=orders(48_000_000) | {"stdin": orders(7)["1"]}),
            "orders.csv at standard input (7 bytes), was no file",
        ),
        (replace(GOOD, params={"region": "south"}), "region = south, was north"),
        (replace(GOOD, params={}), "region = not set, was north"),
        (replace(GOOD, params={"region": "x" * 99}), f"region = {'x' * 59}…, was north"),
        (but(env={"MODE": "2b"}), "MODE changed"),
        (but(env={}), "MODE is not set"),
        (but(env={"MODE": "1a", "NEW": "1"}), "NEW is new"),
        (but(program={"path": "/usr/bin/python3.11", "version": "3.11.9"}), "python3.11 was updated to 3.11.9"),
        (but(program={"path": "/opt/python", "at": ""}), "run by /opt/python, was /usr/bin/python3.11"),
        (replace(GOOD, version=4), "version 4 of the workflow, was 3"),
        (engine(environment={"PATH": "2"}), "environment of the scheduler: PATH changed"),
        (engine(account="local:bob"), "run by the account bob, was ada"),
        (engine(place={"boot": "c", "home_id": "h"}), "the machine was restarted since then, or is another one"),
        (but(scheduler="1.1"), "Workflow Scheduler 1.1, was 1.0"),
        (but(free=12_000_000), "12 MB free on its disk, was 40 GB"),
        (replace(GOOD, seconds=3.0), "took 3s, was 41m"),
    ],
)
def test_a_difference_in_words(failed, text) -> None:
    assert [difference.text for difference in compare(failed, GOOD, [GOOD], BERLIN)] == [text]


@pytest.mark.parametrize(
    "failed",
    [
        GOOD,
        but(script=script("a", "2026-11-30T17:59:00+00:00")),  # touched
        but(inputs=orders(30_000_000, "2026-11-30T18:00:00+00:00")),
        but(free=900_000_000_000),
        but(free=21_000_000_000),
        but(env={"MODE": "2b"}, key="of another home"),
        but(script=None, program=None),
        engine(environment={"PATH": "1", "INVOCATION_ID": "2"}),
        replace(GOOD, engine={}),
        replace(GOOD, seconds=1200.0),
        replace(GOOD, seconds=None),
    ],
)
def test_no_difference(failed) -> None:
    assert compare(failed, GOOD, [GOOD], BERLIN) == ()


def test_how_much_of_the_script_changed() -> None:
    (one,) = compare(but(script=script("b")), GOOD, [GOOD], BERLIN, 1)
    (three,) = compare(but(script=script("b")), GOOD, [GOOD], BERLIN, 3)
    assert (one.text, three.text) == ("load.py changed 18:42 (1 line)", "load.py changed 18:42 (3 lines)")
    assert changed_lines("a\nb\nc\n", "a\nx\ny\nz\nc\n") == 3
    assert changed_lines("a\n", "a") == 1


def test_what_no_success_had_comes_first() -> None:
    failed = replace(but(script=script("b")), params={"region": "south"})
    seen = [GOOD, but(script=script("b")), but(script=script("b")), GOOD]
    found = compare(failed, GOOD, seen, BERLIN)
    assert [(difference.kind, difference.share) for difference in found] == [(Kind.PARAMETER, 0.0), (Kind.SCRIPT, 0.5)]


def test_what_differs_each_time_is_not_told() -> None:
    days = [replace(GOOD, params={"day": f"2026-11-{day}"}) for day in (29, 28, 27, 26)]
    failed = replace(GOOD, params={"day": "2026-11-30"})
    assert compare(failed, days[0], days, BERLIN) == ()
    assert [one.text for one in compare(failed, days[0], days[:3], BERLIN)] == ["day = 2026-11-30, was 2026-11-29"]


def test_a_file_that_was_not_delivered_again() -> None:
    days = [but(inputs=orders(48_000_000, f"2026-11-{day}T17:00:00+00:00")) for day in (29, 28, 27, 26)]
    assert [one.text for one in compare(days[0], days[0], days, BERLIN)] == ["orders.csv has not changed since then"]
    assert compare(days[0], days[0], [days[0]] * 4, BERLIN) == ()


_hash = st.sampled_from("ab")
_file = st.builds(lambda size, at: orders(size, at)["1"], st.integers(0, 10**15), st.sampled_from(["x", "y"]))
_facts = st.fixed_dictionaries(
    {},
    optional={
        "script": st.builds(script, _hash),
        "inputs": st.dictionaries(st.sampled_from(["1", "2", "stdin"]), _file, max_size=3),
        "env": st.dictionaries(st.text(st.characters(), max_size=70), _hash, max_size=6),
        "key": _hash,
        "scheduler": _hash,
        "free": st.integers(0, 10**15),
    },
)
_known = st.builds(
    Known,
    version=st.integers(1, 3),
    params=st.dictionaries(
        st.text(max_size=70), st.one_of(st.text(max_size=200), st.integers(), st.booleans()), max_size=5
    ),
    facts=_facts,
    engine=st.fixed_dictionaries(
        {}, optional={"account": _hash, "environment": st.dictionaries(st.text(max_size=9), _hash)}
    ),
    seconds=st.none() | st.floats(0, 10**7),
    at=st.just(BEGAN),
)


@pytest.mark.parametrize(
    ("needed", "told"),
    [
        (2_400_000_000, ("needed 2.4 GB of memory, was 800 MB",)),
        (300_000_000, ("needed 300 MB of memory, was 800 MB",)),
        (1_500_000_000, ()),
    ],
)
def test_memory_is_told_if_it_is_another_magnitude(needed: int, told: tuple[str, ...]) -> None:
    good = replace(GOOD, facts={**GOOD.facts, "peak": 800_000_000})
    failed = replace(good, facts={**good.facts, "peak": needed})
    assert tuple(found.text for found in compare(failed, good, [good] * 5, BERLIN)) == told


def test_little_memory_is_no_difference_and_neither_is_what_is_not_known() -> None:
    good = replace(GOOD, facts={**GOOD.facts, "peak": 10_000_000})
    for failed in (replace(good, facts={**good.facts, "peak": 90_000_000}), GOOD):
        assert compare(failed, good, [good] * 5, BERLIN) == ()


@given(_known, _known, st.lists(_known, max_size=25))
def test_a_few_short_lines_in_a_stable_order(failed, good, successes) -> None:
    found = compare(failed, good, successes, BERLIN)
    again = compare(
        replace(failed, params=dict(reversed(failed.params.items()))),
        replace(good, params=dict(reversed(good.params.items()))),
        successes,
        BERLIN,
    )
    assert found == again
    assert len(found) <= LINES
    assert [one.share for one in found] == sorted(one.share for one in found)
    assert all(len(one.text) < 300 for one in found)
    assert all(one.text.encode() for one in found)
