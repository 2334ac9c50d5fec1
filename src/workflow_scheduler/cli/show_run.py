"""A run for people, with its tasks, attempts and what failed. Each reason is said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.text import Text

from workflow_scheduler.domain.exit_codes import exit_code_words
from workflow_scheduler.domain.parameter_values import text_of

from .context import own_command
from .render import between, console, local_time, plain, say, state_text
from .show_running import say_look

if TYPE_CHECKING:
    from workflow_scheduler.operations.runs.detail_rows import RunDetail, TaskRunRow

__all__ = ["show_run"]

_FAILED = ("failed", "unknown")


def show_run(run: RunDetail, timezone: str, differences: Sequence[str] = ()) -> None:
    """A run with its tasks, attempts, exit codes, output file checks, and the last lines of what failed. `differences`: from
    the last good run."""
    failed = [task for task in run.tasks if task.state in _FAILED]
    say(f"Run [bold]{escape(run.id)}[/] of {escape(run.workflow_id)} (version {run.version})")
    # A run's reason combines those of its tasks, which follow.
    from_tasks = any(f"task {task.id}: {task.reason}" in run.reason for task in failed)
    console().print(Text.assemble(state_text(run.state), "" if from_tasks else f"  {plain(run.reason)}"))
    if differences:
        say("compared with the last good run:")
    for line in differences:
        say(f"  {escape(plain(line))}")
    if run.due_utc:
        say(f"due      {local_time(run.due_utc, timezone)}  ({escape(run.schedule_id or '')})")
        if run.due_utc != run.nominal_utc:
            say(f"for      {local_time(run.nominal_utc, timezone)}")
    elif run.nominal_utc:
        say(f"for      {local_time(run.nominal_utc, timezone)}")
    if run.backfill_id:
        say(f"backfill {escape(run.backfill_id)}")
    say(f"started  {local_time(run.started_at, timezone)}")
    took = between(run.started_at, run.finished_at)
    say(f"finished {local_time(run.finished_at, timezone)}  {took and f'took {took}'}".rstrip())
    for name, value in run.params.items():
        say(
            f"[bold]{escape(name)}[/] = {escape(plain(', '.join(value) if isinstance(value, list) else text_of(value)))}"
        )
    if run.environment:
        say(f"environment {escape(plain(run.environment))}")
    for deadline in run.deadlines:
        name = deadline.kind.replace("_", " ") + (f" of {deadline.task_id}" if deadline.task_id else "")
        colour = "bold yellow" if deadline.state in ("missed", "at_risk") else "dim"
        words = f"{name}: {local_time(deadline.due_utc, timezone)}, {deadline.state}"
        console().print(Text.assemble("deadline ", (plain(f"{words}  {deadline.reason}".strip()), colour)))
    for names, task in _folded(run.tasks):
        reason = "" if task.reason == run.reason else f"  {plain(task.reason)}"
        say("")
        console().print(Text.assemble(state_text(task.state), "  ", (names, "bold"), reason))
        for line in _attempts(task):
            say(line)
    for look in run.looks:
        say("")
        say_look(look, timezone)
    for task in failed:
        _show_why(task)
    if left := sum(task.why is None and bool(task.attempts) and _wrote(task) for task in failed):
        say("")
        say(f"The last lines of {left} more failed {'tasks are' if left > 1 else 'task is'} not shown here.")
    if failed:
        say("")
        say(f"All output: {escape(own_command('runs', 'logs', run.id))}")
    if run.state in _FAILED:
        say(f"Try again:  {escape(own_command('runs', 'retry', run.id))}")


def _folded(tasks: Sequence[TaskRunRow]) -> Iterator[tuple[str, TaskRunRow]]:
    """The tasks; consecutive tasks that did not run for the same reason share a row."""
    for _, group in groupby(tasks, lambda task: task.id if task.attempts else (task.state, task.reason, "none")):
        alike = list(group)
        yield ", ".join(task.id for task in alike), alike[0]


def _attempts(task: TaskRunRow) -> Iterator[str]:
    before = task.reason
    for attempt in task.attempts:
        code = "-" if attempt.exit_code is None else exit_code_words(attempt.exit_code)
        took = between(attempt.started_at, attempt.finished_at)
        there = f" on {escape(plain(attempt.worker))}" if attempt.worker else ""
        yield f"    attempt {attempt.number}{there}: exit code {code}, took {took or '-'}"
        reason = attempt.reason
        if reason and reason not in before and not reason.startswith(f"exit code {code}"):
            yield f"      {escape(plain(reason))}"
            before = reason
        if attempt.placement:
            yield f"      it {escape(plain(attempt.placement))}"
        if attempt.files is not None:
            yield f"      files: {escape(plain(attempt.files.sentence))}"
        for output in attempt.outputs:
            yield f"      {escape(plain(output['path']))}"
            if (words := output["proof"] or output["reason"]) not in task.reason:
                yield f"        {escape(plain(words))}"
            if unusual := output.get("unusual"):
                accepted = f" (accepted by {output['accepted']})" if output.get("accepted") else ""
                if unusual not in before:
                    yield f"        [yellow]{escape(plain(unusual + accepted))}[/]"


def _show_why(task: TaskRunRow) -> None:
    if task.memory and task.memory.sentence:
        say("")
        console().print(Text.assemble((f"{task.id}: ", "bold"), plain(task.memory.sentence)))
    if why := task.why:
        say("")
        say(f"[bold]{escape(task.id)}[/] wrote {'last ' if why.cut else ''}to {why.stream}:")
        click.echo("\n".join(f"    {line}" for line in why.lines))


def _wrote(task: TaskRunRow) -> bool:
    return bool(task.attempts[-1].stdout_bytes or task.attempts[-1].stderr_bytes)
