"""The deadlines that fires get with their disposition: of runs that are to start, and of those that never will. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.deadlines import (
    ScheduleDeadlines,
    WorkflowDeadlines,
    in_force,
    named_calendar,
    parse_finish_by,
)
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import Disposition, Fire, Schedule
from workflow_scheduler.storage.catalog import Newest
from workflow_scheduler.triggers.finish_by import finish_by

from .accounting import Accounting
from .lengths import WHILE_SHORT

__all__ = ["Asked", "calendars_named", "deadlines_asked", "deadlines_of"]

_NOT_LATE = (Disposition.SKIPPED_PAUSED, Disposition.SKIPPED_CALENDAR, Disposition.SKIPPED_REQUEST)
"""What a person or a calendar wanted is not late."""
_NOTHING = (ScheduleDeadlines(), WorkflowDeadlines())


class Asked(NamedTuple):
    """The fires of a schedule with the deadlines that they have."""

    accounting: Accounting
    deadlines: ScheduleDeadlines
    tasks: Mapping[str, str]
    """By when which task has to finish."""


def deadlines_asked(done: Collection[Accounting], newest: Mapping[str, Newest]) -> list[Asked]:
    """Those of the accountings that have deadlines."""
    asked = []
    for accounting in done:
        own, of_workflow = accounting.schedule.policies.deadlines, newest[accounting.schedule.workflow_id].deadlines
        if not accounting.fires or (of_workflow is None and own == _NOTHING[0]):
            continue
        workflow, tasks = of_workflow or (_NOTHING[1], {})
        asked.append(Asked(accounting, in_force(workflow, own), tasks))
    return asked


def calendars_named(asked: Collection[Asked]) -> set[str]:
    """The calendars that count the business days of these deadlines."""
    texts = [text for one in asked for text in (one.deadlines.finish_by, *one.tasks.values())]
    return {calendar for text in texts if (calendar := named_calendar(text)) is not None}


def deadlines_of(
    accounting: Accounting,
    deadlines: ScheduleDeadlines,
    tasks: Mapping[str, str],
    begun: Collection[str],
    calendars: Mapping[str, Days],
) -> Iterator[Deadline]:
    """A row for each fire and kind. `begun`: the runs that were created; a fire that one run covers has that run's."""
    covering = next((fire.run_id for fire in reversed(accounting.fires) if fire.run_id in begun), None)
    for fire in accounting.fires:
        if fire.disposition in _NOT_LATE or (fire.run_id is not None and fire.run_id not in begun):
            continue
        run_id = fire.run_id or (covering if fire.disposition is Disposition.COALESCED else None)
        yield from _of_fire(accounting.schedule, fire, run_id, deadlines, tasks, calendars)


def _of_fire(
    schedule: Schedule,
    fire: Fire,
    run_id: str | None,
    deadlines: ScheduleDeadlines,
    tasks: Mapping[str, str],
    calendars: Mapping[str, Days],
) -> Iterator[Deadline]:
    due = fire.due or fire.nominal

    def row(kind: DeadlineKind, at: datetime, look: datetime, task: str = "", seconds: float | None = None) -> Deadline:
        return Deadline(  # by position: planning spends its time here
            *(kind, schedule.workflow_id, at, look, DeadlineState.OPEN, schedule.id, fire.nominal, run_id, task),
            *(schedule.timezone, fire.count, seconds),
        )

    if (within := deadlines.start_within) is not None:
        at = due + timedelta(seconds=within)
        yield row(DeadlineKind.START_WITHIN, at, at, seconds=within)
    for task, text in (("", deadlines.finish_by), *tasks.items()):
        if text is None:
            continue
        try:
            at = finish_by(parse_finish_by(text), fire.nominal, due, schedule.timezone, calendars)
        except InvalidInput as error:
            void = row(DeadlineKind.FINISH_BY, due, due, task)
            yield replace(void, state=DeadlineState.VOID, reason=str(error), look=None)
            continue
        # Whether a run is at risk is judged soon, when most are through, and then when its rest no longer fits.
        soon = not task and fire.disposition is Disposition.QUEUED
        yield row(DeadlineKind.FINISH_BY, at, min(at, due + WHILE_SHORT) if soon else at, task)
