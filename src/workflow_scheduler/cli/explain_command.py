"""`scheduler explain`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app, workflow_argument

__all__ = ["explain_command"]


@click.command("explain")
@workflow_argument()
@click.option("--at", metavar="TIME", help="A time such as '2026-11-29 06:30', due or not.")
@click.option("--run", "run", metavar="RUN", help="A run: its ID, a unique part of it, or last.")
@click.option("--task", metavar="TASK", help="A task of the run. Default: of the last run.")
@click.option("--next", "next_", is_flag=True, help="What is due next, and what would keep it from running.")
@click.option("--schedule", metavar="SCHEDULE", help="Only this schedule, even if it has been deleted.")
@command_options
def explain_command(
    workflow: str, at: str | None, run: str | None, task: str | None, next_: bool, schedule: str | None
) -> None:
    """Say why a workflow did not run, waits, failed or will not run.

    Without a time or a run, it is about the last due time that was no success. The answer is a sentence, and what was
    checked on the way.

    Example: scheduler explain nightly --at "2026-11-29 06:30"
    """
    from workflow_scheduler.operations.explanations.explain import explain
    from workflow_scheduler.operations.explanations.question import Question, Situation

    from .next_fire import planning_here

    app = get_app()
    question = Question(workflow, at=at, run=run, task=task, next=next_, schedule=schedule)
    situation = Situation(planning_here(app), app.settings.max_threads, app.lack_of_room(), app.settings.timezone)
    found = explain(app.database, question, situation)

    def show() -> None:
        from .show_explanation import show_explanation

        show_explanation(found, app.settings.timezone)

    answer(found, show)
