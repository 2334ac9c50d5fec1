"""Commands that the menu prints can be pasted into cmd and PowerShell."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.cli.shell_words import pasteable
from workflow_scheduler.processes.command_line import split


def cmd_reads(line: str) -> str:
    """The line that a program gets from cmd's prompt, if cmd acts on nothing in it."""
    told, quoted, at = "", False, 0
    while at < len(line):
        char = line[at]
        if char == "^" and not quoted:
            at += 1
            char = line[at]
        elif char == '"':
            quoted = not quoted
        else:
            assert char != "%", line
            assert quoted or char not in "&|<>()", line
        told, at = told + char, at + 1
    return told


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["run", "daily"], ["run daily"]),
        (["--arguments", r"x.py C:\backups\db.sql"], [r'--arguments "x.py C:\backups\db.sql"']),
        (["--arg", "C:\\my files\\"], ['--arg "C:\\my files\\\\"']),
        (["--arg", "it's"], ['--arg "it\'s"']),
        (["--cron", "0 1 * * *"], ['--cron "0 1 * * *"']),
        (["--arg", "a&b", "a,b", "@x", ""], ['--arg "a&b" "a,b" "@x" ""']),
        (["--arg", "50%"], ["--arg 50^%   (cmd)", "--arg '50%'   (PowerShell)"]),
        (["--arg", "$HOME it's"], ['--arg "$HOME it\'s"   (cmd)', "--arg '$HOME it''s'   (PowerShell)"]),
        (["--arg", 'say "hi" & go'], [r'--arg ^"say \^"hi\^" ^& go^"   (cmd)']),
    ],
)
def test_what_windows_is_shown(words: list[str], lines: list[str]) -> None:
    assert pasteable(words, windows=True) == lines


def test_elsewhere_it_is_for_sh() -> None:
    assert pasteable(["--arg", "it's $x"], windows=False) == ["--arg 'it'\"'\"'s $x'"]


@given(st.lists(st.text(st.sampled_from("ab \\\"'%$&|<>()^!,;=@`-.:"), max_size=8), min_size=1, max_size=3))
def test_cmd_gives_the_program_the_same_words(words: list[str]) -> None:
    line = re.sub(r"   \(cmd\)$", "", pasteable(words, windows=True)[0])
    assert split(cmd_reads(line), "windows") == words
