"""`scheduler log`"""

from __future__ import annotations

import json

import click

from .context import answer, as_json, command_options, home_of

__all__ = ["log_command"]


@click.command("log")
@click.option("-f", "--follow", is_flag=True, help="Keep printing new lines until Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0, 1_000_000),
    default=20,
    show_default=True,
    help="Number of lines to show first.",
)
@command_options
def log_command(follow: bool, lines: int) -> None:
    """Show the end of scheduler.log.

    Example: scheduler log -f
    """
    from workflow_scheduler.log_file import LOG_NAME
    from workflow_scheduler.operations.home.log_tail import last_lines, new_lines, why_no_lines
    from workflow_scheduler.settings import find_home

    path = find_home(home_of()) / LOG_NAME
    found, position = last_lines(path, lines)
    if not found and not follow:
        answer([], lambda: click.echo(why_no_lines(path)))
        return
    answer(found, lambda: click.echo("\n".join(found)) if found else None)
    if follow:
        for line in new_lines(path, position):
            click.echo(json.dumps(line, ensure_ascii=False) if as_json() else line)
