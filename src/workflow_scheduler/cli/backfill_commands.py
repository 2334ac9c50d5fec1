"""`scheduler backfill …`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .context import answer, as_json, command_options, confirm_or_stop, get_app, now, own_command, workflow_argument
from .parameter_options import parameter_options, values_given

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.backfills.rows import BackfillPlan

__all__ = ["backfill_command"]

MANY = 200
"""Above this, the number of runs has to be typed."""


class _Creating(click.Group):
    """What is none of its commands is a workflow, and a backfill of it is created."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["create", *args]
        return super().parse_args(ctx, args)


@click.group("backfill", cls=_Creating, subcommand_metavar="WORKFLOW ... | COMMAND ...")
def backfill_command() -> None:
    """Run past times of a workflow's schedules again, or for the first time.

    'scheduler backfill WORKFLOW' is short for 'scheduler backfill create WORKFLOW', whose --help shows the options.

    BACKFILL is an ID, a unique part of one, a workflow (its last backfill), or 'last'.

    Example: scheduler backfill nightly --from 2026-11-01 --to 2026-11-20
    """


@backfill_command.command("create")
@workflow_argument()
@click.option(
    "--from",
    "start",
    metavar="TIME",
    required=True,
    help="Start of the range, such as 2026-11-01 or '2026-11-01 06:00', in the time zone of the schedule.",
)
@click.option("--to", "end", metavar="TIME", required=True, help="End of the range; a date includes the whole day.")
@click.option("--schedule", metavar="SCHEDULE", help="Only the times of this schedule. Default: all of the workflow.")
@click.option(
    "--only",
    type=click.Choice(["missing", "failed", "all"]),
    default="missing",
    show_default=True,
    help="Which times to run: those without a run, those whose last run did not succeed, or all.",
)
@click.option(
    "--order", type=click.Choice(["oldest", "newest"]), default="oldest", show_default=True, help="Which to run first."
)
@click.option(
    "--parallel", type=click.IntRange(1, 1000), default=1, show_default=True, help="The most runs at the same time."
)
@click.option(
    "--between",
    metavar="HH:MM-HH:MM",
    help="Start runs only in these hours, in the time zone of the schedule, such as 20:00-06:00.",
)
@parameter_options
@click.option(
    "--as-of",
    metavar="TIME",
    help="Run the version of the workflow that was the newest at this time. Default: the newest.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would run.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@command_options
def create(workflow: str, pairs: tuple[str, ...], file: str | None, dry_run: bool, yes: bool, **given: Any) -> None:
    """Create a backfill: run the past times of a range.

    First shows each time with its last run and what will happen, and asks. The scheduler then starts the runs, behind all
    other runs that wait.

    Example: scheduler backfill create nightly --from 2026-11-01 --to 2026-11-20 --only failed
    """
    from workflow_scheduler.operations.backfills.changes import create_backfill, refuse_empty
    from workflow_scheduler.operations.backfills.plan import plan_backfill
    from workflow_scheduler.operations.backfills.request import backfill_request

    app, at = get_app(), now()
    given["schedule_id"] = given.pop("schedule")
    request = backfill_request(
        workflow, given.pop("start"), given.pop("end"), params=values_given(pairs, file), **given
    )
    plan = plan_backfill(app.database, request, at)

    def show_plan() -> None:
        from .show_backfills import show_plan

        show_plan(plan)

    if dry_run:
        answer(plan, show_plan)
        return
    if not as_json():
        show_plan()
    refuse_empty(plan)
    if not yes:
        _ask(plan)
    backfill_id = create_backfill(app.changes, request, at, app.user())
    problem = _problem(app)
    shape = {"id": backfill_id, "will_run": plan.will_run, "left_out": plan.left_out, "waits_for": problem}
    answer(shape, lambda: click.echo(_created(backfill_id, plan.will_run, problem)))


def _ask(plan: BackfillPlan) -> None:
    confirm_or_stop(f"Start {_runs(plan.will_run)} of {plan.workflow_id}?")
    if plan.will_run > MANY:
        typed = click.prompt(
            f"These are many runs. Type {plan.will_run} to start them", err=True, default="", show_default=False
        )
        if typed.strip() != str(plan.will_run):
            click.echo("Nothing was changed.", err=True)
            raise click.exceptions.Exit(1)


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _created(backfill_id: str, count: int, problem: str) -> str:
    follow = f"Follow it with: {own_command('backfill', 'show', backfill_id)}"
    return "\n".join([f"Created the backfill {backfill_id}: {_runs(count)}.", follow, *_advice(problem)])


def _advice(problem: str) -> list[str]:
    return [f"{problem} The backfill starts when the scheduler does: {own_command('start')}"] if problem else []


def _problem(app: App) -> str:
    """What keeps the scheduler from starting its runs; empty if nothing does."""
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.running import running_scheduler

    return condition_of(app.database, running_scheduler(app.home, app.database), app.now()).problem()


@backfill_command.command("list")
@click.argument("workflow", required=False)
@click.option(
    "-n", "--limit", type=click.IntRange(0, 1_000_000), default=20, show_default=True, help="Number to show; 0: all."
)
@command_options
def list_(workflow: str | None, limit: int) -> None:
    """List backfills with their progress, newest first: all, or those of a workflow.

    Example: scheduler backfill list
    """
    from workflow_scheduler.operations.backfills.show import backfill_list

    app = get_app(absent=[])
    found = backfill_list(app.database, workflow, limit or None)

    def show_it() -> None:
        from .show_backfills import show_backfills

        show_backfills(found)

    answer(found, show_it)


@backfill_command.command("show")
@click.argument("backfill")
@command_options
def show(backfill: str) -> None:
    """Show a backfill: its progress, why it waits, and each time with its run.

    Example: scheduler backfill show last
    """
    from workflow_scheduler.operations.backfills.show import backfill_detail, find_backfill_id

    app = get_app()
    found = backfill_detail(app.database, find_backfill_id(app.database, backfill), app.now())
    problem = _problem(app) if found.state == "active" else ""

    def show_it() -> None:
        from .show_backfills import show_backfill

        show_backfill(found, problem, app.settings.timezone)

    answer(found, show_it)


@backfill_command.command("pause")
@click.argument("backfill")
@command_options
def pause(backfill: str) -> None:
    """Start no more runs of a backfill. Runs in progress continue.

    Example: scheduler backfill pause last
    """
    from workflow_scheduler.operations.backfills.changes import pause_backfill

    _do(backfill, pause_backfill, "Paused the backfill {}. Resume it with: scheduler backfill resume {}")


@backfill_command.command("resume")
@click.argument("backfill")
@command_options
def resume(backfill: str) -> None:
    """Start runs of a paused backfill again.

    Example: scheduler backfill resume last
    """
    from workflow_scheduler.operations.backfills.changes import resume_backfill

    _do(backfill, resume_backfill, "Resumed the backfill {}.")


@backfill_command.command("cancel")
@click.argument("backfill")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@command_options
def cancel(backfill: str, yes: bool) -> None:
    """Start no more runs of a backfill, and cancel those that have not ended.

    Example: scheduler backfill cancel last --yes
    """
    from workflow_scheduler.operations.backfills.changes import cancel_backfill

    def cancelling(*given: Any) -> None:
        if not yes:
            confirm_or_stop(f"Cancel the backfill {given[1]} with its runs?")
        cancel_backfill(*given)

    _do(backfill, cancelling, "Cancelled the backfill {}.")


def _do(text: str, change: Callable[..., None], words: str) -> None:
    from workflow_scheduler.operations.backfills.show import find_backfill_id, get_backfill

    app = get_app()
    backfill_id = find_backfill_id(app.database, text)
    change(app.changes, backfill_id, app.now())
    answer(get_backfill(app.database, backfill_id), lambda: click.echo(words.replace("{}", backfill_id)))


@backfill_command.command("retry")
@click.argument("backfill")
@command_options
def retry(backfill: str) -> None:
    """Run the times of a backfill again whose runs did not succeed, from where they failed, and those that never ran.

    Example: scheduler backfill retry last
    """
    from workflow_scheduler.operations.backfills.changes import retry_backfill
    from workflow_scheduler.operations.backfills.show import find_backfill_id

    app = get_app()
    row = retry_backfill(app.changes, find_backfill_id(app.database, backfill), app.now())
    problem = _problem(app)

    def show_it() -> None:
        counts = {"that did not succeed": row.again, "that never ran": row.never_run}
        words = " and ".join(f"{count:,} {which}" for which, count in counts.items() if count)
        click.echo("\n".join([f"The backfill {row.id} runs again: {words}.", *_advice(problem)]))

    answer(row, show_it)
