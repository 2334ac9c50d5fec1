"""Reads from the copy what the engine did on it."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.engine.planner import calendars_of, fresh_trigger_of
from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage import queries_simulation as queries
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.due_times import DueTimes

from .rows import SimulatedRun, SimulatedTask, SimulationCounts, SkippedFire

__all__ = ["Results", "read_results"]


@dataclass(frozen=True, slots=True)
class Results:
    counts: SimulationCounts
    runs: tuple[SimulatedRun, ...]
    skipped: tuple[SkippedFire, ...]
    left_out: int


def read_results(
    db: Connection,
    until: datetime,
    holds: Mapping[str, str],
    started: Mapping[tuple[str, str], datetime],
    workflows: Collection[str],
    limit: int,
) -> Results:
    """`holds`: why runs could not start when they were queued. `started`: when the first command of tasks that have not
    ended was started. `workflows`: those to report; all if empty. `limit`: the most runs, and skipped fires, to report."""
    every = list(queries.walk_runs(db))
    schedules = _Schedules(db, every, until)
    chosen = [run for run in every if not workflows or run.workflow_id in workflows]
    missed = queries.missed_deadlines(db)
    judged = [_judged(run, schedules, until, holds, tuple(missed.get(run.id, ()))) for run in chosen]
    kept = [run.id for run in chosen[:limit]]
    tasks = queries.task_spans(db, kept)
    runs = tuple(
        replace(row, tasks=tuple(_task(span, started) for span in tasks[run_id]))
        for run_id, row in zip(kept, judged, strict=False)
    )
    skipped = [fire for fire in schedules.without_run if not workflows or fire.workflow_id in workflows]
    counts = SimulationCounts(
        runs=len(judged),
        workflows=len({row.workflow_id for row in judged}),
        late=sum(row.late is not None for row in judged),
        at_risk=sum(row.late is not None or row.overruns_utc is not None for row in judged),
        failed=sum(row.state == RunState.FAILED for row in judged),
        moved=sum(row.moved for row in judged),
        skipped=sum(fire.count for fire in skipped),
        unfinished=sum(row.finished_at is None for row in judged),
        most_at_once=_most_at_once(every),
    )
    left_out = len(judged) - len(runs) + len(skipped[limit:])
    return Results(counts, runs, tuple(skipped[:limit]), left_out)


class _Schedules:
    """When they were due, and what changes of the clock do to their fires."""

    def __init__(self, db: Connection, runs: Iterable[Run], until: datetime) -> None:
        self._schedules = {schedule.id: schedule for schedule in catalog.list_schedules(db)}
        self._calendars = calendars_of(db, self._schedules.values())
        found = [*queries.fires_without_run(db), *self._not_recorded(db, until)]
        self.without_run = sorted(map(self._skipped, found), key=lambda fire: (fire.nominal_utc, fire.schedule_id))
        self._dues: dict[str, list[datetime]] = defaultdict(list)
        for run in runs:
            if run.schedule_id is not None and (due := due_of(run)) is not None:
                self._dues[run.schedule_id].append(due)
        for fire in self.without_run:
            self._dues[fire.schedule_id].append(fire.due_utc)
        for schedule in self._schedules.values():
            if schedule.planner.next_due is not None:
                self._dues[schedule.id].append(schedule.planner.next_due)
        for dues in self._dues.values():
            dues.sort()

    def _not_recorded(self, db: Connection, until: datetime) -> Iterator[queries.FireWithoutRun]:
        """What is skipped before a run after the end is recorded with that run."""
        off = set(queries_workflows.disabled_workflows(db, None))
        paused = planner_store.paused(db)
        for schedule in self._schedules.values():
            trigger, cursor = self._trigger(schedule.id), schedule.planner.cursor
            fires = schedule.enabled and not paused and schedule.workflow_id not in off
            if fires and isinstance(trigger, DueTimes) and cursor is not None and cursor < until:
                for fire in trigger.fires(cursor, until):
                    if not fire.runs:
                        values = fire.nominal, fire.due, None, 1, fire.disposition.value, fire.why
                        yield queries.FireWithoutRun(schedule.id, *values)

    def next_due(self, schedule_id: str, due: datetime) -> datetime | None:
        dues = self._dues[schedule_id]
        at = bisect_right(dues, due)
        return dues[at] if at < len(dues) else None

    def shift_words(self, schedule_id: str, nominal: datetime) -> str:
        """What a change of the clock does to the fire, as previews say it."""
        trigger = self._trigger(schedule_id)
        shift = trigger.shift(nominal) if trigger is not None else None
        return "" if shift is None else shift.words

    @functools.cache  # noqa: B019  it lives as long as the results are read
    def _trigger(self, schedule_id: str) -> Trigger | None:
        schedule: Schedule | None = self._schedules.get(schedule_id)
        try:
            return None if schedule is None else fresh_trigger_of(schedule, self._calendars)
        except InvalidInput:
            return None

    def _skipped(self, fire: queries.FireWithoutRun) -> SkippedFire:
        schedule = self._schedules.get(fire.schedule_id)
        words = self.shift_words(fire.schedule_id, fire.nominal_utc)
        values = asdict(fire) | {"reason": _joined(fire.reason, words)}
        return SkippedFire(workflow_id=schedule.workflow_id if schedule else "", **values)


def due_of(run: Run) -> datetime | None:
    """When its fire is due; None for a run by hand, a retry or one of a backfill, whose nominal time is past."""
    fired = run.schedule_id is not None and run.backfill_id is None and run.retry_of is None
    return (run.due or run.nominal) if fired else None


def _judged(
    run: Run, schedules: _Schedules, until: datetime, holds: Mapping[str, str], missed: tuple[str, ...]
) -> SimulatedRun:
    due, words, overruns = due_of(run), "", None
    if run.schedule_id is not None and run.nominal is not None and due is not None:
        words = schedules.shift_words(run.schedule_id, run.nominal)
        following = schedules.next_due(run.schedule_id, due)
        if following is not None and (run.finished_at or until) > following:
            overruns = following
    late = None
    if due is not None and (run.started_at or not run.over):
        delay = (run.started_at or until) - due
        late = delay.total_seconds() if delay > LATE else None
    return SimulatedRun(
        workflow_id=run.workflow_id,
        schedule_id=run.schedule_id,
        nominal_utc=run.nominal,
        due_utc=due,
        queued_at=run.queued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        state=run.state.value,
        reason=run.reason if run.over else "",
        note=_joined(run.cause if due is not None else "", words),
        late=late,
        waits_for="" if late is None else holds.get(run.id, ""),
        overruns_utc=overruns,
        missed=missed,
        tasks=(),
    )


def _task(span: queries.TaskSpan, started: Mapping[tuple[str, str], datetime]) -> SimulatedTask:
    return SimulatedTask(
        id=span.id,
        state=span.state,
        reason=span.reason,
        attempts=span.attempts,
        started_at=span.started_at or started.get((span.run_id, span.id)),
        finished_at=span.finished_at,
    )


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _most_at_once(runs: Iterable[Run]) -> int:
    changes: list[tuple[datetime, int]] = []
    for run in runs:
        if run.started_at is not None:
            changes.append((run.started_at, 1))
            changes += [(run.finished_at, -1)] if run.finished_at else []
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
