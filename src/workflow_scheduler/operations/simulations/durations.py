"""How long the attempts of a simulation take, and which of them fail: from history, and as assumed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum

from workflow_scheduler.domain.durations import parse_duration
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.simulation import WORKFLOW
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.executors.simulated import Expected
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.queries_durations import succeeded_spans

__all__ = ["UNKNOWN", "Assumption", "Durations", "Typical", "read_assumptions"]

UNKNOWN = timedelta(minutes=1)
"""Of a task that never succeeded."""
ATTEMPTS, RUNS = 50, 200
"""The latest attempts that count, and the latest runs in which they are searched."""
MOST_ATTEMPTS = 2_000_000
FAILED = "failed"


class Typical(StrEnum):
    """Which of the past durations is expected."""

    MEDIAN = "median"
    P90 = "p90"

    def of(self, durations: Sequence[timedelta]) -> timedelta:
        ordered, count = sorted(durations), len(durations)
        if self is Typical.MEDIAN:
            return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
        return ordered[math.ceil(0.9 * count) - 1]


@dataclass(frozen=True, slots=True)
class Assumption:
    duration: timedelta | None = None
    fails: bool = False


def read_assumptions(
    given: Sequence[tuple[str, str]], tasks: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], Assumption]:
    """What is assumed of each (workflow, task). `tasks`: those of each workflow. InvalidInput for unknown names."""
    found: dict[tuple[str, str], Assumption] = {}
    for name, value in given:
        for key in _tasks_named(name, tasks):
            before = found.get(key, Assumption())
            if value == FAILED:
                found[key] = Assumption(before.duration, fails=True)
            else:
                seconds = parse_duration(value, f"duration assumed of {name}")
                found[key] = Assumption(timedelta(seconds=seconds), before.fails)
    return found


def _tasks_named(name: str, tasks: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """A task of each workflow that has it, one task as WORKFLOW.TASK, or the only task of a workflow."""
    keys = [(workflow, task) for workflow, own in tasks.items() for task in own]
    if named := [key for key in keys if name in (key[1], ".".join(key))]:
        return named
    own = tasks.get(name)
    if own is None:
        names = dict.fromkeys(words for key in keys for words in (key[1], ".".join(key)))
        near = get_close_matches(name, names, 1)
        advice = f"did you mean {near[0]!r}?" if near else "write TASK, or WORKFLOW.TASK."
        raise InvalidInput(f"There is no task {name[:100]!r} to assume anything of; {advice}")
    if len(own) != 1:
        which = f"write for example {name}.{own[0]}" if own else "assume it of another"
        raise InvalidInput(f"{name!r} is a workflow with {len(own)} tasks; {which}.")
    return [(name, own[0])]


class Durations:
    """Reads the history of a workflow when its first run starts. `without_history`: the tasks that have none."""

    def __init__(self, home: Database, typical: Typical, assumptions: Mapping[tuple[str, str], Assumption]) -> None:
        self._home = home
        self._typical = typical
        self._assumptions = assumptions
        self._known: dict[str, dict[str, timedelta]] = {}
        self._attempts = 0
        self.without_history: set[str] = set()

    def expect(self, spec: AttemptSpec) -> Expected:
        self._attempts += 1
        if self._attempts > MOST_ATTEMPTS:
            raise InvalidInput(f"The simulation has more than {MOST_ATTEMPTS:,} attempts; choose a shorter time.")
        workflow, task = spec.values[WORKFLOW], spec.task.id
        assumed = self._assumptions.get((workflow, task), Assumption())
        failure = "assumed to fail" if assumed.fails else ""
        if assumed.duration is not None:
            return Expected(assumed.duration, failure)
        if workflow not in self._known:
            self._known[workflow] = self._read(workflow)
        duration = self._known[workflow].get(task)
        if duration is None:
            self.without_history.add(f"{workflow}.{task}")
        return Expected(UNKNOWN if duration is None else duration, failure)

    def _read(self, workflow: str) -> dict[str, timedelta]:
        spans: dict[str, list[timedelta]] = defaultdict(list)
        for span in self._home.read(lambda db: succeeded_spans(db, workflow, ATTEMPTS, RUNS)):
            spans[span.task_id].append(max(span.finished_at - span.started_at, timedelta()))
        return {task: self._typical.of(durations) for task, durations in spans.items()}
