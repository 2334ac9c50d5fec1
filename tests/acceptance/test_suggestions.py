"""A command that there is not: what was probably meant. And the help that shows those that there are."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["workflw"], "'workflow' or 'worker'"),
        (["Workflow"], "'workflow'"),
        (["ls"], "'workflow list', 'task list', 'schedule list', 'calendar list' or 'runs list'"),
        (["logs"], "'runs logs' or 'log'"),
        (["aply"], "'workflow apply' or 'calendar apply'"),
        (["retry"], "'runs retry', 'backfill retry' or 'notify retry'"),
        (["dashboard"], "'web'"),
        (["workflow", "ls"], "'list'"),
        (["task", "rm"], "'delete'"),
        (["runs", "lits"], "'list'"),
        (["workflow", "run"], "'scheduler run'"),
        (["runs", "preview"], "'scheduler schedule preview'"),
    ],
)
def test_what_was_meant_is_suggested(scheduler, words: list[str], meant: str) -> None:
    said = scheduler(*words, code=2).stderr
    assert f"No such command {words[-1]!r}. Did you mean {meant}?" in said
    assert "--help'." in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("word", ["qqqqq", "[bold]", "a'b", "x" * 5000])
def test_nothing_is_suggested_for_what_is_like_nothing(scheduler, word: str) -> None:
    said = scheduler(word, code=2).stderr
    assert "Did you mean" not in said
    assert len(said) < 200


def test_the_help_has_headings_within_80_columns(scheduler) -> None:
    from workflow_scheduler.cli.main import cli

    for columns in ("80", "60"):
        scheduler.env["COLUMNS"] = columns
        lines = scheduler("--help").stdout.splitlines()
        assert max(map(len, lines)) <= int(columns)
    scheduler.env["COLUMNS"] = "80"
    lines = scheduler("--help").stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith((" ", "Usage"))]
    assert headings == [
        "Options:",
        "Workflows:",
        "Runs:",
        "The scheduler:",
        "More machines:",
        "Web interface and API:",
        "This home:",
    ]
    names = [line.split()[0] for line in lines[lines.index("Workflows:") :] if line.startswith("  ")]
    assert names == cli.list_commands(None)  # type: ignore[arg-type]  and none takes two lines
