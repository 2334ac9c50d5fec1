"""`scheduler simulate`"""

from __future__ import annotations

import sys

import click

from .context import answer, command_options, get_app, now

__all__ = ["simulate_command"]

MOST = 200_000


@click.command("simulate")
@click.argument("workflows", nargs=-1, metavar="[WORKFLOW]…")
@click.option(
    "--from",
    "begin",
    metavar="TIME",
    help="Begin then, with nothing in progress: a date, or a time such as '2026-11-20 22:00'. "
    "Default: now, with what is queued and running.",
)
@click.option("--for", "length", default="24h", show_default=True, metavar="DURATION", help="How long: at most 366d.")
@click.option(
    "--with",
    "files",
    multiple=True,
    metavar="FILE",
    help="Apply these definitions first, to the copy only; as for 'scheduler workflow apply'. Repeatable.",
)
@click.option(
    "--assume",
    "assumptions",
    multiple=True,
    metavar="TASK=VALUE",
    help="A duration for a task, or failed: load=3h, nightly.load=failed. Repeatable.",
)
@click.option("--slots", type=click.IntRange(1, 1000), help="Runs in progress at once, instead of MAX_THREADS.")
@click.option(
    "--durations",
    "typical",
    type=click.Choice(["median", "p90"]),
    default="median",
    show_default=True,
    help="What tasks take: the median of their last 50 successes, or what 90 % of them did not exceed.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=20_000,
    show_default=True,
    help="Report at most this many runs and skipped fires; the others are counted.",
)
@command_options
def simulate_command(
    workflows: tuple[str, ...],
    begin: str | None,
    length: str,
    files: tuple[str, ...],
    assumptions: tuple[str, ...],
    slots: int | None,
    typical: str,
    limit: int,
) -> None:
    """Show what will run, wait, be late and be skipped, without running or changing anything.

    The scheduler's own planner works on a copy; tasks take as long as they usually do. With names, only these workflows
    are shown, with the tasks of their runs.

    Example: scheduler simulate --for 36h --assume load=3h
    """
    from datetime import timedelta

    from workflow_scheduler.domain.durations import parse_duration
    from workflow_scheduler.operations.runs.moments import written_time
    from workflow_scheduler.operations.simulations.durations import Typical
    from workflow_scheduler.operations.simulations.simulate import Question, simulate
    from workflow_scheduler.operations.workflows.read import Definitions, read_files

    app = get_app()
    timezone = app.settings.timezone
    read = read_files(files, sys.stdin.buffer) if files else Definitions([], [])
    question = Question(
        begin=None if begin is None else written_time(begin, timezone),
        length=timedelta(seconds=parse_duration(length)),
        documents=read.workflows,
        calendars=read.calendars,
        assume=[_pair(assumption) for assumption in assumptions],
        typical=Typical(typical),
        workflows=workflows,
        limit=limit,
    )
    settings = app.settings
    found = simulate(
        app.database,
        app.home,
        timezone,
        question,
        now(),
        max_runs=slots or settings.max_threads,
        max_processes=settings.max_processes,
    )

    def show() -> None:
        from .show_simulation import show_simulation

        show_simulation(found, tasks=bool(workflows))

    answer(found, show)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name or not value:
        raise click.UsageError(f"--assume {text[:100]!r} is not TASK=VALUE. Write load=3h, or load=failed.")
    return name, value
