"""Schedules, their fires, previews and the calendar."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, create_model

from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.domain.schedule import Disposition
from workflow_scheduler.domain.spec_names import SPEC

from .base import Answer, Identifier, Moment, Request, Text
from .declared import answered, requested

__all__ = [
    "CalendarAnswer",
    "Fire",
    "FireRow",
    "NewSchedule",
    "PauseRequest",
    "PreviewAnswer",
    "PreviewRequest",
    "ScheduleAnswer",
    "ScheduleChange",
    "ScheduleDetail",
    "SchedulePage",
    "ScheduleSaved",
    "SkipAnswer",
    "SkipRequest",
]


_Answered: Any = create_model("ScheduleAnswer", __base__=Answer, **answered(Policies, leave=("enabled",)))


class ScheduleAnswer(_Answered):
    id: Identifier
    workflow_id: str
    description: str = Field(examples=["At 01:00, Monday through Friday"])
    spec: dict[str, Any] = Field(examples=[{"cron": "0 1 * * mon-fri"}])
    timezone: str = Field(examples=["Europe/Berlin"])
    enabled: bool = Field(description="false if the schedule or its workflow is paused")
    paused: bool = Field(description="whether the schedule itself is paused")
    next_utc: Moment | None = Field(description="never in the past")
    overdue_since: Moment | None = Field(None, description="since when a fire is due that was not planned")
    problem: str = Field(description="why the stored schedule cannot be read and does not fire; empty if it can")


class ScheduleSaved(ScheduleAnswer):
    warnings: list[str] = Field(description="probable mistakes in its trigger")


class SchedulePage(Answer):
    items: list[ScheduleAnswer]
    next_cursor: str | None = Field(description="for the parameter cursor; null at the end")


class Fire(Answer):
    utc: Moment
    local: str = Field(examples=["2026-11-24T02:00:00+01:00"])
    clock_change: str | None = Field(
        examples=["+01:00"], description="how much the zone's clock changed since the previous fire"
    )
    note: str = Field(
        "",
        examples=["moved: 02:15 does not exist on this day"],
        description="what moves or skips this fire, or how a change of the clock affects it; empty if nothing does",
    )
    nominal: str | None = Field(
        None, examples=["2026-12-25T06:30:00+01:00"], description="its nominal time, if it is due at another one"
    )
    disposition: Disposition | None = Field(None, description="why it does not run; null if it does")


class ScheduleDetail(ScheduleAnswer):
    """The header ETag changes with every change of the schedule."""

    fires: list[Fire] = Field(description="the next ones")


class FireRow(Answer):
    nominal_utc: Moment
    disposition: Disposition | Literal["pending"]
    run_id: str | None
    reason: str
    until_utc: Moment | None = Field(description="the last fire, if the row stands for several")
    count: int
    due_utc: Moment | None = Field(description="when it was due, if not at its nominal time")


class PauseRequest(Request):
    until: Text | None = Field(
        None, max_length=60, description="a date or time of the schedule's zone; default: until it is resumed"
    )


class SkipRequest(Request):
    count: int = Field(1, ge=0, le=1000, description="the next runs to skip; 0 takes back what was asked before")


class SkipAnswer(Answer):
    skipped: list[Moment] = Field(description="their nominal times")


class _BusinessDay(Request):
    nth: int = Field(description="1 is the first open day, -1 the last", ge=-366, le=366)
    of: Literal["week", "month", "quarter", "year"] = "month"
    time: Text = Field("00:00", max_length=10)


class _Trigger(Request):
    cron: Text | None = Field(None, max_length=200, examples=["15 2 * * *"])
    every: Text | None = Field(None, max_length=40)
    interval: float | None = Field(None, gt=0, le=1e9, description="minutes")
    at: Text | None = Field(None, max_length=60)
    at_start: Literal["boot", "scheduler"] | None = Field(
        None, description="once for each boot of the machine, or whenever the scheduler starts"
    )
    times: list[Text] | Text | None = Field(None, max_length=1000, examples=[["06:00", "12:30"]])
    days: Text | None = Field(None, max_length=100, description="with times: days of the week", examples=["mon-fri"])
    at_time: Text | None = Field(None, max_length=10, description="with every, in whole days or weeks: HH:MM")
    starting: Text | None = Field(None, max_length=10, description="with at_time: the date to count from")
    business_day: _BusinessDay | None = None
    timezone: Text | None = Field(None, max_length=100, description="default: TIMEZONE")

    def spec(self) -> dict[str, Any]:
        return self.model_dump(include=set(SPEC), exclude_none=True)


_Change: Any = create_model("ScheduleChange", __base__=_Trigger, **requested(Policies))


class ScheduleChange(_Change):
    """What is left out stays as it is."""

    def policies(self) -> dict[str, Any]:
        """Those that were given."""
        names = requested(Policies).keys()
        return {name: getattr(self, name) for name in names & self.model_fields_set}


class NewSchedule(ScheduleChange):
    """Exactly one of cron, times, every, interval, at, business_day and at_start."""

    workflow_id: Identifier
    id: Identifier | None = Field(None, description="default: the next free schedule_N")


_OF_DUE_TIMES = ("calendar", "on_closed", "collide", "jitter", "from", "until", "paused_until")
_Previewed: Any = create_model(
    "PreviewRequest",
    __base__=_Trigger,
    **{name: field for name, field in requested(Policies).items() if name in _OF_DUE_TIMES},
)


class PreviewRequest(_Previewed):
    """Exactly one of cron, times, every, interval, at, business_day and at_start."""

    id: Identifier | None = Field(None, description="of the schedule, which its jitter depends on")
    start: Text | None = Field(None, max_length=60, description="an ISO time; default: now")
    count: int = Field(5, ge=1, le=100)

    def policies(self) -> dict[str, Any]:
        """Those that were given."""
        return {name: getattr(self, name) for name in _OF_DUE_TIMES if name in self.model_fields_set}


class PreviewAnswer(Answer):
    description: str
    timezone: str
    warnings: list[str] = Field(description="probable mistakes in the trigger")
    fires: list[Fire]


_CLOCK = "how much the clock changes, if that moves this fire or makes its time occur twice"


class CalendarPast(Answer):
    schedule_id: str
    workflow_id: str | None
    nominal_utc: Moment
    disposition: Disposition
    run_id: str | None
    state: RunState | None
    reason: str
    until_utc: Moment | None
    count: int
    clock_change: str | None = Field(examples=["+01:00"], description=_CLOCK)
    note: str
    due_utc: Moment | None = Field(description="when it was due, if not at its nominal time")
    late: str = Field(description="a sentence about a deadline that it missed or will probably miss; empty: none")


class CalendarComing(Answer):
    schedule_id: str
    workflow_id: str
    utc: Moment
    until_utc: Moment | None = Field(description="the last fire, if the entry stands for several")
    count: int
    clock_change: str | None = Field(examples=["+01:00"], description=_CLOCK)
    note: str = Field(examples=["moved: 02:15 does not exist on this day"])
    nominal_utc: Moment | None = Field(description="its nominal time, if it is due at another one")
    disposition: Disposition | None = Field(description="why it does not run; null if it does")


class CalendarTotal(Answer):
    """A day, or an hour."""

    from_: Moment = Field(alias="from")
    to: Moment
    states: dict[str, int] = Field(
        examples=[{"succeeded": 12, "skipped_overlap": 1}], description="past fires, by their result"
    )
    due: int = Field(description="number of fires to come")


class CalendarAnswer(Answer):
    from_: Moment = Field(alias="from")
    to: Moment
    past: list[CalendarPast]
    coming: list[CalendarComing]
    totals: list[CalendarTotal] = Field(description="for each day or hour, including what is not listed")
    truncated: bool = Field(description="whether some entries are not listed")
    complete: bool = Field(
        description="whether the totals include every schedule; false above a few thousand schedules"
    )
