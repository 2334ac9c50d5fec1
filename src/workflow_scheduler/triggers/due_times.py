"""From nominal to due: bounds, requested skips, a pause with an end, closed days and jitter.

A fire's identity stays its nominal time. What becomes of it depends only on the schedule and on the rows of its calendar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import SEARCHED, Days, Move
from workflow_scheduler.domain.policies import Collide, OnClosed
from workflow_scheduler.domain.schedule import Disposition, DueFire, Schedule

from .base import Shift, Span, Trigger
from .bounds import end_of, start_of
from .wall_clock import instant_of

__all__ = ["MOST_FIRES", "SETTLED", "DueTimes", "jitter_of"]

_FEW = 40
"""Fires of a span that are walked through before they are counted."""
MOST_FIRES = 5_000
"""At most this many fires of a span are told apart; those before them are one row."""
SETTLED = ""
"""Among the requested skips, the reason of a fire that has its disposition already."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_MOVED_BACK = (OnClosed.PREVIOUS, OnClosed.NEXT_IN_MONTH)
_MOVED_ON = (OnClosed.NEXT, OnClosed.NEXT_IN_MONTH)


def jitter_of(schedule_id: str, nominal: datetime, most: float) -> timedelta:
    """A delay of whole seconds from 0 to `most`: always the same for the same fire."""
    digest = hashlib.sha256(f"{schedule_id}\0{nominal.timestamp():.6f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (int(most) + 1))


class DueTimes(Trigger):
    """The due times of an adjusted schedule, on the trigger of its nominal ones. `days`: of its calendar, if it has one."""

    __slots__ = (
        "_bounds",
        "_days",
        "_end",
        "_moves",
        "_nominal",
        "_policies",
        "_resumes",
        "_schedule",
        "_skips",
        "_start",
        "_survivors",
        "_zone",
    )

    def __init__(self, schedule: Schedule, nominal: Trigger, days: Days | None) -> None:
        asked, zone = schedule.policies, schedule.timezone
        self._schedule, self._nominal, self._days, self._policies = schedule, nominal, days, asked
        self._zone = ZoneInfo(zone)
        self._start = start_of(asked.from_, zone) if asked.from_ else None
        self._bounds = [bound for bound in (schedule.planner.since, self._start and self._start - _TICK) if bound]
        self._end = end_of(asked.until, zone) if asked.until else None
        self._resumes = start_of(asked.paused_until, zone) - _TICK if asked.paused_until else None
        self._skips = dict(schedule.planner.skips)
        self._moves: dict[date, Move] = {}
        self._survivors: dict[date, bool] = {}

    def __str__(self) -> str:
        return f"due[{self._nominal}]"

    def next_after(self, moment: datetime) -> datetime | None:
        """When the next run is due; if none is known to come, the first fire that is skipped, so that it gets recorded."""
        best: DueFire | None = None
        skipped: DueFire | None = None
        limit: datetime | None = None
        start = moment
        if self._resumes is not None and self._resumes > moment:
            start = self._resumes  # nothing runs before
        for fire in self._fires_from(self._earliest(start)):
            if limit is not None and fire.nominal > limit:
                break
            if fire.due <= start:
                if fire.due > moment and not fire.runs:
                    skipped = skipped or fire
                continue
            if fire.runs:
                if best is None or fire.due < best.due:
                    best = fire
                    limit = self._latest(fire.due)
            else:
                skipped = skipped or fire
                if best is None and self._days is not None and self._date(fire.nominal) > self._days.last:
                    break
        if best is not None:
            return best.due
        return skipped.due if skipped else None

    def count(self, after: datetime, until: datetime) -> int:
        return sum(fire.runs for fire in self.fires(after, until))

    def latest(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        return [fire.due for fire in self.fires(after, until) if fire.runs][-most:]

    def span(self, after: datetime, until: datetime) -> Span | None:
        """The nominal times of the fires due in (after, until], those included that do not run."""
        early = self.too_many(after, until)
        nominals = [fire.nominal for fire in self.fires(early.last if early else after, until)]
        if not nominals:
            return early
        first = early.first if early else min(nominals)
        return Span(first, max(nominals), len(nominals) + (early.count if early else 0))

    def shift(self, fire: datetime) -> Shift | None:
        return self._nominal.shift(fire)

    def too_many(self, after: datetime, until: datetime) -> Span | None:
        """The first fires of a span that has more than `MOST_FIRES`, by their nominal times."""
        start, end = self._earliest(after), self._latest(until)
        moment = start
        for _ in range(_FEW):
            following = self._nominal.next_after(moment)
            if following is None or following > end:  # as nearly always, and known without counting
                return None
            moment = following
        if self._nominal.count(start, end) <= MOST_FIRES:
            return None
        cut = self._nominal.latest(start, end, MOST_FIRES)[0] - _TICK
        return self._nominal.span(after, cut) if after < cut else None

    def fires(self, after: datetime, until: datetime) -> list[DueFire]:
        """The fires due in (after, until], in order of their due times, those included that do not run."""
        end = self._latest(until)
        found: list[DueFire] = []
        for fire in self._fires_from(self._earliest(after)):
            if fire.nominal > end:
                break
            if after < fire.due <= until:
                found.append(fire)
        return sorted(found, key=lambda fire: (fire.due, fire.nominal))

    def coming(self, after: datetime, count: int) -> list[DueFire]:
        """The next `count` fires by their due times, those included that do not run."""
        wanted, start = count, self._earliest(after)
        while True:
            nominals: list[datetime] = []
            moment = self._nominal.next_after(start)
            while moment is not None and len(nominals) < wanted and not self._past_the_end(moment):
                nominals.append(moment)
                moment = self._nominal.next_after(moment)
            if not nominals:
                return []
            complete = len(nominals) < wanted or wanted > MOST_FIRES
            # Beyond the last of them others may be due earlier.
            found = self.fires(after, self._latest(nominals[-1]) + self._longest_jitter if complete else nominals[-1])
            if len(found) >= count or complete:
                return found[:count]
            wanted *= 2

    def place(self, nominal: datetime) -> DueFire:
        """What becomes of the fire with that nominal time."""
        fire = DueFire(nominal, nominal) if self._days is None else self._on_open_day(nominal, self._days)
        if fire.runs and (reason := self._skips.get(nominal)) is not None:
            return DueFire(nominal, nominal, Disposition.SKIPPED_REQUEST, reason)
        if fire.runs and self._policies.jitter:
            delay = jitter_of(self._schedule.id, nominal, self._policies.jitter)
            words = f"delayed by {delay}"
            fire = DueFire(nominal, fire.due + delay, why=f"{fire.why}; {words}" if fire.why else words)
        if self._resumes is not None and fire.due <= self._resumes and fire.runs:
            return DueFire(nominal, fire.due, Disposition.SKIPPED_PAUSED, f"paused until {self._policies.paused_until}")
        return fire

    def still_due(self, now: datetime) -> list[DueFire]:
        """The fires that are due after now although their nominal times have passed."""
        found = takewhile(lambda fire: fire.nominal <= now, self._fires_from(self._earliest(now)))
        return [fire for fire in found if fire.due > now]

    def due_already(self, now: datetime) -> list[DueFire]:
        """The fires that were due by now although their nominal times are to come."""
        end = self._latest(now)
        found = takewhile(lambda fire: fire.nominal <= end, self._fires_from(now))
        return [fire for fire in found if fire.due <= now]

    def follows(self, before: datetime, after: datetime) -> bool:
        """Whether one nominal time comes right after the other."""
        return self._nominal.next_after(before) == after

    @property
    def _longest_jitter(self) -> timedelta:
        return timedelta(seconds=self._policies.jitter) + (SEARCHED * _DAY if self._days is not None else timedelta())

    def _past_the_end(self, nominal: datetime) -> bool:
        return (self._end is not None and nominal > self._end) or (
            self._days is not None and self._date(nominal) > self._days.last
        )

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _midnight(self, day: date) -> datetime:
        return instant_of(datetime(day.year, day.month, day.day), self._zone)  # noqa: DTZ001  a wall clock

    def _earliest(self, moment: datetime) -> datetime:
        """No fire with a nominal time up to this one is due after `moment`."""
        start = moment - timedelta(seconds=self._policies.jitter)
        if self._days is None or self._policies.on_closed not in _MOVED_ON:
            return start
        day = self._date(start)
        if self._days.is_open(day) and not self._days.is_closed(day - _DAY):
            return start  # as nearly always: nothing moves to this day
        for _ in range(SEARCHED):
            if not self._days.is_closed(day - _DAY):
                break
            day -= _DAY
        return min(start, self._midnight(day) - _TICK)

    def _latest(self, moment: datetime) -> datetime:
        """No fire with a nominal time after this one is due up to `moment`."""
        if self._days is None or self._policies.on_closed not in _MOVED_BACK:
            return moment
        day = self._date(moment)
        if self._days.is_open(day) and not self._days.is_closed(day + _DAY):
            return moment
        for _ in range(SEARCHED):
            if not self._days.is_closed(day + _DAY):
                break
            day += _DAY
        return max(moment, self._midnight(day + _DAY) - _TICK)

    def _fires_from(self, after: datetime) -> Iterator[DueFire]:
        """Every fire with a nominal time after this one, in order of the nominal times."""
        after = max([after, *self._bounds])
        moment = self._nominal.next_after(after)
        while moment is not None and (self._end is None or moment <= self._end):
            if self._skips.get(moment) != SETTLED:
                yield self.place(moment)
            moment = self._nominal.next_after(moment)

    def _on_open_day(self, nominal: datetime, days: Days) -> DueFire:
        wall = nominal.astimezone(self._zone).replace(tzinfo=None)
        day = wall.date()
        if day not in self._moves:
            self._moves[day] = days.move(day, self._policies.on_closed)
        move = self._moves[day]
        if move.day is None:
            return DueFire(nominal, nominal, Disposition.SKIPPED_CALENDAR, move.why)
        if move.day == day:
            return DueFire(nominal, nominal, why=move.why)
        # The wall time stays; then the rules of changing clocks hold.
        due = instant_of(wall + (move.day - day), self._zone)
        if self._policies.collide is Collide.COALESCE and not self._survives(day, move.day, days):
            return DueFire(nominal, due, Disposition.COALESCED, f"{move.why}, which has a fire already")
        return DueFire(nominal, due, why=move.why)

    def _survives(self, day: date, target: date, days: Days) -> bool:
        """Whether of all fires that meet on the target those of this day run: its own come first, then those moved least."""
        if day not in self._survivors:
            self._survivors[day] = self._is_nearest(day, target, days)
        return self._survivors[day]

    def _is_nearest(self, day: date, target: date, days: Days) -> bool:
        if self._fires_on(target):
            return False
        for distance in range(1, SEARCHED + 1):
            for other in (target - distance * _DAY, target + distance * _DAY):
                if other == day:
                    return True
                moved_here = days.is_closed(other) and days.move(other, self._policies.on_closed).day == target
                if moved_here and self._fires_on(other):
                    return False
        return True

    def _fires_on(self, day: date) -> bool:
        begin, end = self._midnight(day) - _TICK, self._midnight(day + _DAY) - _TICK
        moment = self._nominal.next_after(max(begin, self._start - _TICK) if self._start else begin)
        while moment is not None and moment <= end and (self._end is None or moment <= self._end):
            if moment not in self._skips:
                return True
            moment = self._nominal.next_after(moment)
        return False
