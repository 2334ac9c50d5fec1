"""Each remedy has a command that exists."""

from __future__ import annotations

import click
import pytest

from workflow_scheduler.cli.main import cli
from workflow_scheduler.cli.show_explanation import COMMANDS
from workflow_scheduler.domain.explanation import RemedyCode


def test_each_remedy_has_one() -> None:
    assert set(COMMANDS) == set(RemedyCode)


@pytest.mark.parametrize("line", COMMANDS.values())
def test_the_command_exists_and_takes_its_options(line: str) -> None:
    command: click.Command = cli
    words = line.split()
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    arguments = sum(isinstance(param, click.Argument) for param in command.params)
    options = {
        name
        for param in command.params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    }
    assert {word for word in words if word.startswith("--")} <= options
    assert not words or words[0] != "{}" or arguments
