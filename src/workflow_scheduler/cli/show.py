"""Answers for people: workflows, tasks, schedules and fires."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Task, Workflow
from workflow_scheduler.processes.command_line import join

from .context import empty
from .next_fire import next_fire, planning_here, say_problem
from .render import local_time, plain, say, table
from .shell_words import pasteable

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.pending import Planning
    from workflow_scheduler.operations.workflows.apply import Applied

__all__ = [
    "arguments",
    "command_line",
    "echo_command",
    "show_applied",
    "show_fires",
    "show_schedule",
    "show_schedules",
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
    from workflow_scheduler.operations.schedules.show import schedule_shape

    about = [f"version {version}"]
    about += [] if workflow.enabled else ["disabled"]
    about += [f"at most {workflow.max_active_runs} runs at once"] if workflow.max_active_runs else []
    about += [] if workflow.keep_awake is None else ["stays awake" if workflow.keep_awake else "may sleep"]
    about += [f"labels {', '.join(workflow.labels)}"] if workflow.labels else []
    say(f"[bold]{escape(workflow.id)}[/]  {escape(plain(', '.join(about)))}")
    if workflow.description:
        say(escape(plain(workflow.description)))
    say("")
    show_tasks(workflow)
    say("")
    shapes = [schedule_shape(schedule, workflow_enabled=workflow.enabled) for schedule in schedules]
    show_schedules(shapes, planning_here(app))


def show_tasks(workflow: Workflow) -> None:
    before = workflow.predecessors
    table(
        ("#", "task", "command", "after", "output files", "retries"),
        (
            (
                at,
                task.id,
                command_line(task),
                ", ".join(before[task.id]) or "-",
                ", ".join(one.path for one in task.output_files) or "-",
                task.retry.limit or "-",
            )
            for at, task in enumerate(workflow.tasks, 1)
        ),
        f"No tasks yet. Add one: scheduler task add {workflow.id} --command COMMAND",
    )


def show_task(task: Task) -> None:
    from workflow_scheduler.definitions.plain import plain_of

    for name, value in plain_of(task).items():
        if isinstance(value, Mapping):
            shown = ", ".join(f"{key}={one}" for key, one in value.items())
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        say(f"[bold]{escape(name):<20}[/] {escape(plain(shown))}")


def show_schedules(found: Sequence[Mapping[str, Any]], planning: Planning, *, numbered: bool = False) -> None:
    table(
        (*(("#",) if numbered else ()), "schedule", "workflow", "when", "time zone", "next fire"),
        (
            (
                *((number,) if numbered else ()),
                one["id"],
                one["workflow_id"],
                one["description"],
                one["timezone"],
                next_fire(one, one["timezone"], planning),
            )
            for number, one in enumerate(found, 1)
        ),
        empty("schedules", "Add one: scheduler schedule add WORKFLOW --every 1h"),
    )
    if found:
        say_problem(planning)


def show_schedule(shape: Mapping[str, Any]) -> None:
    say(f"[bold]{escape(shape['id'])}[/] of {escape(shape['workflow_id'])}")
    policies = f"catch-up {shape['catchup']}, overlap {shape['overlap']}"
    if shape["catchup_window"] is not None:
        policies += f", catch-up window {format_duration(shape['catchup_window'])}"
    policies += ", wakes Windows" if shape["wake"] else ""
    say(policies if shape["enabled"] else f"{policies}, [yellow]paused[/]")
    show_fires(shape["description"], shape["timezone"], shape["fires"])


def show_fires(words: str, timezone: str, fires: Sequence[Mapping[str, str]]) -> None:
    """Plain English, then the next times in the schedule's zone."""
    say(f"{escape(words)} ({escape(timezone)})")
    for fire in fires:
        note = f"  [yellow]{escape(fire['note'])}[/]" if "note" in fire else ""
        say(f"  {local_time(fire['utc'], timezone)}{note}")
    if not fires:
        say("  It never fires again.")


def show_applied(done: Sequence[Applied], *, dry_run: bool) -> None:
    for one in done:
        style = {"created": "green", "changed": "yellow", "unchanged": "dim"}[one.result]
        say(f"[{style}]{one.result}[/]  {escape(one.workflow_id)} (version {one.version})")
        for line in one.diff if one.result == "changed" else ():
            colour = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
            say(f"  [{colour}]{escape(plain(line))}[/]")
    if dry_run:
        say("Nothing was changed (--dry-run).")


def echo_command(*words: str) -> None:
    """The command that does what the menu just did."""
    for line in pasteable(words):
        click.echo(click.style(f"  = scheduler {line}", dim=True))
