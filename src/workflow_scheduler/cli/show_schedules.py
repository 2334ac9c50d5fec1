"""Answers for people: schedules and fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflow_scheduler.domain.durations import format_duration

from .context import empty
from .deadline_words import deadline_words
from .next_fire import DISABLED, next_fire, say_problem
from .plain_table import Styled
from .render import local_time, say_parts, table

if TYPE_CHECKING:
    from workflow_scheduler.operations.schedules.planning import Planning
    from workflow_scheduler.operations.schedules.rows import ComingFire, ScheduleRow

__all__ = ["show_fires", "show_schedule", "show_schedules"]


def show_schedules(schedules: Sequence[ScheduleRow], planning: Planning, *, numbered: bool = False) -> None:
    table(
        (*(("#",) if numbered else ()), "schedule", "workflow", "when", "time zone", "next fire"),
        (
            (
                *((number,) if numbered else ()),
                schedule.id,
                schedule.workflow_id,
                schedule.description,
                schedule.timezone,
                next_fire(
                    schedule.next_utc,
                    schedule.timezone,
                    planning,
                    _instead_of_a_time(schedule),
                ),
            )
            for number, schedule in enumerate(schedules, 1)
        ),
        empty("schedules", "Add one: scheduler schedule add WORKFLOW --every 1h"),
    )
    if schedules:
        say_problem(planning)


def _instead_of_a_time(schedule: ScheduleRow) -> str:
    if not schedule.enabled:
        return "paused" if schedule.paused else DISABLED
    return {"boot": "at the next boot", "scheduler": "at the next start"}.get(str(schedule.spec.get("at_start")), "")


def show_schedule(schedule: ScheduleRow, fires: Sequence[ComingFire]) -> None:
    say_parts(Styled(schedule.id, "bold"), f" of {schedule.workflow_id}")
    policies = schedule.policies
    words = f"catch-up {policies.catchup}, overlap {policies.overlap}"
    if policies.catchup_window is not None:
        words += f", catch-up window {format_duration(policies.catchup_window)}"
    words += ", wakes Windows" if policies.wake else ""
    if policies.params:
        words += f", with {', '.join(f'{name}={value}' for name, value in policies.params.items())}"
    if policies.calendar is not None:
        words += f", calendar {policies.calendar}, closed days: {policies.on_closed}"
    words += "".join(f", {deadline}" for deadline in deadline_words(policies.deadlines))
    words += f", jitter up to {format_duration(policies.jitter)}" if policies.jitter else ""
    for name, value in (("from", policies.from_), ("until", policies.until), ("paused until", policies.paused_until)):
        words += f", {name} {value}" if value else ""
    if schedule.enabled:
        say_parts(words)
    else:
        say_parts(f"{words}, ", Styled("paused", "yellow"))
    show_fires(schedule.description, schedule.timezone, fires, schedule.spec)


def show_fires(words: str, timezone: str, fires: Sequence[ComingFire], spec: Mapping[str, Any]) -> None:
    """Plain English, then the next times in the schedule's zone."""
    if "at_start" in spec:
        say_parts(words)
        return
    say_parts(f"{words} ({timezone})")
    for fire in fires:
        when = f"  {local_time(fire.utc, timezone)}"
        if fire.nominal:
            when = f"  {local_time(datetime.fromisoformat(fire.nominal), timezone)} → {when.strip()}"
        if fire.disposition:
            say_parts(f"{when}  ", Styled(f"{_words_of(fire.disposition)}: {fire.note}", "yellow"))
        elif fire.note:
            say_parts(f"{when}  ", Styled(fire.note, "yellow"))
        else:
            say_parts(when)
    if not fires:
        say_parts("  It never fires again.")


def _words_of(disposition: str) -> str:
    return "skipped" if disposition.startswith("skipped") else disposition
