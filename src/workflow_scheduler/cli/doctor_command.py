"""`scheduler doctor`"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .context import answer, command_options, home_of, now

if TYPE_CHECKING:
    from workflow_scheduler.operations.home.doctor import Finding

__all__ = ["doctor_command", "examine", "show_findings"]

_SHOWN = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "problem": "[bold red]problem[/]"}


@click.command("doctor")
@command_options
def doctor_command() -> None:
    """Check this home for problems and say how to fix them. Exit code 4 if there is a problem.

    Example: scheduler doctor
    """
    findings = list(examine(home_of()))
    answer([asdict(finding) for finding in findings], lambda: show_findings(findings))
    if any(finding.state == "problem" for finding in findings):
        raise click.exceptions.Exit(4)


def show_findings(findings: Iterable[Finding]) -> None:
    """One line for each finding, with its advice below."""
    from rich.markup import escape

    from .render import plain, say

    for finding in findings:
        say(f"{_SHOWN[finding.state]}  {finding.about:<13} {escape(plain(finding.words))}")
        if finding.advice:
            say(f"         {'':<13} → {escape(plain(finding.advice))}")


def examine(named_home: str | None) -> Iterator[Finding]:
    """Examine a home, named as with `--home`."""
    from workflow_scheduler.bootstrap import open_app
    from workflow_scheduler.domain.errors import SchedulerError
    from workflow_scheduler.operations.home.doctor import Finding, examine_home, examine_opened
    from workflow_scheduler.service.state import installed_path, open_to_others
    from workflow_scheduler.settings import find_home

    home = find_home(named_home)
    yield from examine_home(home)
    account, folders = open_to_others(home)
    for folder in folders:
        words = f"{folder.path} is writable by {folder.who}, who could make the service run anything as {account}"
        yield Finding("service", "problem", words, folder.advice.removeprefix("run: "))
    try:
        app = open_app(named_home, database=False)
    except SchedulerError as error:
        yield Finding("settings", "problem", str(error), f"correct it in {home / '.env'} or in the environment")
        return
    click.get_current_context().call_on_close(app.close)
    for sentence in app.unknown_settings():
        yield Finding("settings", "warning", sentence, f"correct or remove it in {home / '.env'}")
    yield from examine_opened(
        app.database,
        home,
        now(),
        timezone=app.settings.timezone,
        lack_of_room=app.lack_of_room(),
        free_bytes=app.free_bytes(),
        installed_path=installed_path(home),
        interpreters=app.settings.interpreters,
        notify_plan=app.plan_file(),
    )
