"""Answers for people: workflows, tasks, schedules, fires and runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.text import Text

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.exit_codes import exit_code_words
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Task, Workflow
from workflow_scheduler.processes.command_line import join

from .context import empty
from .next_fire import next_fire, planning_here, say_problem
from .render import between, console, local_time, plain, say, short_time, shown_state, table
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
    "show_run",
    "show_runs",
    "show_schedule",
    "show_schedules",
    "show_task",
    "show_tasks",
    "show_workflow",
]


_MOST_WHY = 3
"""Failed tasks of a run whose last words are shown with it."""
_MADE_UP = re.compile(r"\d{8}-\d{6}-\w{8}")
_PLAIN_SUCCESS = re.compile(r"\d+ tasks? succeeded")


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


def show_schedules(found: Sequence[Mapping[str, Any]], planning: Planning) -> None:
    table(
        ("schedule", "workflow", "when", "time zone", "next fire"),
        (
            (
                one["id"],
                one["workflow_id"],
                one["description"],
                one["timezone"],
                next_fire(one, one["timezone"], planning),
            )
            for one in found
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


def show_runs(found: Sequence[Mapping[str, Any]], timezone: str) -> None:
    """The runs, a line each; a terminal shows the end of a long identifier, which every command accepts."""
    short = console().is_terminal
    table(
        ("run", "workflow", "state", f"started ({timezone})", "took", "reason"),
        (
            (
                run["id"].rpartition("-")[2] if short and _MADE_UP.fullmatch(run["id"]) else run["id"],
                run["workflow_id"],
                shown_state(run["state"]),
                short_time(run["started_at"], timezone),
                between(run["started_at"], run["finished_at"]),
                "" if _PLAIN_SUCCESS.fullmatch(run["reason"]) else run["reason"],
            )
            for run in found
        ),
        empty("runs", "Start one: scheduler run WORKFLOW"),
    )


def show_run(run: Mapping[str, Any], timezone: str) -> None:
    """A run with its tasks, attempts, exit codes and the proof of each output file."""
    say(f"Run [bold]{escape(run['id'])}[/] of {escape(run['workflow_id'])} (version {run['version']})")
    head = Text.assemble(shown_state(run["state"]), f"  {plain(run['reason'])}")
    _print(head)
    if run["nominal_utc"]:
        say(f"due      {local_time(run['nominal_utc'], timezone)}  ({escape(run['schedule_id'] or '')})")
    say(f"started  {local_time(run['started_at'], timezone)}")
    took = between(run["started_at"], run["finished_at"])
    say(f"finished {local_time(run['finished_at'], timezone)}  {took and f'took {took}'}".rstrip())
    if run["environment"]:
        say(f"environment {escape(plain(run['environment']))}")
    for task in run["tasks"]:
        say("")
        _print(Text.assemble(shown_state(task["state"]), "  ", (task["id"], "bold"), f"  {plain(task['reason'])}"))
        for attempt in task["attempts"]:
            _show_attempt(attempt, several=len(task["attempts"]) > 1)
    if run["state"] in ("failed", "unknown"):
        _show_why(run)


def _show_why(run: Mapping[str, Any]) -> None:
    """What the tasks that failed said last, and what can be done now."""
    from .output import last_words

    failed = [task for task in run["tasks"] if task["state"] in ("failed", "unknown") and task["attempts"]]
    for task in failed[:_MOST_WHY]:
        stream, lines = last_words(task["attempts"][-1])
        if lines:
            say("")
            say(f"[bold]{escape(task['id'])}[/] wrote last to {stream}:")
            click.echo("\n".join(f"    {line}" for line in lines))
    if len(failed) > _MOST_WHY:
        say("")
        say(f"Of {len(failed) - _MOST_WHY} more failed tasks the output is not shown here.")
    say("")
    say(f"All output: scheduler runs logs {run['id']}")
    say(f"Try again:  scheduler runs retry {run['id']}")


def _show_attempt(attempt: Mapping[str, Any], *, several: bool) -> None:
    code = "-" if attempt["exit_code"] is None else exit_code_words(attempt["exit_code"])
    took = between(attempt["started_at"], attempt["finished_at"])
    say(f"    attempt {attempt['number']}: exit code {code}, took {took or '-'}")
    if several and attempt["reason"]:
        say(f"      {escape(plain(attempt['reason']))}")
    for output in attempt["outputs"]:
        say(f"      {escape(plain(output['path']))}")
        say(f"        {escape(plain(output['proof'] or output['reason']))}")


def _print(text: Text) -> None:
    console().print(text)


def echo_command(*words: str) -> None:
    """The command that does what the menu just did."""
    for line in pasteable(words):
        click.echo(click.style(f"  = scheduler {line}", dim=True))
