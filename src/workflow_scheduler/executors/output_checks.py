"""Waits for the output files of attempts whose command ended as expected."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.files import OutputSpec, wait_until_ready

from .aside import Aside, Errand
from .base import AttemptSpec, Outcome, name_of

__all__ = ["OutputChecks"]

LOOK_PATIENCE, CANCEL_PATIENCE = 30.0, 2.0
"""Extra seconds for a check after its time or its cancellation: the file system may be slow."""


class OutputChecks:
    """`end` is told the outcome, from a thread; `stop_reason` says why an attempt was asked to end, if it was."""

    def __init__(self, aside: Aside, end: Callable[[Outcome], None], stop_reason: Callable[[str], str | None]) -> None:
        self._aside = aside
        self._end = end
        self._stop_reason = stop_reason
        self._lock = threading.Lock()
        self._cancelled: dict[str, threading.Event] = {}

    def start(
        self, spec: AttemptSpec, outcome: Outcome, outputs: Sequence[OutputSpec], before: Mapping[str, Any]
    ) -> None:
        """Wait for the files beside everything else. RuntimeError if there are no more threads."""
        name, cancelled = name_of(spec.key), threading.Event()
        with self._lock:
            self._cancelled[name] = cancelled
        if self._stop_reason(name) is not None:
            cancelled.set()
        check = functools.partial(self._check, spec, outcome, outputs, before, cancelled)
        self._aside.start(name, check, spec.task.output_timeout + LOOK_PATIENCE, waits=True)

    def cancel(self, name: str) -> bool:
        """Stop waiting; False if there is no wait."""
        with self._lock:
            cancelled = self._cancelled.get(name)
        if cancelled is None:
            return False
        cancelled.set()
        self._aside.hurry(name, CANCEL_PATIENCE)
        return True

    def forget(self, name: str) -> None:
        with self._lock:
            self._cancelled.pop(name, None)

    def late(self, spec: AttemptSpec, errand: Errand) -> None:
        """The look was given up."""
        stopped = self._stop_reason(errand.name)
        state = AttemptState.CANCELLED if stopped else AttemptState.FAILED
        self._end(Outcome(spec.key, state, stopped or f"gave up {errand.doing}: the file system does not respond"))

    def close(self) -> None:
        with self._lock:
            waiting = list(self._cancelled.values())
        for cancelled in waiting:
            cancelled.set()

    def _check(
        self,
        spec: AttemptSpec,
        outcome: Outcome,
        outputs: Sequence[OutputSpec],
        before: Mapping[str, Any],
        cancelled: threading.Event,
        errand: Errand,
    ) -> None:
        errand.say("checking its output files")
        results = wait_until_ready(outputs, before, spec.task.output_timeout, cancelled=cancelled)
        if not errand.keep():
            return
        missing = [result for result in results if not result.ready]
        state, reason = outcome.state, outcome.reason
        if missing:
            stopped = self._stop_reason(errand.name)
            state = AttemptState.CANCELLED if stopped else AttemptState.FAILED
            reason = stopped or "; ".join(f"output file {result.path} {result.reason}" for result in missing)
        shapes = tuple(
            {name: getattr(result, name) for name in ("path", "proof", "reason", "size", "lines")} for result in results
        )
        self._end(replace(outcome, state=state, reason=reason, finished_at=None, outputs=shapes))
