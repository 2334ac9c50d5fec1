"""Answers for people: workflows and tasks."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from workflow_scheduler.domain.parameter_values import text_of
from workflow_scheduler.domain.placement import place_words
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.secrets import source_text
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.command_line import join

from .deadline_words import deadline_words
from .next_fire import planning_here
from .plain_table import Styled
from .render import plain, say, say_parts, table
from .shell_words import pasteable
from .show_schedules import show_schedules

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.workflows.apply import Applied

__all__ = [
    "arguments",
    "command_line",
    "echo_command",
    "show_applied",
    "show_task",
    "show_tasks",
    "show_workflow",
]


def arguments(task: Task) -> str:
    """The arguments as a person would type them."""
    return (
        task.args if isinstance(task.args, str) else join(task.args, "windows" if sys.platform == "win32" else "posix")
    )


def command_line(task: Task) -> str:
    """The command as a person would type it."""
    return f"{task.command} {arguments(task)}".strip()


def show_workflow(app: App, workflow: Workflow, version: int, schedules: Sequence[Schedule]) -> None:
    from workflow_scheduler.operations.schedules.show import schedule_row
    from workflow_scheduler.operations.workflows.bundles import files_words

    about = [f"version {version}"]
    about += [] if workflow.enabled else ["disabled"]
    about += [f"at most {workflow.max_active_runs} runs at once"] if workflow.max_active_runs else []
    about += [] if workflow.keep_awake is None else ["stays awake" if workflow.keep_awake else "may sleep"]
    about += [f"labels {', '.join(workflow.labels)}"] if workflow.labels else []
    about += deadline_words(workflow.deadlines)
    about += [f"on {place_words(workflow.place)}"] if workflow.place.elsewhere else []
    say(f"[bold]{escape(workflow.id)}[/]  {escape(plain(', '.join(about)))}")
    if workflow.description:
        say(escape(plain(workflow.description)))
    if workflow.secrets:
        references = [f"{name} from {source_text(written)}" for name, written in workflow.secrets.items()]
        say(escape(plain(f"secrets: {', '.join(references)}")))
    if words := files_words(app.database, workflow):
        say(escape(plain(words)))
    _show_parameters(workflow)
    say("")
    show_tasks(workflow)
    say("")
    rows = [schedule_row(schedule, workflow_enabled=workflow.enabled) for schedule in schedules]
    show_schedules(rows, planning_here(app))


def _show_parameters(workflow: Workflow) -> None:
    from workflow_scheduler.definitions.plain import plain_of

    if workflow.params:
        say("")
    for name, parameter in workflow.params.items():
        facts = {field: value for field, value in plain_of(parameter).items() if field not in ("type", "description")}
        words = [
            f"{field} {', '.join(map(str, value)) if isinstance(value, list) else text_of(value)}"
            for field, value in facts.items()
        ]
        words += ["required"] if parameter.required else []
        words += [parameter.description] if parameter.description else []
        say(f"[bold]{escape(name):<20}[/] {escape(plain('; '.join([parameter.type.value, *words])))}")


def show_tasks(workflow: Workflow) -> None:
    before = workflow.predecessors
    machines = ("machine",) if workflow.has_places else ()
    table(
        ("#", "task", "command", "after", "output files", "retries", *machines),
        (
            (
                at,
                task.id,
                command_line(task),
                ", ".join(before[task.id]) or "-",
                ", ".join(output_file.path for output_file in task.output_files) or "-",
                task.retry.limit or "-",
                *(_machine(workflow, task) for _ in machines),
            )
            for at, task in enumerate(workflow.tasks, 1)
        ),
        f"No tasks yet. Add one: scheduler task add {workflow.id} --command COMMAND",
    )


def _machine(workflow: Workflow, task: Task) -> str:
    place = task.place if task.place.elsewhere else workflow.place
    return place_words(place).removeprefix("machine ") if place.elsewhere else "-"


def show_task(task: Task) -> None:
    from workflow_scheduler.definitions.plain import plain_of

    for name, value in plain_of(task).items():
        if isinstance(value, Mapping):
            shown = ", ".join(f"{key}={part}" for key, part in value.items())
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        say(f"[bold]{escape(name):<20}[/] {escape(plain(shown))}")


def show_applied(done: Sequence[Applied], *, dry_run: bool) -> None:
    for applied in done:
        style = {"created": "green", "changed": "yellow", "unchanged": "dim"}[applied.result]
        say_parts(Styled(applied.result, style), f"  {applied.id} (version {applied.version})")
        for line in applied.diff if applied.result == "changed" else ():
            colour = "green" if line.startswith("+") else "bold red" if line.startswith("-") else "dim"
            say_parts("  ", Styled(plain(line), colour))
    if dry_run:
        say_parts("Nothing was changed (--dry-run).")


def echo_command(*words: str) -> None:
    """Print the command equivalent to what the menu just did."""
    for line in pasteable(words):
        click.echo(click.style(f"  = scheduler {line}", dim=True))
