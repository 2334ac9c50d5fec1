"""A calendar of all schedules: past and upcoming fires, listed and counted by day or hour."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.run import Run
from workflow_scheduler.domain.schedule import Disposition, Schedule
from workflow_scheduler.engine.planner import calendars_of, trigger_of
from workflow_scheduler.operations.timestamps import signed
from workflow_scheduler.storage import calendar as store
from workflow_scheduler.storage import catalog, queries_runs, queries_schedules
from workflow_scheduler.storage.calendar import Group
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.queries_deadlines import missed_of_fires
from workflow_scheduler.triggers.base import Shift, Trigger
from workflow_scheduler.triggers.due_times import DueTimes
from workflow_scheduler.triggers.spec import check_zone
from workflow_scheduler.triggers.wall_clock import instant_of

from .calendar_rows import Calendar, ComingEntry, PastEntry, Total

__all__ = ["MOST_ENTRIES", "Per", "calendar"]

Per = Literal["day", "hour"]
LONGEST = {"day": timedelta(days=62), "hour": timedelta(days=3)}
FREQUENT = 6
"""More fires of one schedule in a day or hour are merged into one entry with a count."""
MOST_ENTRIES = 5000
MOST_SCHEDULES = 2000
MOST_STEPS = 100_000
"""After this many fires found one by one, the rest is not counted."""
CAUGHT_UP_WITHIN = timedelta(days=2)
"""Runs caught up later than this are not searched among the due ones."""
_TICK = timedelta(microseconds=1)


def calendar(
    database: Database,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    per: Per = "day",
    timezone: str = "UTC",
    entries: int = MOST_ENTRIES,
) -> Calendar:
    """Totals by days of a zone, or by hours, and up to `entries` entries.

    `truncated`: some entries are not listed; the totals include them. `complete`: whether the totals include every fire; false only with thousands of schedules.
    """
    check_zone(timezone)
    if not start < end <= start + LONGEST[per]:
        raise InvalidInput(f"The calendar shows at most {LONGEST[per].days} days by {per}; choose a shorter span.")
    edges = _edges(start.astimezone(UTC), end.astimezone(UTC), per, ZoneInfo(timezone))

    def work(db: Connection) -> tuple[_Past, list[Schedule], Mapping[str, Days]]:
        past = _Past(db if start < now else None, edges, entries)
        schedules = queries_schedules.coming(db, end, MOST_SCHEDULES) if end > now else []
        return past, schedules, calendars_of(db, schedules)

    past, schedules, calendars = database.read(work)
    coming = _Coming(edges, now, entries, calendars)
    for schedule in schedules:
        coming.add(schedule)
    return Calendar(
        from_=start,
        to=end,
        past=tuple(past.entries),
        coming=tuple(sorted(coming.entries, key=lambda entry: (entry.utc, entry.schedule_id))),
        totals=tuple(
            Total(from_=low, to=high, states=past.totals[at], due=coming.totals[at])
            for at, (low, high) in enumerate(pairwise(edges))
        ),
        truncated=past.truncated or coming.truncated,
        complete=not coming.tired and len(schedules) < MOST_SCHEDULES,
    )


def _edges(start: datetime, end: datetime, per: Per, zone: ZoneInfo) -> list[datetime]:
    """Start, end, and the beginnings of days of the zone, or of hours, between them."""
    edges = [start]
    if per == "hour":
        edge = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        while edge < end:
            edges.append(edge)
            edge += timedelta(hours=1)
    else:
        midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        while (edge := instant_of(midnight := midnight + timedelta(days=1), zone)) < end:
            if edge > edges[-1]:
                edges.append(edge)
    return [*edges, end]


class _Past:
    """Past fires between the edges: entries, and totals by state."""

    def __init__(self, db: Connection | None, edges: Sequence[datetime], most: int) -> None:
        self.entries: list[PastEntry] = []
        self.totals: list[dict[str, int]] = [{} for _ in edges[1:]]
        self.truncated = False
        if db is None:
            return
        until = edges[-1] + CAUGHT_UP_WITHIN
        for stretch, state, count in (*store.run_totals(db, edges, until), *store.passed_over_totals(db, edges)):
            self.totals[stretch][state] = count
        if most == 0:
            self.truncated = any(self.totals)
            return
        often = store.run_groups(db, edges, until, FREQUENT + 1, most)
        frequent = {group.schedule_id for group in often}
        runs = queries_runs.scheduled_runs(db, edges[0], edges[-1], until, most, frequent)
        skipped = store.passed_over_groups(db, edges, most)
        self.truncated = most in (len(often), len(runs), len(skipped))
        shifts = _Shifts(db, {*(run.schedule_id or "" for run in runs), *(group.schedule_id for group in skipped)})
        late = missed_of_fires(db, edges[0], until, most)
        self.entries += [_of_run(run, shifts, late) for run in runs]
        self.entries += [_of_group(group, Disposition.QUEUED.value, group.state, shifts) for group in often]
        self.entries += [_of_group(group, group.state, None, shifts) for group in skipped]
        self.entries.sort(key=lambda entry: entry.nominal_utc)
        self.truncated = self.truncated or len(self.entries) > most
        del self.entries[most:]


def _of_run(run: Run, shifts: _Shifts, late: Mapping[tuple[str, datetime], str]) -> PastEntry:
    change, note = shifts.of(run.schedule_id or "", run.nominal)
    return PastEntry(
        schedule_id=run.schedule_id or "",
        workflow_id=run.workflow_id,
        nominal_utc=run.nominal or run.queued_at,  # each run of a schedule has its due time
        disposition=Disposition.QUEUED.value,
        run_id=run.id,
        state=run.state.value,
        reason=run.reason,
        until_utc=None,
        count=1,
        clock_change=change,
        note="; ".join(part for part in (run.cause if run.due else "", note) if part),
        due_utc=run.due,
        late=late.get((run.schedule_id or "", run.nominal or run.queued_at), ""),
    )


def _of_group(group: Group, disposition: str, state: str | None, shifts: _Shifts) -> PastEntry:
    single = group.count == 1
    change, note = shifts.of(group.schedule_id, group.first if single else None)
    return PastEntry(
        schedule_id=group.schedule_id,
        workflow_id=group.workflow_id,
        nominal_utc=group.first,
        disposition=disposition,
        run_id=None,
        state=state,
        reason=group.reason,
        until_utc=None if single else group.last,
        count=group.count,
        clock_change=change,
        note=note,
    )


class _Shifts:
    """The effects of clock changes on past fires whose schedules still exist unchanged."""

    def __init__(self, db: Connection, schedule_ids: set[str]) -> None:
        self._triggers: dict[str, Trigger] = {}
        schedules = catalog.find_schedules(db, schedule_ids)
        calendars = calendars_of(db, schedules)
        for schedule in schedules:
            if (trigger := _trigger(schedule, calendars)) is not None:
                self._triggers[schedule.id] = trigger

    def of(self, schedule_id: str, fire: datetime | None) -> tuple[str | None, str]:
        """The clock change before a fire, and its effect."""
        trigger = self._triggers.get(schedule_id)
        if trigger is None or fire is None or (shift := trigger.shift(fire)) is None:
            return _marked(None)
        return _marked(shift if trigger.next_after(fire - _TICK) == fire else None)


def _marked(shift: Shift | None) -> tuple[str | None, str]:
    return (signed(shift.change), shift.words) if shift else (None, "")


def _trigger(schedule: Schedule, calendars: Mapping[str, Days]) -> Trigger | None:
    try:
        return trigger_of(schedule, calendars)
    except InvalidInput:
        return None


class _Coming:
    """Upcoming fires between the edges: entries and totals."""

    def __init__(self, edges: Sequence[datetime], now: datetime, most: int, calendars: Mapping[str, Days]) -> None:
        self._calendars = calendars
        self._most = most
        self.entries: list[ComingEntry] = []
        self.totals = [0] * (len(edges) - 1)
        self.truncated = False
        self.tired = False
        self._steps = 0
        self._edges = edges
        # A fire at the very start counts, unless the start is now: that one has a disposition or gets it from `next_due`.
        self._after = max(edges[0] - _TICK, now)

    def add(self, schedule: Schedule) -> None:
        trigger = _trigger(schedule, self._calendars)
        if trigger is None or self.tired:
            return
        if isinstance(trigger, DueTimes):
            self._add_adjusted(schedule, trigger)
            return
        due = schedule.planner.next_due
        first = due if due and due > self._after else trigger.next_after(self._after)
        for stretch, fires, count in self._stretches(trigger, first):
            self.totals[stretch] += count
            if len(self.entries) >= self._most:
                self.truncated = True
                continue
            several = count > len(fires)
            for fire in fires[:1] if several else fires:
                change, note = _marked(None if several else trigger.shift(fire))
                self.entries.append(
                    ComingEntry(
                        schedule_id=schedule.id,
                        workflow_id=schedule.workflow_id,
                        utc=fire,
                        until_utc=fires[-1] if several else None,
                        count=count if several else 1,
                        clock_change=change,
                        note=note,
                    )
                )

    def _add_adjusted(self, schedule: Schedule, trigger: DueTimes) -> None:
        """The same with what moves or skips a fire; one that is skipped is listed, and not counted as due."""
        until = self._edges[-1] - _TICK
        for (stretch, why, runs), series in groupby(
            trigger.fires(self._after, until),
            lambda fire: (bisect_right(self._edges, fire.due) - 1, fire.why, fire.runs),
        ):
            fires = list(series)
            self._steps += len(fires)
            self.totals[stretch] += len(fires) if runs else 0
            several = len(fires) > FREQUENT
            for fire in fires[:1] if several else fires:
                if len(self.entries) >= self._most:
                    self.truncated = True
                    break
                change, note = _marked(None if several else trigger.shift(fire.nominal))
                self.entries.append(
                    ComingEntry(
                        schedule_id=schedule.id,
                        workflow_id=schedule.workflow_id,
                        utc=fire.due,
                        until_utc=fires[-1].due if several else None,
                        count=len(fires) if several else 1,
                        clock_change=change,
                        note="; ".join(part for part in (why, note) if part),
                        nominal_utc=fire.nominal if fire.nominal != fire.due else None,
                        disposition=None if runs else fire.disposition.value,
                    )
                )
        self.tired = self._steps > MOST_STEPS

    def _stretches(self, trigger: Trigger, first: datetime | None) -> Iterator[tuple[int, list[datetime], int]]:
        """For each stretch the fires and their count; for many, only the first and last, and a computed count."""
        following, often = first, False
        while following is not None and following < self._edges[-1] and not self.tired:
            stretch = bisect_right(self._edges, following) - 1
            before, until = following - _TICK, self._edges[stretch + 1] - _TICK
            # Schedules that were frequent in the previous stretch are counted first, and usually need not be enumerated.
            fires = [] if often else self._walk(trigger, following, until)
            count = trigger.count(before, until) if often or len(fires) > FREQUENT else len(fires)
            often = count > FREQUENT
            if often:
                fires = [following, trigger.latest(before, until, 1)[-1]]
            yield stretch, fires or self._walk(trigger, following, until), count
            following = trigger.next_after(until)
            self.tired = self._steps > MOST_STEPS

    def _walk(self, trigger: Trigger, first: datetime, until: datetime) -> list[datetime]:
        """The fires from the first on; one more than are listed is enough."""
        fires = [first]
        while len(fires) <= FREQUENT and (fire := trigger.next_after(fires[-1])) is not None and fire <= until:
            fires.append(fire)
        self._steps += len(fires)
        return fires
