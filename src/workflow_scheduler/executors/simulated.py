"""Answers for commands that do not run: each attempt takes as long as expected, on a clock that is moved by hand."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey, AttemptState

from .base import AttemptSpec, Outcome, ReportTo
from .exits import not_started

__all__ = ["Expected", "SimulatedExecutor"]

AT_LEAST = timedelta(seconds=1)
"""What is left of a command that has taken longer than expected."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How long an attempt takes, and why it fails; empty if it succeeds."""

    duration: timedelta
    failure: str = ""


class SimulatedExecutor:
    """Commands take a process slot as those of `LocalExecutor` do: the longest waiting first, as soon as one is free.

    Those of other machines start at once: the slots of these are not simulated. `begun`: when the attempts that are adopted
    were started; those that are not there had no process yet.
    """

    def __init__(
        self,
        report: ReportTo,
        expect: Callable[[AttemptSpec], Expected],
        clock: Callable[[], datetime],
        begun: Mapping[AttemptKey, datetime],
    ) -> None:
        self._report = report
        self._expect = expect
        self._clock = clock
        self._begun = begun
        self._most = 0
        self._waiting: dict[AttemptKey, AttemptSpec] = {}
        self._outcomes: dict[AttemptKey, Outcome] = {}
        self._elsewhere: set[AttemptKey] = set()
        self._ends: list[tuple[datetime, AttemptKey]] = []

    @property
    def running(self) -> dict[AttemptKey, datetime]:
        """When each command in progress was started."""
        return {key: outcome.started_at for key, outcome in self._outcomes.items() if outcome.started_at}

    def next_end(self) -> datetime | None:
        """When the next command ends."""
        while self._ends and self._ends[0][1] not in self._outcomes:
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def end_due(self) -> None:
        """Report the commands that have ended, each of which frees its slot for another."""
        now = self._clock()
        while (end := self.next_end()) is not None and end <= now:
            key = heapq.heappop(self._ends)[1]
            self._elsewhere.discard(key)
            self._report(self._outcomes.pop(key))
        self._go_on()

    def limit(self, most: int) -> None:
        self._most = most
        self._go_on()

    def launch(self, spec: AttemptSpec) -> None:
        if spec.place is not None:
            self._start(spec, self._clock())
        else:
            self._waiting[spec.key] = spec
            self._go_on()

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        for spec in specs:
            if spec.key in self._begun:
                self._start(spec, self._begun[spec.key])
            else:
                self.launch(spec)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        now = self._clock()
        for key, reason in reasons.items():
            if self._waiting.pop(key, None) is not None:
                self._report(not_started(key, reason))
            elif (outcome := self._outcomes.pop(key, None)) is not None:
                self._elsewhere.discard(key)
                state = AttemptState.CANCELLED
                self._report(Outcome(key, state, reason, started_at=outcome.started_at, finished_at=now))
        self._go_on()

    def interrupt(self, why: str) -> None:
        """No machine ends in a simulation."""

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        """Nothing runs in a simulation."""
        return {}

    def busy(self) -> bool:
        return bool(self._outcomes)

    def close(self) -> None:
        self._waiting.clear()

    def _go_on(self) -> None:
        while self._waiting and len(self._outcomes) - len(self._elsewhere) < self._most:
            self._start(self._waiting.pop(next(iter(self._waiting))), self._clock())

    def _start(self, spec: AttemptSpec, started: datetime) -> None:
        now = self._clock()
        outcome = _outcome(spec, self._expect(spec), started, now if started == now else now + AT_LEAST)
        self._outcomes[spec.key] = outcome
        if spec.place is not None:
            self._elsewhere.add(spec.key)
        heapq.heappush(self._ends, (outcome.finished_at or now, spec.key))


def _outcome(spec: AttemptSpec, expected: Expected, started: datetime, earliest: datetime) -> Outcome:
    """How the attempt ends if nothing stops it, and not before `earliest`."""
    limit = timedelta.max if spec.task.timeout is None else timedelta(seconds=spec.task.timeout)
    state, reason = AttemptState.SUCCEEDED, "exit code 0"
    if spec.refusal:
        state, reason = AttemptState.FAILED, spec.refusal
    elif expected.duration > limit:
        state, reason = AttemptState.TIMED_OUT, f"stopped after {spec.task.timeout:g} s, its time limit"
    elif expected.failure:
        state, reason = AttemptState.FAILED, expected.failure
    duration = timedelta() if spec.refusal else min(expected.duration, limit)
    code = 0 if state is AttemptState.SUCCEEDED else None
    return Outcome(spec.key, state, reason, code, started, max(started + duration, earliest))
