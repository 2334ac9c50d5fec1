"""`scheduler watchman`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app
from .render import plain, say_parts

__all__ = ["watchman_command"]

_PAUSE = 15.0
"""Seconds until a second look."""
_TROUBLE = 3


@click.command("watchman")
@command_options
def watchman_command() -> None:
    """Look whether the scheduler works, and tell people once if it does not, and once when it works again.

    For a timer of the operating system, every five minutes: 'scheduler service install' sets one up. It tells the channels of
    the rules for scheduler_down; without such a rule, those for failed.

    Exit code 0 if the scheduler works or is stopped as planned, 3 if not.

    Example: scheduler watchman
    """
    import time

    from workflow_scheduler.operations.home.presence import check_home, is_home
    from workflow_scheduler.operations.home.watch_messages import channels_told, send_notice
    from workflow_scheduler.operations.home.watchman import look, watch
    from workflow_scheduler.operations.rows import plain as as_plain

    app = get_app(database=False)
    if not is_home(app.home):
        check_home(app.home, app.database)
    plan = app.notify_plan()
    found = watch(
        app.home,
        app.now(),
        lambda: look(app.home, app.database, app.now()),
        lambda: time.sleep(_PAUSE),
        channels_told(plan),
        lambda name, notice: send_notice(plan, name, notice, app.home, app.now(), app.settings.timezone),
    )

    def show() -> None:
        say_parts(plain(found.words))
        if found.told:
            click.echo(f"Told: {', '.join(found.told)}.")
        for words in found.failed:
            click.echo(f"Could not be told: {plain(words)}", err=True)
        if found.trouble is not None and not channels_told(plan):
            click.echo("No channel is set up to tell people; see 'scheduler notify list'.", err=True)

    answer(as_plain(found), show)
    if found.trouble is not None:
        raise click.exceptions.Exit(_TROUBLE)
