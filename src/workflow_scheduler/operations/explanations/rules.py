"""The rules of one schedule: which times match, and what becomes of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import DueFire, Schedule
from workflow_scheduler.engine.planner import calendars_of, due_times_of
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.bounds import end_of, start_of
from workflow_scheduler.triggers.due_times import DueTimes
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.mismatch import mismatches

from .trail import clock

__all__ = ["Rules", "rules_of"]

_TICK = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_LONGEST = timedelta(days=400)
"""How far back the fire before a time is searched."""


@dataclass(frozen=True, slots=True)
class Rules:
    schedule: Schedule
    nominal: Trigger
    due: DueTimes

    def near(self, at: datetime) -> DueFire | None:
        """The fire that is due then or has that nominal time; for a time without seconds, one within the minute."""
        until = at if at.second else at + _MINUTE - _TICK
        if (fires := self.due.fires(at - _TICK, until)) and self.schedule.adjusted:
            return fires[0]
        moment = self.nominal.next_after(at - _TICK)
        return None if moment is None or moment > until else self.place(moment)

    def place(self, nominal: datetime) -> DueFire:
        return self.due.place(nominal) if self.schedule.adjusted else DueFire(nominal, nominal)

    def next(self, after: datetime) -> DueFire | None:
        """The next fire by its due time, even if it does not run."""
        return next(iter(self.due.coming(after, 1)), None)

    def outside(self, nominal: datetime) -> str:
        """Why a time that matches does not count: it is before `from` or after `until`."""
        policies, zone = self.schedule.policies, self.schedule.timezone
        if policies.from_ and nominal < start_of(policies.from_, zone):
            return f"the schedule begins {policies.from_}"
        if policies.until and nominal > end_of(policies.until, zone):
            return f"the schedule ended {policies.until}"
        return ""

    def mismatch(self, at: datetime) -> str:
        """Why it does not fire then, with the nearest fires."""
        parts = mismatches(self.schedule.spec, self.schedule.timezone, at)
        before, after = self.nearest(at)
        zone = self.schedule.timezone
        parts += [
            f"the {word} fire is {clock(fire, zone)}" for word, fire in (("previous", before), ("next", after)) if fire
        ]
        return "; ".join(parts) or "it fires at no such time"

    def nearest(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """The nominal times before and after."""
        earlier = self.nominal.latest(at - _LONGEST, at - _TICK, 1)
        return (earlier[-1] if earlier else None), self.nominal.next_after(at)


def rules_of(db: Connection, schedule: Schedule) -> Rules:
    """InvalidInput if it cannot be read."""
    calendars = calendars_of(db, [schedule])
    due = due_times_of(schedule, calendars)
    days = calendars.get(schedule.policies.calendar or "")
    return Rules(schedule, build(dict(schedule.spec), schedule.timezone, days), due)
