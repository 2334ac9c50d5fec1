"""Plans a backfill: each past time of the range with what happened at it, and what will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.backfill import MOST_MOMENTS, TO_RETRY, BackfillFire, Only, Order
from workflow_scheduler.domain.calendar import SEARCHED, Days
from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.domain.schedule import DueFire, Fire, Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine.planner import calendars_of
from workflow_scheduler.operations.lookup import existing_workflow
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.storage import catalog, queries_backfills, versions
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.bounds import end_of, start_of

from .moments import past_fires
from .request import BackfillRequest
from .rows import BackfillPlan, Outlook, PlannedMoment

__all__ = ["Planned", "plan", "plan_backfill"]


class Planned(NamedTuple):
    """`version`, `as_of`: of the workflow, if it is not the newest."""

    plan: BackfillPlan
    schedules: Sequence[Schedule]
    fires: Sequence[BackfillFire]
    version: int | None
    as_of: datetime | None


def plan_backfill(database: Database, request: BackfillRequest, now: datetime) -> BackfillPlan:
    """What the backfill would do; nothing is changed."""
    return database.read(lambda db: plan(db, request, now)).plan


def plan(db: Connection, request: BackfillRequest, now: datetime) -> Planned:
    workflow = existing_workflow(db, request.workflow_id)
    schedules, notes = _schedules(db, request)
    as_of, version = _version(db, request, schedules)
    if version is not None:
        workflow = versions.find_version(db, workflow.id, version)
    if not workflow.tasks:
        raise Refused(f"{workflow.id!r} has no tasks yet", hint=f"add one with 'scheduler task add {workflow.id}'")
    ranges = {schedule.id: _range(schedule, request, now) for schedule in schedules}
    if any(end_of(request.end, schedule.timezone) > now for schedule in schedules):
        notes.append("The range ends now: times to come are left to the schedule.")
    calendars = calendars_of(db, schedules)
    found = [
        (schedule, fire)
        for schedule in schedules
        for fire in past_fires(schedule, calendars, *ranges[schedule.id], now)
    ]
    if len(found) > MOST_MOMENTS:
        raise InvalidInput(
            f"The range has {len(found):,} times, and a backfill has at most {MOST_MOMENTS:,}; choose a shorter one."
        )
    found.sort(key=lambda pair: (pair[1].nominal, pair[0].id), reverse=request.order is Order.NEWEST)
    moments = list(_judged(db, request, found, ranges))
    fires = [
        BackfillFire(moment.schedule_id, moment.nominal_utc, None if fire.due == fire.nominal else fire.due)
        for (_, fire), moment in zip(found, moments, strict=True)
        if moment.outlook is Outlook.WILL_RUN
    ]
    notes += _misfits(workflow, request, schedules, fires, calendars)
    newest = catalog.versions_of(db, [workflow.id])[workflow.id]
    answer = BackfillPlan(
        workflow.id, version or newest, len(fires), len(moments) - len(fires), tuple(notes), tuple(moments)
    )
    return Planned(answer, schedules, fires, version, as_of)


def _schedules(db: Connection, request: BackfillRequest) -> tuple[list[Schedule], list[str]]:
    """Those whose times are run, and a sentence for each that has none."""
    known = catalog.list_schedules(db, request.workflow_id)
    if not known:
        raise Refused(
            f"{request.workflow_id!r} has no schedule, so it has no past times",
            hint=f"run it for one time with 'scheduler run {request.workflow_id} --for TIME'",
        )
    wanted = [schedule for schedule in known if request.schedule_id in (None, schedule.id)]
    if not wanted:
        names = ", ".join(schedule.id for schedule in known)
        raise NotFound(f"{request.workflow_id!r} has no schedule {request.schedule_id!r}; there are: {names}.")
    timed = [schedule for schedule in wanted if "at_start" not in schedule.spec]
    if not timed:
        raise Refused(f"{wanted[0].id} runs when something starts, so it has no past times; choose another schedule.")
    for schedule in timed:
        if problem := problem_with(schedule):
            raise InvalidInput(f"The schedule {schedule.id!r} cannot fire: {problem}")
    return timed, [
        f"{schedule.id} is left out: it runs when something starts, and has no past times."
        for schedule in wanted
        if schedule not in timed
    ]


def _version(
    db: Connection, request: BackfillRequest, schedules: Sequence[Schedule]
) -> tuple[datetime | None, int | None]:
    if request.as_of is None:
        return None, None
    as_of = end_of(request.as_of, schedules[0].timezone)
    version = versions.version_at(db, request.workflow_id, as_of)
    if version is None:
        raise Refused(f"{request.workflow_id!r} did not exist at {request.as_of}; choose a later time.")
    return as_of, version


def _range(schedule: Schedule, request: BackfillRequest, now: datetime) -> tuple[datetime, datetime]:
    start, end = start_of(request.start, schedule.timezone), end_of(request.end, schedule.timezone)
    if start > end:
        raise InvalidInput(f"The range ends ({request.end}) before it begins ({request.start}).")
    if start > now:
        raise InvalidInput(f"{request.start} is in the future; choose a range of past times.")
    return start, min(end, now)


def _judged(
    db: Connection,
    request: BackfillRequest,
    found: Sequence[tuple[Schedule, DueFire]],
    ranges: Mapping[str, tuple[datetime, datetime]],
) -> Iterator[PlannedMoment]:
    claimed = queries_backfills.claimed_fires(db, list(ranges))
    first, last = min(start for start, _ in ranges.values()), max(end for _, end in ranges.values())
    # A calendar may have moved a fire to a day before its nominal time.
    earliest = first - timedelta(days=SEARCHED + 1)
    runs = queries_backfills.runs_at(db, request.workflow_id, list(ranges), first, last, earliest)
    passed = {name: fire_store.dispositions(db, name, *span) for name, span in ranges.items()}
    for schedule, fire in found:
        key = schedule.id, fire.nominal
        run_id, state = runs.get(key, (None, None))
        outlook, what = _outlook(request.only, fire, state, claimed.get(key))
        disposition = None if run_id else _disposition(passed[schedule.id], fire.nominal)
        yield PlannedMoment(fire.nominal, schedule.timezone, schedule.id, run_id, state, disposition, outlook, what)


def _outlook(only: Only, fire: DueFire, state: RunState | None, backfill_id: str | None) -> tuple[Outlook, str]:
    if not fire.runs:
        return Outlook.NOT_OPEN, f"left out: {fire.why}"
    if backfill_id is not None:
        return Outlook.IN_BACKFILL, f"left out: in backfill {backfill_id}"
    if state is not None and (only is Only.MISSING or (only is Only.FAILED and state not in TO_RETRY)):
        return Outlook.HAS_RUN, f"left out: {state.value}"
    if state is None and only is Only.FAILED:
        return Outlook.HAS_NO_RUN, "left out: no run"
    return Outlook.WILL_RUN, "will run"


def _disposition(passed: Sequence[Fire], nominal: datetime) -> str | None:
    return next(
        (fire.disposition.value for fire in passed if fire.nominal <= nominal <= (fire.until or fire.nominal)), None
    )


def _misfits(
    workflow: Workflow,
    request: BackfillRequest,
    schedules: Sequence[Schedule],
    fires: Sequence[BackfillFire],
    calendars: Mapping[str, Days],
) -> Iterator[str]:
    """A sentence for each schedule some of whose runs will fail for their values. WrongParameters if all of them would."""
    for schedule in schedules:
        values = {**schedule.policies.params, **request.params}
        own = [fire for fire in fires if fire.schedule_id == schedule.id]
        if not own or not (workflow.params or values):
            continue
        zone, days = ZoneInfo(schedule.timezone), calendars.get(schedule.policies.calendar or "")
        read, errors = workflow.read_by_cmd(), []
        for fire in own:
            moment = Moment.within(fire.nominal, schedule.timezone, days)
            try:
                resolve(workflow.params, values, moment, for_cmd=read)
            except InvalidInput as error:
                errors.append((fire.nominal.astimezone(zone), error))
        if len(errors) == len(own):
            raise errors[0][1]
        if errors:
            count = "1 run" if len(errors) == 1 else f"{len(errors):,} runs"
            time, why = errors[0]
            yield f"{count} of {schedule.id} will fail, first that of {time:%Y-%m-%d %H:%M}: {why}"
