"""Simulated commands: slots, ends, time limits and stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec, Outcome
from workflow_scheduler.executors.simulated import Expected, SimulatedExecutor

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Bench:
    def __init__(self) -> None:
        self.now = BEGIN
        self.outcomes: list[Outcome] = []
        self.expected = Expected(MINUTE)
        self.begun: dict[AttemptKey, datetime] = {}
        self.executor = SimulatedExecutor(self.outcomes.append, lambda _: self.expected, lambda: self.now, self.begun)
        self.executor.limit(1)

    def launch(self, name: str, **options: object) -> AttemptKey:
        spec = attempt(name, **options)
        self.executor.launch(spec)
        return spec.key

    def go(self, minutes: float) -> None:
        self.now += minutes * MINUTE
        self.executor.end_due()

    def ends(self) -> list[tuple[str, str, float, float]]:
        """Of each outcome the task, state, start and end in minutes."""
        return [
            (one.key.task_id, one.state.value, *((at - BEGIN) / MINUTE for at in (one.started_at, one.finished_at)))
            for one in self.outcomes
        ]


def attempt(name: str, refusal: str = "", **fields: object) -> AttemptSpec:
    return AttemptSpec(AttemptKey("run", name, 1), Task(name, "x", **fields), {}, refusal=refusal)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_longest_waiting_gets_a_slot_as_soon_as_one_is_free(bench: Bench) -> None:
    for name in "abc":
        bench.launch(name)
    assert bench.executor.next_end() == BEGIN + MINUTE
    bench.go(1)
    bench.go(1)
    assert bench.ends() == [("a", "succeeded", 0, 1), ("b", "succeeded", 1, 2)]
    assert list(bench.executor.running) == [AttemptKey("run", "c", 1)]
    bench.go(1)
    assert bench.executor.next_end() is None
    assert not bench.executor.busy()


def test_more_slots_at_once_and_none_at_all(bench: Bench) -> None:
    bench.executor.limit(0)
    bench.launch("a")
    bench.launch("b")
    assert bench.executor.next_end() is None
    bench.executor.limit(2)
    bench.go(1)
    assert len(bench.outcomes) == 2


def test_a_time_limit_holds_and_an_assumed_failure_fails(bench: Bench) -> None:
    bench.launch("a", timeout=30)
    bench.go(0.5)
    bench.expected = Expected(MINUTE, "assumed to fail")
    bench.launch("b", timeout=60)
    bench.go(1)
    assert bench.ends() == [("a", "timed_out", 0, 0.5), ("b", "failed", 0.5, 1.5)]
    assert [outcome.reason for outcome in bench.outcomes] == ["stopped after 30 s, its time limit", "assumed to fail"]


def test_what_cannot_be_started_fails_at_once(bench: Bench) -> None:
    bench.launch("a", refusal="defaults.yaml cannot be read")
    bench.go(0)
    assert bench.ends() == [("a", "failed", 0, 0)]
    assert bench.outcomes[0].reason == "defaults.yaml cannot be read"


def test_stopping_frees_the_slot(bench: Bench) -> None:
    first, second, _ = (bench.launch(name) for name in "abc")
    bench.now += MINUTE / 2
    bench.executor.stop({first: "replaced", second: "cancelled", AttemptKey("run", "gone", 1): "x"})
    assert [(outcome.key, outcome.state) for outcome in bench.outcomes] == [
        (first, AttemptState.CANCELLED),
        (second, AttemptState.CANCELLED),
    ]
    assert bench.outcomes[1].reason == "cancelled, before it was started"
    bench.go(1)
    assert bench.outcomes[2].started_at == BEGIN + MINUTE / 2


def test_what_is_adopted_takes_the_rest_of_its_time_and_at_least_a_second(bench: Bench) -> None:
    bench.executor.limit(1)
    specs = {name: attempt(name) for name in ("short", "long", "waits")}
    bench.begun[specs["short"].key] = BEGIN - timedelta(seconds=50)
    bench.begun[specs["long"].key] = BEGIN - timedelta(hours=1)
    bench.executor.adopt(specs.values())
    assert bench.executor.next_end() == BEGIN + timedelta(seconds=1)
    bench.go(1 / 60)
    assert bench.ends() == [("long", "succeeded", -60, 1 / 60)]
    bench.go(9 / 60)
    assert bench.outcomes[1].finished_at == BEGIN + timedelta(seconds=10)
    assert list(bench.executor.running.values()) == [BEGIN + timedelta(seconds=10)], "the third waited for a slot"
