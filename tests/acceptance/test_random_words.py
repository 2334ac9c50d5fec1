"""Random command lines: an answer or one sentence, an exit code that is promised, and nothing half done. FAULTS 48."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow_scheduler.cli.main import _run, cli

EXAMPLES = 2000 if os.environ.get("SCHEDULER_LONG_TESTS") else 600
# They go on until somebody ends them, start processes, or ask the terminal itself for a password.
LEFT_OUT = {"serve", "start", "restart", "run", "web", "demo", "service", "user", "menu", "workflow edit", "stop"}
ENDLESS = {"--follow", "-f"}
WORDS = [
    "", " ", "w", "a", "s", "r", "-", "--", "---", "-1", "0", "1", "2", "1e9", "nan", "inf", "99999999999999999999",
    "true", "null", "a=b", "=", "a,b", "*", "?", "%", "%s", "{}", "{run_id}", "~", "$HOME", "\n", "\t", "\x1b[31m",
    "é", "🙂", "\u202eevil", "\u0000".strip("\0"), "\udcff", "x" * 5000, "@daily", "* * * * *", "61 * * * *", "5m",
    "0s", "-5m", "2026-01-01", "2026-02-30", "9999-12-31T23:59:59Z", "Europe/Berlin", "Mars/Olympus", "queue", "all",
    "[", "[[", "{", '{"a": 1}', "'", '"', "con", "nul", ".", "--json", "--yes", "--help", "--home", "-n",
]  # fmt: skip


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command that does something, with the names of its options."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not {name, " ".join((*path, name))} & LEFT_OUT:
                yield from leaves(below, (*path, name))
    else:
        options = [name for option in command.params if isinstance(option, click.Option) for name in option.opts]
        yield path, [name for name in options if name not in ENDLESS]


COMMANDS = list(leaves(cli))
_WORD = st.sampled_from(WORDS) | st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=8)


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    path, options = draw(st.sampled_from(COMMANDS))
    part = st.tuples(st.sampled_from(options), _WORD) | st.tuples(_WORD) if options else st.tuples(_WORD)
    found = [*path]
    for arguments in draw(st.lists(part, max_size=5)):
        found += arguments
    return [argument for argument in found if argument not in ENDLESS]


def call(words: list[str]) -> tuple[int, str]:
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = _run(words)
    said.flush()
    said.seek(0)
    return code, said.read()


def content(home: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(home / "jobs.sqlite")) as database:
        return list(database.iterdump())


def test_every_kind_of_command_is_asked() -> None:
    assert len(COMMANDS) > 40
    assert {("workflow", "apply"), ("task", "add"), ("schedule", "edit"), ("runs", "cancel")} <= dict(COMMANDS).keys()


def test_random_command_lines(tmp_path: Path, monkeypatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("SCHEDULER_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DB_URL", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)
    with (home / os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        definition = {
            "id": "w",
            "tasks": [{"id": "a", "command": "echo"}],
            "schedules": [{"id": "s", "cron": "@daily"}],
        }
        (home / "w").write_text(json.dumps(definition))
        assert call(["workflow", "apply", "w"])[0] == 0

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(lines())
        def ask(words: list[str]) -> None:
            before = content(home)
            code, said = call(words)
            assert "Traceback" not in said
            assert "Unexpected error" not in said, (words, said)
            assert 0 <= code <= 5
            # A question that nobody answers, or a mistake, changes nothing; `doctor` answers with 4 what it found.
            assert code == 0 or content(home) == before
            assert code in (0, 4) or said.strip()

        ask()
