"""Completion: the scripts of the shells, and what they are answered."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_a_script(scheduler, shell: str) -> None:
    script = scheduler("completion", shell).stdout
    assert f"{shell}_complete" in script
    assert "_SCHEDULER_COMPLETE" in script


@pytest.mark.parametrize(
    ("words", "part", "values"),
    [
        ([], "wor", ["workflow"]),
        (["workflow"], "cr", ["create"]),
        (["run"], "", ["nightly", "tidy"]),
        (["run", "nightly"], "--det", ["--detach"]),
    ],
)
def test_what_powershell_is_answered(scheduler, words: list[str], part: str, values: list[str]) -> None:
    scheduler("workflow", "create", "nightly")
    scheduler("workflow", "create", "tidy")
    scheduler.env |= {
        "_SCHEDULER_COMPLETE": "powershell_complete",
        "COMP_WORDS": "\n".join(["scheduler", *words]),
        "COMP_CWORD": f"={part}",
    }
    lines = [line.split("\t") for line in scheduler().stdout.splitlines()]
    assert [value for value, help_ in lines if help_] == values


def test_completing_makes_no_home(scheduler) -> None:
    scheduler.env |= {"_SCHEDULER_COMPLETE": "powershell_complete", "COMP_WORDS": "scheduler\nrun", "COMP_CWORD": "="}
    assert scheduler().stdout.strip() == ""
    assert list(scheduler.home.iterdir()) == []
