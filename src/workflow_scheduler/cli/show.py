"""Answers for people: workflows, tasks, schedules and fires."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Task, Workflow
from workflow_scheduler.processes.command_line import join

from .context import empty
from .next_fire import DISABLED, next_fire, planning_here, say_problem
from .render import local_time, plain, say, table
from .shell_words import pasteable

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.planning import Planning
    from workflow_scheduler.operations.schedules.rows import ComingFire, ScheduleRow
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
    from workflow_scheduler.operations.schedules.show import schedule_row

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
    rows = [schedule_row(schedule, workflow_enabled=workflow.enabled) for schedule in schedules]
    show_schedules(rows, planning_here(app))


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
                ", ".join(output_file.path for output_file in task.output_files) or "-",
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


def show_schedules(schedules: Sequence[ScheduleRow], planning: Planning, *, numbered: bool = False) -> None:
    table(
        (*(("#",) if numbered else ()), "schedule", "workflow", "when", "time zone", "next fire"),
        (
            (
                *((number,) if numbered else ()),
                schedule.id,
                schedule.workflow_id,
                schedule.description,
                schedule.timezone,
                next_fire(
                    schedule.next_utc,
                    schedule.timezone,
                    planning,
                    "" if schedule.enabled else "paused" if schedule.paused else DISABLED,
                ),
            )
            for number, schedule in enumerate(schedules, 1)
        ),
        empty("schedules", "Add one: scheduler schedule add WORKFLOW --every 1h"),
    )
    if schedules:
        say_problem(planning)


def show_schedule(schedule: ScheduleRow, fires: Sequence[ComingFire]) -> None:
    say(f"[bold]{escape(schedule.id)}[/] of {escape(schedule.workflow_id)}")
    policies = schedule.policies
    words = f"catch-up {policies.catchup}, overlap {policies.overlap}"
    if policies.catchup_window is not None:
        words += f", catch-up window {format_duration(policies.catchup_window)}"
    words += ", wakes Windows" if policies.wake else ""
    say(words if schedule.enabled else f"{words}, [yellow]paused[/]")
    show_fires(schedule.description, schedule.timezone, fires)


def show_fires(words: str, timezone: str, fires: Sequence[ComingFire]) -> None:
    """Plain English, then the next times in the schedule's zone."""
    say(f"{escape(words)} ({escape(timezone)})")
    for fire in fires:
        note = f"  [yellow]{escape(fire.note)}[/]" if fire.note else ""
        say(f"  {local_time(fire.utc, timezone)}{note}")
    if not fires:
        say("  It never fires again.")


def show_applied(done: Sequence[Applied], *, dry_run: bool) -> None:
    for applied in done:
        style = {"created": "green", "changed": "yellow", "unchanged": "dim"}[applied.result]
        say(f"[{style}]{applied.result}[/]  {escape(applied.id)} (version {applied.version})")
        for line in applied.diff if applied.result == "changed" else ():
            colour = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
            say(f"  [{colour}]{escape(plain(line))}[/]")
    if dry_run:
        say("Nothing was changed (--dry-run).")


def echo_command(*words: str) -> None:
    """Print the command equivalent to what the menu just did."""
    for line in pasteable(words):
        click.echo(click.style(f"  = scheduler {line}", dim=True))
