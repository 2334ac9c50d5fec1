"""`scheduler web` and `scheduler webhook …`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, confirm_or_stop, get_app, home_of, now, workflow_argument

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = ["open_in_browser", "page_with_ticket", "web_command", "webhook_command"]


@click.command("web")
@click.option("--print", "only_print", is_flag=True, help="Only print the sign-in address; do not open a browser.")
@click.option("--serve", "be_the_page", is_flag=True, hidden=True, help="Internal: the process of the web interface.")
@command_options
def web_command(only_print: bool, be_the_page: bool) -> None:
    """Open the web interface in a browser, signed in. The address works once, within a minute.

    The browser opens a file in the home that redirects there, so that other users cannot read the address in the process list.

    Example: scheduler web
    """
    if be_the_page:
        _serve_page()
        return
    app = get_app()
    page, ticket = page_with_ticket(app)
    url = f"{page}/#ticket={ticket}"
    answer({"url": url, "address": page}, lambda: click.echo(url) if only_print else open_in_browser(app, page, ticket))


def page_with_ticket(app: App) -> tuple[str, str]:
    """The address of the web interface and a ticket that signs in once. Refused if it is not available."""
    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.access.accounts import Accounts
    from workflow_scheduler.operations.home.running import running_scheduler

    found = running_scheduler(app.home)
    if found is None:
        raise Refused(f"The scheduler is not running in {app.home}, and its page with it; start it: scheduler start")
    page = found.page or {}
    if "address" not in page:
        why = page.get("problem", "The scheduler was started without it. Restart it with 'scheduler restart --web'.")
        raise Refused(f"The web interface is not available: {why}")
    return page["address"], Accounts(app.database).make_ticket(app.now())


def open_in_browser(app: App, page: str, ticket: str) -> None:
    """Open the web interface, signed in. Refused if no browser can be opened."""
    import webbrowser

    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.access.sign_in_page import remove_old_sign_in_pages, write_sign_in_page

    remove_old_sign_in_pages(app.home, app.now())
    file = write_sign_in_page(app.home, f"{page}/#ticket={ticket}", ticket)
    click.echo(f"{page} opens in your browser, through {file}")
    if not webbrowser.open(file.as_uri()):
        file.unlink(missing_ok=True)
        raise Refused("No browser could be opened. Print the address with: scheduler web --print")


def _serve_page() -> None:
    from workflow_scheduler.bootstrap import open_app
    from workflow_scheduler.bootstrap.serving import serve_page
    from workflow_scheduler.web.supervisor import say

    app = open_app(home_of(), database=False)
    try:
        serve_page(app, say)
    finally:
        app.close()


@click.group("webhook")
def webhook_command() -> None:
    """Webhooks: let other programs start runs of a workflow with a secret.

    Example: scheduler webhook add nightly
    """


@webhook_command.command()
@workflow_argument()
@command_options
def add(workflow: str) -> None:
    """Add a webhook to a workflow and show its secret.

    Example: scheduler webhook add nightly
    """
    from workflow_scheduler.operations.access.secret import home_secret
    from workflow_scheduler.operations.runs.webhooks import add_hook

    app = get_app()
    made = add_hook(app.changes, home_secret(app.home), workflow, now())

    def show() -> None:
        click.echo(f"POST {made.path} starts {workflow} when signed with the secret {made.secret}")
        click.echo("docs/how-to.md shows how to sign.")

    answer(made, show)


@webhook_command.command("list")
@command_options
def list_() -> None:
    """List the webhooks without their secrets.

    Example: scheduler webhook list
    """
    from workflow_scheduler.operations.runs.webhooks import hook_list
    from workflow_scheduler.operations.timestamps import iso

    hooks = hook_list(get_app(absent=[]).database)

    def show() -> None:
        from .render import table

        rows = [(hook.id, hook.workflow_id, iso(hook.created_at)) for hook in hooks]
        table(("webhook", "workflow", "made"), rows, "No webhooks yet. Add one: scheduler webhook add WORKFLOW")

    answer(hooks, show)


@webhook_command.command()
@click.argument("webhook")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(webhook: str, yes: bool) -> None:
    """Delete a webhook. Its secret stops working.

    Example: scheduler webhook delete h_2bk7x4 --yes
    """
    from workflow_scheduler.operations.runs.webhooks import delete_hook

    app = get_app()
    if not yes:
        confirm_or_stop(f"Delete {webhook}?")
    delete_hook(app.changes, webhook)
    answer({"id": webhook, "deleted": True}, lambda: click.echo(f"Deleted {webhook}."))
