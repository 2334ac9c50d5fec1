"""The menu's actions on tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.definitions.documents import changed_task
from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.expected_codes import expected_words
from workflow_scheduler.domain.fields import find_field
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.numbers import parse_count
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows import tasks
from workflow_scheduler.operations.workflows.fields import retyped_task
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.operations.workflows.task_warnings import task_warnings

from . import show
from .context import warn
from .field_options import option_words
from .menu_workflows import choose_workflow
from .prompts import ask, ask_text, chosen, confirm, parse_yes

__all__ = ["add_task", "delete_task", "edit_task", "move_task"]


def add_task(app: App) -> None:
    workflow_id = choose_workflow(app)
    workflow, _, _ = get_workflow(app.database, workflow_id)
    taken = {task.id for task in workflow.tasks}

    def parse(answer: str) -> str:
        if check_identifier("task", answer) in taken:
            raise Refused(f"The task {answer!r} already exists; type another ID.")
        return answer

    name = ask("Task ID", tasks.next_task_id(app.database, workflow_id), parse)
    command = ask("Command", "echo", _needed)
    # The default suits `echo`, not any other command.
    args = ask_text("Arguments", "Hello World" if command == "echo" else None)
    changes = {"command": command, "args": args, **_ask_outcome(Task(name, command))}
    task = changed_task(Task(name, command), changes)
    saved = with_defaults(tasks.add_task(app.changes, workflow_id, task, app.now()), Defaults())
    warn(task_warnings(saved.by_id[name], app.home, app.settings.interpreters))
    click.echo(f"Added {name} to {workflow_id}: {show.command_line(task)}")
    show.echo_command("task", "add", workflow_id, "--id", name, *option_words(Task, changes))


def _ask_outcome(task: Task) -> dict[str, Any]:
    """The specified questions about what counts as success and what happens on failure."""
    codes = expected_words(task.expected_exit_codes)
    files = ", ".join(output_file.path for output_file in task.output_files)
    changes: dict[str, Any] = {
        "expected_exit_codes": ask(_prompt(Task, "expected_exit_codes"), codes, _checked("expected_exit_codes", task)),
        "output_files": _paths(ask_text(_prompt(Task, "output_files"), files or None)),
        "retry_count": ask(
            _prompt(Retry, "limit"), str(task.retry.limit), _checked("retry_count", task), shown=str(task.retry.limit)
        ),
    }
    delay = f"{task.retry.delay:g}"
    changes["retry_delay"] = ask(_prompt(Retry, "delay"), delay, _checked("retry_delay", task), shown=delay)
    went_on = "yes" if task.continue_on_failure else "no"
    changes["continue_on_failure"] = ask(_prompt(Task, "continue_on_failure"), went_on, parse_yes)
    return changes


def _checked(field: str, task: Task) -> Callable[[str], str]:
    """Accept what a definition accepts for the field."""

    def parse(answer: str) -> str:
        changed_task(Task(task.id or "task", task.command or "echo"), {field: answer})
        return answer

    return parse


def _needed(answer: str) -> str:
    if not answer or answer == "-":
        raise InvalidInput("A command is needed; type a program, a script or a batch file.")
    return answer


def _paths(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _prompt(kind: type[Any], name: str) -> str:
    about = find_field(kind, name).about
    return about.prompt or about.label


def _choose_task(workflow: Workflow) -> str:
    known = [task.id for task in workflow.tasks]
    if not known:
        raise Refused(f"{workflow.id!r} has no tasks yet. Add one with option 3.")

    def parse(answer: str) -> str:
        if (name := chosen(answer, known)) is None:
            raise NotFound(f"There is no task {answer!r}; there are: {', '.join(known)}.")
        return name

    if len(known) > 1:
        show.show_tasks(workflow)
    return ask("Task ID", known[-1], parse)


def edit_task(app: App) -> None:
    workflow_id = choose_workflow(app)
    workflow, _, _ = get_workflow(app.database, workflow_id)
    name = _choose_task(workflow)
    old = next(task for task in workflow.tasks if task.id == name)
    command = ask("Command", old.command, _needed)
    before = show.arguments(old)
    given = ask_text("Arguments", before or None)
    changes: dict[str, Any] = {"command": command, **_ask_outcome(old)}
    if (given or "") != before:
        changes["args"] = given
    limit = f"{old.timeout:g}" if old.timeout else None
    changes["timeout"] = ask_text("Timeout (seconds)", limit, _checked("timeout", old))
    changes["working_dir"] = ask_text("Working folder", old.working_dir)
    tasks.edit_task(app.changes, workflow_id, name, lambda task: retyped_task(task, changes), app.now())
    click.echo(f"Changed {name}.")
    show.echo_command("task", "edit", workflow_id, name, *option_words(Task, changes))


def move_task(app: App) -> None:
    workflow_id = choose_workflow(app)
    workflow, _, _ = get_workflow(app.database, workflow_id)
    name = _choose_task(workflow)
    count = len(workflow.tasks)

    def parse(answer: str) -> int:
        place = parse_count(answer)
        if place is None or not 1 <= place <= count:
            raise InvalidInput(f"{answer[:40]!r} is not a position; type 1 to {count}.")
        return place

    position = ask("New position", "1", parse, shown="1")
    tasks.move_task(app.changes, workflow_id, name, position, app.now())
    click.echo(f"{name} is now number {position}.")
    show.echo_command("task", "move", workflow_id, name, str(position))


def delete_task(app: App) -> None:
    workflow_id = choose_workflow(app)
    workflow, _, _ = get_workflow(app.database, workflow_id)
    name = _choose_task(workflow)
    if confirm(f"Delete {name} from {workflow_id}?"):
        tasks.delete_task(app.changes, workflow_id, name, app.now())
        click.echo(f"Deleted {name}.")
        show.echo_command("task", "delete", workflow_id, name, "--yes")
    else:
        click.echo("Nothing was deleted.")
