"""The menu's actions on workflows."""

from __future__ import annotations

from dataclasses import replace

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.definitions.documents import changed_workflow
from workflow_scheduler.domain.errors import NotFound, Refused
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows import edit
from workflow_scheduler.operations.workflows.lists import newest_workflow_id, workflow_ids, workflow_list
from workflow_scheduler.operations.workflows.show import get_workflow

from . import show
from .context import empty
from .next_fire import DISABLED, next_fire, planning_here
from .prompts import ask, ask_text, chosen, confirm, parse_yes
from .render import shown_state, table

__all__ = ["choose_workflow", "create_workflow", "delete_workflow", "edit_workflow", "list_workflows", "show_workflow"]


def choose_workflow(app: App, text: str = "Enter the workflow ID") -> str:
    """Ask for an existing workflow, by its ID or its number in the list. The default is the newest."""
    known = workflow_ids(app.database)
    if not known:
        raise Refused("There is no workflow yet. Create one with option 2.")

    def parse(answer: str) -> str:
        if (name := chosen(answer, known)) is None:
            raise NotFound(f"There is no workflow {answer!r}; there are: {', '.join(known[:10])}.")
        return name

    return ask(text, newest_workflow_id(app.database) or known[0], parse)


def list_workflows(app: App) -> None:
    planning = planning_here(app)
    table(
        ("#", "workflow", "tasks", "last run", "next fire"),
        (
            (
                number,
                row.id,
                row.tasks,
                shown_state(row.last_state),
                next_fire(row.next_utc, app.settings.timezone, planning, "" if row.enabled else DISABLED),
            )
            for number, row in enumerate(workflow_list(app.database), 1)
        ),
        empty("workflows", "Create one with option 2."),
    )
    show.echo_command("workflow", "list")


def create_workflow(app: App) -> None:
    known = workflow_ids(app.database)

    def parse(answer: str) -> str:
        if check_identifier("workflow", answer) in known:
            raise Refused(f"The workflow {answer!r} already exists; type another ID.")
        return answer

    name = ask("Enter a unique workflow ID", edit.next_workflow_id(app.database), parse)
    edit.create_workflow(app.changes, name, app.now())
    click.echo(f"Created workflow {name}. Add its tasks with option 3.")
    show.echo_command("workflow", "create", name)


def show_workflow(app: App) -> None:
    name = choose_workflow(app)
    show.show_workflow(app, *get_workflow(app.database, name))
    show.echo_command("workflow", "show", name)


def edit_workflow(app: App) -> None:
    name = choose_workflow(app)
    old, _, _ = get_workflow(app.database, name)
    new_name = ask("Workflow ID", name, lambda answer: check_identifier("workflow", answer))
    description = ask_text("Description", old.description or None) or ""

    def most_runs(answer: str) -> int | None:
        return changed_workflow(old, {"max_active_runs": None if answer == "-" else answer}).max_active_runs

    enabled = ask("Enabled", "yes" if old.enabled else "no", parse_yes)
    most = ask("Runs in progress at once, '-' for no limit", str(old.max_active_runs or "-"), most_runs)

    def change(workflow: Workflow) -> Workflow:
        return replace(workflow, description=description, enabled=enabled, max_active_runs=most)

    edit.change_workflow(app.changes, name, change, app.now())
    show.echo_command(
        *("workflow", "edit", name, "--description", description, "--enable" if enabled else "--disable"),
        *("--max-active-runs", str(most or "-")),
    )
    if new_name != name:
        edit.rename_workflow(app.changes, name, new_name, app.now())
        show.echo_command("workflow", "rename", name, new_name)
    click.echo(f"Changed {new_name}.")


def delete_workflow(app: App) -> None:
    name = choose_workflow(app)
    _, _, schedules = get_workflow(app.database, name)
    if confirm(f"Delete {name} and its {len(schedules)} schedules? Its history stays"):
        edit.delete_workflow(app.changes, name, app.now())
        click.echo(f"Deleted {name}.")
        show.echo_command("workflow", "delete", name, "--yes")
    else:
        click.echo("Nothing was deleted.")
