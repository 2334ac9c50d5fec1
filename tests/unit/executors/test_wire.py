"""What schedulers and workers tell each other comes back as it was, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.test_fields import NAMES, TASKS, TEXTS
from workflow_scheduler.domain.placement import Place
from workflow_scheduler.domain.run import ATTEMPT_TRANSITIONS, AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec, CheckingOutputs, NotLaunched, Outcome, Report, Started
from workflow_scheduler.executors.wire import kind_of, read_report, read_spec, report_json, spec_json

KEY = AttemptKey("r", "t", 1)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FACTS = st.dictionaries(NAMES, JSON, max_size=3)
CODES = st.integers(-(2**31), 2**32)
PIDS = st.integers(1, 2**31 - 1)
SIZES = st.none() | st.integers(0, 2**40)
OUTPUTS = st.fixed_dictionaries(
    {"path": TEXTS, "proof": st.none() | TEXTS, "reason": TEXTS, "size": SIZES, "lines": SIZES},
)
SCRIPTS = FACTS.map(lambda facts: {**facts, "script": {"hash": "0" * 64}})
ENDS = [state for state in AttemptState if not ATTEMPT_TRANSITIONS[state]]
SPECS = st.builds(
    AttemptSpec,
    st.just(KEY),
    TASKS,
    st.dictionaries(NAMES, TEXTS, max_size=3),
    begun=st.booleans(),
    params=st.none() | FACTS,
    must_exist=st.lists(NAMES, max_size=2).map(tuple),
    free_text=st.lists(NAMES, max_size=2).map(tuple),
    env=st.dictionaries(NAMES, TEXTS, max_size=2),
    secrets=FACTS,
    refusal=st.just("") | TEXTS,
)
REPORTS: st.SearchStrategy[Report] = st.one_of(
    st.builds(Started, st.just(KEY), TIMES, PIDS),
    st.builds(CheckingOutputs, st.just(KEY), CODES),
    st.builds(NotLaunched, st.just(KEY), TEXTS),
    st.builds(
        Outcome,
        st.just(KEY),
        st.sampled_from(ENDS),
        TEXTS,
        exit_code=st.none() | CODES,
        started_at=st.none() | TIMES,
        finished_at=st.none() | TIMES,
        outputs=st.lists(OUTPUTS, max_size=2).map(tuple),
        streams=st.lists(st.sampled_from(["stdout", "stderr"]), unique=True).map(tuple),
        facts=SCRIPTS,
        script=st.none() | TEXTS,
        seen=st.none() | FACTS,
    ),
)


def sent(told: dict[str, Any]) -> dict[str, Any]:
    arrived: dict[str, Any] = json.loads(json.dumps(told, allow_nan=False))
    return arrived


@settings(deadline=None, max_examples=60)
@given(SPECS)
def test_what_to_run(spec: AttemptSpec) -> None:
    assert read_spec(spec.key, sent(spec_json(spec)), begun=spec.begun) == spec


@settings(deadline=None, max_examples=100)
@given(REPORTS)
def test_what_became_of_it(report: Report) -> None:
    told = sent(report_json(report))
    assert told["kind"] == kind_of(report)
    assert read_report(KEY, told) == report


def test_where_it_runs_is_not_told_to_the_one_that_runs_it() -> None:
    spec = AttemptSpec(KEY, Task("t", "x"), {}, begun=True, place=Place("erp"))
    assert {"key", "begun", "place"}.isdisjoint(spec_json(spec))
    assert read_spec(KEY, spec_json(spec), begun=False).place is None


def test_what_a_newer_version_adds_is_left_out() -> None:
    told = sent(spec_json(AttemptSpec(KEY, Task("t", "x"), {})))
    assert read_spec(KEY, {**told, "colour": "red"}, begun=False).task == Task("t", "x")
    assert read_report(KEY, {"kind": "not_launched", "reason": "x", "colour": "red"}) == NotLaunched(KEY, "x")
    assert read_report(KEY, {"kind": "telepathy"}) is None


def test_what_an_older_version_does_not_say_has_its_default() -> None:
    told = sent(spec_json(AttemptSpec(KEY, Task("t", "x"), {})))
    for name in ("must_exist", "free_text", "secrets", "env", "params"):
        del told[name]
    assert read_spec(KEY, told, begun=False) == AttemptSpec(KEY, Task("t", "x"), {})
    assert read_report(KEY, {"kind": "outcome", "state": "failed", "reason": "x"}) == Outcome(
        KEY, AttemptState.FAILED, "x"
    )


WRONG: list[dict[str, Any]] = [
    {"state": "running"},
    {"state": 5},
    {"reason": None},
    {"reason": ["x"]},
    {"exit_code": "0"},
    {"exit_code": 10**30},
    {"finished_at": 1e9},
    {"outputs": "file"},
    {"outputs": [{}]},
    {"outputs": [{"path": 5, "proof": "", "reason": ""}]},
    {"outputs": [{"path": "a", "proof": "", "reason": "", "size": "large"}]},
    {"streams": ["../../../other/stdout"]},
    {"facts": []},
    {"script": "x"},
    {"script": "x", "facts": {"script": {"hash": "x" * 65}}},
    {"seen": "x"},
]


def test_a_reason_is_cut() -> None:
    found = read_report(KEY, {"kind": "outcome", "state": "failed", "reason": "x" * 10_000_000})
    assert isinstance(found, Outcome)
    assert len(found.reason) == 10_000


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "outcome", "state": "exploded", "reason": ""},
        {"kind": "outcome", "reason": ""},
        {"kind": "started", "at": "soon", "pid": 1},
        {"kind": "started", "at": "2026-11-30T02:00:00", "pid": 1},
        {"kind": "started", "at": "9999-12-31T23:59:59+00:00", "pid": 1},
        {"kind": "started", "at": "2026-11-30T02:00:00+00:00", "pid": 2**31},
        {"kind": "started", "at": "2026-11-30T02:00:00+00:00", "pid": True},
        {"kind": ["outcome"]},
        *({"kind": "outcome", "state": "failed", "reason": "", **part} for part in WRONG),
        {},
    ],
)
def test_what_cannot_be_read_is_an_error(told: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        read_report(KEY, told)
