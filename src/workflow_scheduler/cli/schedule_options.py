"""The options that say when, and how, a schedule fires."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["policies_from", "policy_options", "spec_from", "trigger_options"]

_F = TypeVar("_F", bound=Callable[..., Any])


def trigger_options(function: _F) -> _F:
    options = [
        click.option("--cron", metavar="EXPRESSION", help='Five fields, as in "0 1 * * mon-fri", or @daily.'),
        click.option("--every", metavar="TIME", help="90s, 5m, 1h30m."),
        click.option("--interval", metavar="MINUTES", help="Every so many minutes."),
        click.option("--at", metavar="TIME", help='Once: "2026-12-01 09:00:00" in the time zone.'),
        click.option("--day-of-week", metavar="DAYS", help="mon-fri, sat,sun or *; with --hour and --minute."),
        click.option("--hour", metavar="HOURS", help="0-23, a list, a range or *."),
        click.option("--minute", metavar="MINUTES", help="0-59, a list, a range or *."),
        click.option("--timezone", metavar="ZONE", help="An IANA name such as Europe/Berlin. Default: TIMEZONE."),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), function)


def policy_options(function: _F) -> _F:
    options = [
        click.option(
            "--catchup", type=click.Choice(["latest", "all", "none"]), help="Of missed fires. Default: latest."
        ),
        click.option("--catchup-window", metavar="TIME", help="Fires older than this are not made up for."),
        click.option(
            "--overlap",
            type=click.Choice(["queue", "skip", "allow", "replace"]),
            help="If the last run is not over. Default: queue.",
        ),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), function)


def spec_from(given: dict[str, Any]) -> dict[str, Any]:
    """The trigger that the options name; empty if they name none."""
    from workflow_scheduler.triggers import from_fields

    fields = {name: given.pop(name) for name in ("day_of_week", "hour", "minute")}
    spec = {name: given.pop(name) for name in ("cron", "every", "interval", "at")}
    spec = {name: value for name, value in spec.items() if value is not None}
    if any(value is not None for value in fields.values()):
        spec["cron"] = from_fields(fields["day_of_week"] or "*", fields["hour"] or "0", fields["minute"] or "0")
        if len(spec) > 1 or given.get("cron"):
            raise click.UsageError("Give either --day-of-week, --hour and --minute, or another trigger.")
    if len(spec) > 1:
        raise click.UsageError("Give exactly one of --cron, --every, --interval and --at.")
    if "interval" in spec:
        spec["interval"] = _minutes(spec["interval"])
    return spec


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise click.UsageError(
            f"--interval {text!r} is not a number of minutes; use --every for 90s or 1h30m."
        ) from None


def policies_from(given: dict[str, Any]) -> dict[str, Any]:
    from workflow_scheduler.domain.durations import parse_duration
    from workflow_scheduler.domain.schedule import Catchup, Overlap

    policies: dict[str, Any] = {}
    if given["catchup"] is not None:
        policies["catchup"] = Catchup(given["catchup"])
    if given["overlap"] is not None:
        policies["overlap"] = Overlap(given["overlap"])
    window = given["catchup_window"]
    if window is not None:
        policies["catchup_window"] = None if window == "-" else parse_duration(window, "catch-up window")
    return policies
