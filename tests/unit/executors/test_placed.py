"""Each attempt goes to the executor of its place, and what concerns it follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from workflow_scheduler.domain.placement import Place
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec, NotLaunched, Outcome, Report, ReportTo, Started
from workflow_scheduler.executors.placed import NEEDS_POSTGRESQL, PlacedExecutor


class Executor:
    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def limit(self, most: int) -> None:
        self.calls.append(("limit", most))

    def launch(self, spec: AttemptSpec) -> None:
        self.calls.append(("launch", spec.key.task_id))
        self.refusal = spec.refusal

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        found = list(specs)
        self.calls.append(("adopt", [spec.key.task_id for spec in found]))
        self.refusal = "".join(spec.refusal for spec in found)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        self.calls.append(("stop", [key.task_id for key in reasons]))

    def interrupt(self, why: str) -> None:
        self.calls.append(("interrupt", why))

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        return {key("look", id(self)): {}}

    def busy(self) -> bool:
        return False

    def close(self) -> None:
        self.calls.append(("close", None))


def key(task: str, number: int = 1) -> AttemptKey:
    return AttemptKey("r", task, number)


def spec(task: str, place: Place | None = None) -> AttemptSpec:
    return AttemptSpec(key(task), Task(task, "x"), {}, place=place)


HERE, THERE = spec("here"), spec("there", Place("erp"))


class Bench:
    def __init__(self) -> None:
        self.local, self.remote = Executor(), Executor()
        self.made = 0
        self.told: list[Report] = []
        self.executor = PlacedExecutor(self.local, self.make, self.told.append)

    def make(self, report: ReportTo) -> Executor:
        self.made += 1
        self.tell = report
        return self.remote


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_without_places_there_is_only_this_machine(bench: Bench) -> None:
    bench.executor.limit(3)
    bench.executor.launch(HERE)
    bench.executor.adopt([HERE])
    bench.executor.stop({HERE.key: "x", THERE.key: "x"})
    assert len(bench.executor.look("r", "")) == 1
    bench.executor.interrupt("shutdown")
    bench.executor.close()
    assert bench.local.calls == [
        ("limit", 3),
        ("launch", "here"),
        ("adopt", ["here"]),
        ("stop", ["here", "there"]),
        ("interrupt", "shutdown"),
        ("close", None),
    ]
    assert bench.made == 0


def test_each_goes_to_its_place_and_is_stopped_there(bench: Bench) -> None:
    bench.executor.launch(THERE)
    bench.executor.launch(HERE)
    bench.executor.adopt([spec("a"), spec("b", Place(labels=("l",)))])
    bench.executor.stop({HERE.key: "x", THERE.key: "x", key("b"): "x"})
    assert len(bench.executor.look("r", "")) == 2
    bench.executor.limit(1)
    bench.executor.interrupt("shutdown")
    bench.executor.close()
    assert bench.made == 1
    assert bench.remote.calls == [
        ("launch", "there"),
        ("adopt", ["b"]),
        ("stop", ["there", "b"]),
        ("close", None),
    ]
    assert bench.local.calls[:3] == [("launch", "here"), ("adopt", ["a"]), ("stop", ["here"])]


@pytest.mark.parametrize(
    "report", [Outcome(THERE.key, AttemptState.FAILED, "x"), NotLaunched(THERE.key, "x")], ids=["ended", "refused"]
)
def test_what_is_done_there_is_not_stopped_there(bench: Bench, report: Report) -> None:
    bench.executor.launch(THERE)
    bench.tell(Started(THERE.key, None, 1))  # type: ignore[arg-type]
    bench.executor.stop({THERE.key: "x"})
    bench.tell(report)
    bench.executor.stop({THERE.key: "y"})
    assert bench.told[-1] == report
    assert [names for call, names in bench.remote.calls if call == "stop"] == [["there"], []]


def test_a_database_without_workers_refuses_what_has_a_place() -> None:
    local = Executor()
    executor = PlacedExecutor(local, None, lambda _: None)
    executor.launch(THERE)
    assert local.refusal == NEEDS_POSTGRESQL
    executor.adopt([HERE, THERE])
    assert local.calls[-1] == ("adopt", ["here", "there"])
    assert local.refusal == NEEDS_POSTGRESQL
    executor.stop({THERE.key: "x"})
    assert local.calls[-1] == ("stop", ["there"])
