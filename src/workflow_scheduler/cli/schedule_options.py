"""The options for the trigger and the policies of a schedule."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from workflow_scheduler.domain.spec_names import DETAILS, PERIODS, SPEC

__all__ = ["CHOOSE", "SHOWN", "TriggerCommand", "spec_from", "trigger_options"]

SHOWN = 5
"""Fires that are shown unless a number is given."""
CHOOSE = (
    "Choose a trigger: --cron, --times, --every, --interval, --at, --business-day, --at-start, "
    "or --day-of-week, --hour and --minute."
)
_F = TypeVar("_F", bound=Callable[..., Any])


_IN_QUOTES = {
    "--cron": '"0 5 * * *"',
    "--at": '"2026-12-01 09:00:00"',
    "--every": '"1h 30m"',
    "--times": '"06:00, 12:30"',
    "--day-of-week": '"*"',
    "--hour": '"*"',
    "--minute": '"*"',
}
"""Options whose value may contain a space or a star."""


class TriggerCommand(click.Command):
    """Detects an expression that was typed without quotes, which a shell splits into words and file names."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            for word, *following in zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False):
                option, equals, joined = word.partition("=")
                value, rest = (joined, following[0]) if equals else following
                if option in _IN_QUOTES and rest and not rest.startswith("--") and _is_piece(option, value, rest):
                    raise click.UsageError(
                        f"{option} got only {value[:40]!r}, and other words were left over. Put the expression in quotes: "
                        f"{option} {_IN_QUOTES[option]}.",
                        ctx,
                    ) from error
            raise


def _is_piece(option: str, value: str, rest: str) -> bool:
    """Whether the value looks like the first word of an expression, and `rest` like its second."""
    from workflow_scheduler.domain.errors import InvalidInput
    from workflow_scheduler.triggers.cron_fields import check_field

    if option == "--cron":
        return len(value.split()) < 5 and (not value.startswith("@") or value == "@every")
    if option == "--at":
        return " " not in value and ":" in rest
    if option in ("--every", "--times"):
        return rest[:1].isdigit()
    try:
        check_field(option[2:], value)
    except InvalidInput:
        return True
    return False


def trigger_options(function: _F) -> _F:
    options = [
        click.option("--cron", metavar="EXPRESSION", help='Five fields, as in "0 1 * * mon-fri", or @daily.'),
        click.option("--every", metavar="TIME", help="A fixed interval with its unit: 90s, 5m, 1h30m."),
        click.option(
            "--at-time", metavar="HH:MM", help="With --every in whole days or weeks (3d, 2w): the time of the day."
        ),
        click.option(
            "--starting", metavar="DATE", help="With --at-time: count the days from this date. Default: the next."
        ),
        click.option("--times", metavar="TIMES", help='Times of the day: "06:00, 12:30".'),
        click.option(
            "--days", metavar="DAYS", help="With --times: days of the week, as in mon-fri. Default: every day."
        ),
        click.option(
            "--business-day",
            type=int,
            metavar="N",
            help="The Nth open day of a period by --calendar: 1 is the first, -1 the last. With --of and --at-time.",
        ),
        click.option("--of", type=click.Choice([*PERIODS]), help="With --business-day: the period. Default: month."),
        click.option("--interval", metavar="MINUTES", help="A number of minutes; --every takes any unit."),
        click.option("--at", metavar="TIME", help='Fire once, at this time in the time zone: "2026-12-01 09:00:00".'),
        click.option(
            "--at-start",
            type=click.Choice(["boot", "scheduler"]),
            help="Fire once for each boot of the machine, or whenever the scheduler starts.",
        ),
        click.option("--day-of-week", metavar="DAYS", help="Days: mon-fri, sat,sun or *. With --hour and --minute."),
        click.option("--hour", metavar="HOURS", help="Hours: 0-23, a list, a range or *."),
        click.option("--minute", metavar="MINUTES", help="Minutes: 0-59, a list, a range or *."),
        click.option("--timezone", metavar="ZONE", help="An IANA name such as Europe/Berlin. Default: TIMEZONE."),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), function)


def spec_from(given: dict[str, Any]) -> dict[str, Any]:
    """The trigger given by the options; empty if there is none."""
    from workflow_scheduler.triggers.cron_search import from_fields

    fields = {name: given.pop(name) for name in ("day_of_week", "hour", "minute")}
    nth, of = given.pop("business_day"), given.pop("of")
    spec = {name: given.pop(name) for name in SPEC if name != "business_day"}
    spec = {name: value for name, value in spec.items() if value is not None}
    details = {name: spec.pop(name) for name in DETAILS if name in spec}
    if nth is not None:
        time = {"time": details.pop("at_time")} if "at_time" in details else {}
        spec["business_day"] = {"nth": nth, "of": of or "month", **time}
    elif of is not None:
        raise click.UsageError("--of belongs to --business-day.")
    named = [f"--{name.replace('_', '-')}" for name, value in fields.items() if value is not None]
    if len(spec) + bool(named) > 1:
        both = " and ".join([*(f"--{name.replace('_', '-')}" for name in spec), *named[:1]])
        raise click.UsageError(
            f"{both} are two triggers. Give exactly one of --cron, --times, --every, --interval, --at, --business-day "
            "and --at-start, or --day-of-week, --hour and --minute."
        )
    if named:
        day, hour, minute = (fields[name] for name in ("day_of_week", "hour", "minute"))
        spec["cron"] = from_fields("*" if day is None else day, hour or "0", minute or "0")
    if "interval" in spec:
        spec["interval"] = _minutes(spec["interval"])
    return spec | details


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise click.UsageError(
            f"--interval {text!r} is not a number of minutes. Use --every for 90s or 1h30m."
        ) from None
