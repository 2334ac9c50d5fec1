"""Turns elapsed time into fires, each with a disposition and a reason. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.policies import Catchup, Overlap
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import CATCHUP_LIMIT, CAUGHT_UP, Disposition, DueFire, Fire, Schedule
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.due_times import DueTimes

__all__ = ["Accounting", "account", "account_for_late", "account_for_pause"]

_TOO_OLD = "older than the catch-up window"
_TOO_MANY = f"older than the catch-up window or the newest {CATCHUP_LIMIT} missed fires"
_COVERED = "one run covers all missed fires"
_OFF = "missed; catch-up is off"


@dataclass(frozen=True, slots=True)
class Accounting:
    """The fires of one schedule up to now, and the schedule with its cursor moved there."""

    schedule: Schedule
    fires: tuple[Fire, ...]
    replaces: bool = False
    """Its unfinished runs must be cancelled first."""


def account(schedule: Schedule, trigger: Trigger, now: datetime, active: int) -> Accounting:
    """Give every fire in (cursor, now] its disposition. `active`: runs within its overlap scope that have
    not finished."""
    cursor = schedule.planner.cursor or now
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if cursor >= now:
        return Accounting(moved, ())
    if isinstance(trigger, DueTimes):
        passed, chosen = _sort_out(schedule, trigger, cursor, now)
    else:
        passed, chosen = _choose(schedule, trigger, cursor, now)
    return _accounted(moved, passed, chosen, now, active)


def account_for_late(schedule: Schedule, late: Sequence[DueFire], now: datetime, active: int) -> Accounting:
    """Account for fires that are due before now since their rules or their calendar changed."""
    chosen = [fire for fire in late if fire.runs and _caught_up(schedule, fire.due, now)]
    rows: list[Fire] = []
    for fire in late:
        if fire not in chosen:
            fate = _why_passed(schedule, fire.due, now) if fire.runs else (fire.disposition, fire.why)
            rows.append(Fire(schedule.id, fire.nominal, *fate, due=_due_of(fire)))
    return _accounted(schedule, rows, chosen, now, active)


def _accounted(
    schedule: Schedule, passed: Sequence[Fire], chosen: Sequence[DueFire], now: datetime, active: int
) -> Accounting:
    fires = list(passed)
    overlap = schedule.policies.overlap
    waiting = active
    for fire in chosen:
        if overlap is Overlap.SKIP and waiting:
            fate, reason = (
                Disposition.SKIPPED_OVERLAP,
                f"another run of this {schedule.policies.overlap_scope} has not finished",
            )
        # Fires caught up with `all` queue behind each other: only a single fire can be one too many, and only if
        # another one comes after it.
        elif overlap is Overlap.QUEUE and waiting >= 2 and len(chosen) == 1 and schedule.planner.next_due is not None:
            fate, reason = (
                Disposition.SKIPPED_OVERLAP,
                f"one run of this {schedule.policies.overlap_scope} is already waiting",
            )
        else:
            late = now - fire.due
            fate, reason = Disposition.QUEUED, fire.why
            if late > LATE:
                reason = f"{CAUGHT_UP}, {_length(late)} late" + (f"; {fire.why}" if fire.why else "")
            waiting += 1
        run_id = new_run_id(now) if fate is Disposition.QUEUED else None
        fires.append(Fire(schedule.id, fire.nominal, fate, reason, run_id, due=_due_of(fire)))
    replaces = overlap is Overlap.REPLACE and active > 0 and any(fire.run_id for fire in fires)
    return Accounting(schedule, tuple(fires), replaces)


def account_for_pause(schedule: Schedule, trigger: Trigger, now: datetime) -> Accounting:
    """Account for the fires while a schedule was paused: one row for all of them."""
    cursor = schedule.planner.cursor or now
    span = trigger.span(cursor, now) if cursor < now else None
    moved = schedule.at(max(cursor, now), trigger.next_after(max(cursor, now)))
    if span is None:
        return Accounting(moved, ())
    fire = Fire(schedule.id, span.first, Disposition.SKIPPED_PAUSED, "paused", None, span.last, span.count)
    return Accounting(moved, (fire,))


def _choose(schedule: Schedule, trigger: Trigger, cursor: datetime, now: datetime) -> tuple[list[Fire], list[DueFire]]:
    """The fires without a run, and those that get one, of a schedule whose fires are due at their nominal times."""
    span = trigger.span(cursor, now)
    if span is None:
        return [], []
    most = CATCHUP_LIMIT if schedule.policies.catchup is Catchup.ALL else 1
    newest = [span.last] if most == 1 or span.count == 1 else trigger.latest(cursor, now, most)
    chosen = [fire for fire in newest if _caught_up(schedule, fire, now)]
    passed: list[Fire] = []
    if len(chosen) < span.count:
        before = chosen[0] - timedelta(microseconds=1) if chosen else now
        passed = _passed_over(schedule, trigger, cursor, before, now)
    return passed, [DueFire(nominal, nominal) for nominal in chosen]


def _sort_out(
    schedule: Schedule, trigger: DueTimes, cursor: datetime, now: datetime
) -> tuple[list[Fire], list[DueFire]]:
    """The same for an adjusted schedule."""
    early = trigger.too_many(cursor, now)
    found = trigger.fires(early.last if early else cursor, now)
    most = CATCHUP_LIMIT if schedule.policies.catchup is Catchup.ALL else 1
    ready = [fire for fire in found if fire.runs]
    chosen = [fire for fire in ready[-most:] if _caught_up(schedule, fire.due, now)]
    passed = [(fire, fire.disposition, fire.why) for fire in found if not fire.runs]
    passed += [(fire, *_why_passed(schedule, fire.due, now)) for fire in ready if fire not in chosen]
    rows = _rows(schedule, trigger, found, passed)
    if early:
        fate, reason = _why_passed(schedule, early.last, now)
        rows.append(Fire(schedule.id, early.first, fate, reason, None, early.last, early.count))
    return rows, chosen


def _rows(
    schedule: Schedule,
    trigger: DueTimes,
    found: Sequence[DueFire],
    passed: Sequence[tuple[DueFire, Disposition, str]],
) -> list[Fire]:
    """A row for each series of nominal times with the same fate, and none with another between them."""
    fates = {fire: (fate, reason) for fire, fate, reason in passed}
    series: list[list[DueFire]] = []
    for fire in sorted((fire for fire in found if fire in fates), key=lambda fire: fire.nominal):
        last = series[-1][-1] if series else None
        if last is not None and fates[last] == fates[fire] and trigger.follows(last.nominal, fire.nominal):
            series[-1].append(fire)
        else:
            series.append([fire])
    rows: list[Fire] = []
    for fires in series:
        until = fires[-1].nominal if len(fires) > 1 else None
        due = None if until else _due_of(fires[0])
        rows.append(Fire(schedule.id, fires[0].nominal, *fates[fires[0]], None, until, len(fires), due))
    return rows


def _due_of(fire: DueFire) -> datetime | None:
    return None if fire.due == fire.nominal else fire.due


def _why_passed(schedule: Schedule, due: datetime, now: datetime) -> tuple[Disposition, str]:
    """Why a missed fire gets no run."""
    if schedule.policies.catchup is Catchup.ALL:
        return Disposition.SKIPPED_TOO_OLD, _TOO_MANY
    if schedule.policies.catchup is Catchup.NONE:
        return Disposition.SKIPPED_TOO_OLD, _OFF
    if not _caught_up(schedule, due, now):
        return Disposition.SKIPPED_TOO_OLD, _TOO_OLD
    return Disposition.COALESCED, _COVERED


def _caught_up(schedule: Schedule, nominal: datetime, now: datetime) -> bool:
    late = now - nominal
    if schedule.policies.catchup is Catchup.NONE:
        return late <= LATE
    return schedule.policies.catchup_window is None or late <= timedelta(
        seconds=max(schedule.policies.catchup_window, LATE.seconds)
    )


def _passed_over(schedule: Schedule, trigger: Trigger, after: datetime, until: datetime, now: datetime) -> list[Fire]:
    """Rows for the fires without a run: those too old to catch up, then those covered by another."""
    rows: list[tuple[datetime, datetime, Disposition, str]] = []
    if schedule.policies.catchup is Catchup.LATEST:
        edge = after
        if schedule.policies.catchup_window is not None:
            edge = max(
                after, now - timedelta(seconds=max(schedule.policies.catchup_window, LATE.seconds), microseconds=1)
            )
            rows.append((after, min(edge, until), Disposition.SKIPPED_TOO_OLD, _TOO_OLD))
        rows.append((edge, until, Disposition.COALESCED, _COVERED))
    elif schedule.policies.catchup is Catchup.ALL:
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, _TOO_MANY))
    else:
        rows.append((after, until, Disposition.SKIPPED_TOO_OLD, _OFF))
    fires = []
    for start, end, fate, reason in rows:
        if start < end and (span := trigger.span(start, end)) is not None:
            several = span.count > 1
            fires.append(Fire(schedule.id, span.first, fate, reason, None, span.last if several else None, span.count))
    return fires


def _length(late: timedelta) -> str:
    seconds = int(late.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
