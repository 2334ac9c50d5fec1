"""`scheduler notify …`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app, now

if TYPE_CHECKING:
    from workflow_scheduler.operations.notifications.show import DeliveryRow

__all__ = ["notify_command"]

_SHOWN = 20


@click.group("notify")
def notify_command() -> None:
    """Notifications: who is told when something fails.

    Channels and rules are in notify.yaml in the home; NOTIFY in .env makes a channel without it.

    Example: scheduler notify test ops
    """


@notify_command.command()
@click.argument("channel")
@command_options
def test(channel: str) -> None:
    """Send a test message to a channel now.

    Example: scheduler notify test ops
    """
    from workflow_scheduler.operations.notifications.change import send_test

    app = get_app(database=False)
    key = send_test(app.notify_plan(), channel, app.home, now())
    answer({"channel": channel, "key": key}, lambda: click.echo(f"The test message was delivered to {channel}."))


@notify_command.command("list")
@click.option("--state", type=click.Choice(["queued", "held", "sent", "failed"]), help="List messages in this state.")
@click.option("--channel", help="List messages to this channel.")
@click.option("--messages", is_flag=True, help="List the newest messages instead of the channels.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=_SHOWN, help="At most this many. Default: 20.")
@command_options
def list_(state: str | None, channel: str | None, messages: bool, limit: int) -> None:
    """List the channels with their rules and last message, or messages.

    Example: scheduler notify list --state failed
    """
    app = get_app(absent=[])
    if state or channel or messages:
        from workflow_scheduler.operations.notifications.show import delivery_list

        rows = delivery_list(app.database, limit, state=state, channel=channel)
        answer(rows, lambda: _show_messages(rows, app.settings.timezone))
        return
    from workflow_scheduler.operations.notifications.show import notifications

    found = notifications(app.database, app.notify_plan())

    def show_it() -> None:
        from .render import table

        table(
            ("channel", "kind", "told of", "last message"),
            (
                (
                    row.name,
                    row.kind,
                    "; ".join(rule.partition(" → ")[0] for rule in row.rules) or "nothing: no rule names it",
                    f"{row.last.state}: {row.last.subject}" if row.last else "-",
                )
                for row in found.channels
            ),
            "No channel is set up: failures are only shown. Add NOTIFY=mailto:you@example.com and SMTP_SERVER=host:587 to .env, "
            "or write a notify.yaml.",
        )
        if found.quiet:
            click.echo(f"Quiet: {found.quiet}")
        if found.waiting or found.failed:
            click.echo(f"Messages: {found.waiting} waiting, {found.failed} failed")
        if found.problem:
            click.echo(f"notify.yaml has mistakes, and what it said before applies:\n{found.problem}", err=True)

    answer(found, show_it)


def _show_messages(rows: list[DeliveryRow], timezone: str) -> None:
    from .render import short_time, table

    table(
        ("id", "channel", "state", f"made ({timezone})", "subject", "error"),
        (
            (row.id, row.channel, row.state, short_time(row.created_at, timezone), row.subject, row.error)
            for row in rows
        ),
        "No messages.",
    )


@notify_command.command()
@click.argument("message")
@command_options
def show(message: str) -> None:
    """Show a message with its text, and what became of it.

    Example: scheduler notify show 5f0c2f6e8f3b4f0f9c9a3a6a4b0f5d1e
    """
    from workflow_scheduler.operations.notifications.details import Completion
    from workflow_scheduler.operations.notifications.show import delivery_of

    app = get_app()
    complete = Completion(app.database, app.home, app.settings.timezone, lambda: "")
    found = delivery_of(app.database, message, complete)

    def show_it() -> None:
        from .render import plain, short_time

        zone = app.settings.timezone
        click.echo(
            f"{found.state} to {found.channel} after {found.tries} {'try' if found.tries == 1 else 'tries'}"
            + (f": {found.error}" if found.error else "")
        )
        if found.due_at:
            click.echo(f"next try: {short_time(found.due_at, zone)} {zone}")
        click.echo("\n".join(plain(line) for line in ["", *found.text.splitlines()]))

    answer(found, show_it)


@notify_command.command()
@click.argument("message", required=False)
@click.option("--all", "everything", is_flag=True, help="Retry every message that was not delivered.")
@command_options
def retry(message: str | None, everything: bool) -> None:
    """Send a message again that was not delivered. The running scheduler sends it.

    Example: scheduler notify retry --all
    """
    from workflow_scheduler.operations.notifications.change import retry_deliveries

    if everything == bool(message):
        raise click.UsageError("Give the ID of a message, or --all.")
    app = get_app()
    count = retry_deliveries(app.changes, None if everything else [message or ""], now())
    words = "1 message is" if count == 1 else f"{count} messages are"
    answer({"retried": count}, lambda: click.echo(f"{words} sent again."))
