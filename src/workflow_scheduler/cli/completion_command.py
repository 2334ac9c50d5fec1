"""`scheduler completion`"""

from __future__ import annotations

import click

from .context import answer, command_options

__all__ = ["completion_command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]), required=False)
@command_options
def completion_command(shell: str | None) -> None:
    """Print the completion script of your shell, bash if none is named.

    Example: scheduler completion bash > ~/.local/share/bash-completion/completions/scheduler
    """
    from click.shell_completion import get_completion_class

    from . import powershell_completion  # noqa: F401  click knows it from then on
    from .main import cli

    found = get_completion_class(shell or "bash")
    if found is None:
        raise click.UsageError(f"Completion is not available for {shell}.")
    script = found(cli, {}, "scheduler", "_SCHEDULER_COMPLETE").source()
    answer({"shell": shell or "bash", "script": script}, lambda: click.echo(script))
