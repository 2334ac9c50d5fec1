"""Which durations of a workflow and its tasks are usual, and typical, by their history; read at most once a minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from workflow_scheduler.domain.usual import SAMPLES, Usual, learn, same_class
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_durations import succeeded_runs, succeeded_spans

__all__ = ["UsualDurations"]

_RUNS, _ATTEMPTS = 200, 100
"""The newest runs, and attempts of each task, among which those of a weekday class are searched."""
_FRESH = timedelta(minutes=1)
_KEPT = 500
_Spans = Sequence[tuple[datetime, datetime]]


class UsualDurations:
    """Those of a run are under the empty name."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Mapping[str, _Spans]]] = {}

    def usual(self, db: Connection, workflow_id: str, task_id: str, at: datetime, timezone: str) -> Usual | str:
        """What was usual on such a day before that time; as a text if too little is known."""
        spans = [span for span in self._spans(db, workflow_id, at).get(task_id, ()) if span[0] < at]
        fits = same_class((started for started, _ in spans), at, timezone)
        return learn([_seconds(span) for span, same in zip(spans, fits, strict=True) if same])

    def medians(self, db: Connection, workflow_id: str, at: datetime) -> dict[str, float]:
        """The median seconds of each task's newest successes."""
        spans = self._spans(db, workflow_id, at)
        return {task: median(map(_seconds, found[:SAMPLES])) for task, found in spans.items() if task}

    def _spans(self, db: Connection, workflow_id: str, now: datetime) -> Mapping[str, _Spans]:
        known = self._known.get(workflow_id)
        if known is None or not known[0] <= now < known[0] + _FRESH:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[workflow_id] = now, self._read(db, workflow_id)
        return known[1]

    @staticmethod
    def _read(db: Connection, workflow_id: str) -> Mapping[str, _Spans]:
        spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        spans[""] = succeeded_runs(db, workflow_id, _RUNS)
        for span in succeeded_spans(db, workflow_id, _ATTEMPTS, _ATTEMPTS):
            spans[span.task_id].append((span.started_at, span.finished_at))
        return {name: sorted(found, reverse=True) for name, found in spans.items() if found}


def _seconds(span: tuple[datetime, datetime]) -> float:
    return max(0.0, (span[1] - span[0]).total_seconds())
