"""The menu's actions on schedules."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.bootstrap.own_zone import default_zone
from workflow_scheduler.domain.errors import NotFound, Refused
from workflow_scheduler.domain.policies import Catchup, Overlap, Policies
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.operations.schedules import edit
from workflow_scheduler.operations.schedules.reschedule import JUST_NOW
from workflow_scheduler.operations.schedules.show import fires_of, get_schedule, schedule_list, schedule_row
from workflow_scheduler.triggers.cron_search import from_fields
from workflow_scheduler.triggers.spec import anchored, check_zone, describe, parse_spec
from workflow_scheduler.triggers.warnings import warnings_of

from .menu_parameters import ask_parameters, parameter_words
from .menu_workflows import choose_workflow
from .next_fire import planning_here
from .prompts import ask, ask_choice, chosen, confirm
from .show import echo_command
from .show_schedules import show_fires, show_schedules

__all__ = ["delete_schedule", "edit_schedule", "list_schedules", "pause_schedule", "schedule_workflow"]

_SHOWN = 5


def schedule_workflow(app: App) -> None:
    workflow_id = choose_workflow(app, "Enter the workflow ID to schedule")
    asks = sys.stdin.isatty()
    spec, timezone = _ask_trigger(app, default_zone(app.settings) if asks else app.settings.timezone, ask_zone=asks)
    params = ask_parameters(app, workflow_id, timezone)
    policies = Policies(params=params)
    schedule = edit.add_schedule(app.changes, workflow_id, spec, app.now(), timezone=timezone, policies=policies)
    click.echo(f"Added {schedule.id} to {workflow_id}. It fires while the scheduler runs (option 6).")
    zone = [] if timezone == app.settings.timezone else ["--timezone", timezone]
    echo_command("schedule", "add", workflow_id, "--id", schedule.id, *_flags(spec), *zone, *parameter_words(params))


def _ask_trigger(app: App, timezone: str, *, ask_zone: bool) -> tuple[dict[str, Any], str]:
    """Ask for a trigger and its time zone, and show its next fires before it is stored.

    Piped input is not asked for the zone: scripts from before that question have no answer for it.
    """
    kind = ask_choice("Trigger Type (interval, cron, date)", ("interval", "cron", "date"), "interval")
    if kind == "interval":
        spec = ask(
            "Enter the interval in minutes", "60", lambda answer: _parsed(_minutes(answer), timezone), shown="60"
        )
        timezone = _ask_zone(timezone) if ask_zone else timezone
    elif kind == "cron":
        days = ask("Enter day of the week", "mon-fri", lambda answer: _field(answer, "0", "0"))
        hour = ask("Enter hour", "0", lambda answer: _field(days, answer, "0", 1), shown="0")
        minute = ask("Enter minute", "0", lambda answer: _field(days, hour, answer, 2), shown="0")
        spec = {"cron": from_fields(days, hour, minute)}
        timezone = _ask_zone(timezone) if ask_zone else timezone
    else:
        timezone = _ask_zone(timezone) if ask_zone else timezone  # the default time is in that zone
        present = f"{app.now().astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M:%S}"
        text = f"Enter date and time (YYYY-MM-DD HH:MM:SS, {timezone})"
        spec = ask(text, present, lambda answer: _parsed({"at": answer}, timezone))
    _show(app, spec, timezone)
    for sentence in warnings_of(spec, timezone, app.now()):
        click.echo(click.style(f"  Warning: {sentence}", fg="yellow"))
    return spec, timezone


def _ask_zone(timezone: str) -> str:
    return ask("Time zone", timezone, _zone)


def _field(days: str, hour: str, minute: str, at: int = 0) -> str:
    from_fields(days, hour, minute)
    return (days, hour, minute)[at]


def _minutes(answer: str) -> dict[str, Any]:
    """Minutes; with a unit, as in 90s or 1h30m, any interval."""
    try:
        return {"interval": float(answer)}
    except ValueError:
        return {"every": answer}


def _parsed(spec: dict[str, Any], timezone: str) -> dict[str, Any]:
    return parse_spec(spec, timezone)


def _show(app: App, spec: dict[str, Any], timezone: str) -> None:
    now = app.now()
    # A date within this minute is due at once, so it is shown although it is in the past.
    start = now - JUST_NOW if "at" in spec else now
    begun = anchored(spec, timezone, now)
    show_fires(describe(spec, timezone), timezone, fires_of(begun, timezone, start, _SHOWN), spec)


def _flags(spec: dict[str, Any]) -> list[str]:
    return [
        word for name, value in spec.items() if name != "anchor" for word in (f"--{name.replace('_', '-')}", f"{value}")
    ]


def list_schedules(app: App) -> None:
    show_schedules(schedule_list(app.database), planning_here(app), numbered=True)
    echo_command("schedule", "list")


def _choose_schedule(app: App) -> Schedule:
    """Ask by ID or number in the list, which is shown if there are several."""
    schedules = schedule_list(app.database)
    known = [schedule.id for schedule in schedules]
    if len(known) > 1:
        show_schedules(schedules, planning_here(app), numbered=True)
    if not known:
        raise Refused("There is no schedule yet. Add one with option 4.")

    def parse(answer: str) -> str:
        if (name := chosen(answer, known)) is None:
            raise NotFound(f"There is no schedule {answer!r}; there are: {', '.join(known[:10])}.")
        return name

    return get_schedule(app.database, ask("Enter the schedule ID", known[-1], parse))


def edit_schedule(app: App) -> None:
    old = _choose_schedule(app)
    click.echo(f"Now: {schedule_row(old).description} ({old.timezone})")
    timezone = _ask_zone(old.timezone)
    retime = ask_choice("Change its trigger (yes, no)", ("yes", "no"), "no") == "yes"
    spec: dict[str, Any] = _ask_trigger(app, timezone, ask_zone=False)[0] if retime else dict(old.spec)
    catchup = Catchup(
        ask_choice(
            "Catch-up of missed fires (latest, all, none)",
            [choice.value for choice in Catchup],
            old.policies.catchup.value,
        )
    )
    overlap = Overlap(
        ask_choice(
            "Overlap (queue, skip, allow, replace)", [choice.value for choice in Overlap], old.policies.overlap.value
        )
    )

    params = ask_parameters(app, old.workflow_id, timezone, old.policies.params)

    def change(schedule: Schedule) -> Schedule:
        changed = replace(schedule, spec=spec, timezone=timezone)
        return changed.with_policies(catchup=catchup, overlap=overlap, params=params)

    edit.edit_schedule(app.changes, old.id, change, app.now())
    click.echo(f"Changed {old.id}.")
    trigger = _flags(spec) if retime else []
    policies = ["--catchup", catchup.value, "--overlap", overlap.value, *parameter_words(params)]
    echo_command("schedule", "edit", old.id, *trigger, "--timezone", timezone, *policies)


def _zone(answer: str) -> str:
    check_zone(answer)
    return answer


def pause_schedule(app: App) -> None:
    old = _choose_schedule(app)
    edit.edit_schedule(app.changes, old.id, lambda schedule: schedule.with_policies(enabled=not old.enabled), app.now())
    click.echo(f"{old.id} {'is paused' if old.enabled else 'fires again'}.")
    echo_command("schedule", "pause" if old.enabled else "resume", old.id)


def delete_schedule(app: App) -> None:
    schedule = _choose_schedule(app)
    if confirm(f"Delete {schedule.id} of {schedule.workflow_id}?"):
        edit.delete_schedule(app.changes, schedule.id, app.now())
        click.echo(f"Deleted {schedule.id}; its fires stay on record.")
        echo_command("schedule", "delete", schedule.id, "--yes")
    else:
        click.echo("Nothing was deleted.")
