"""What people read uses the terms of the product: help, errors, docstrings, comments, documents, the API and the web interface."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from workflow_scheduler.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
BANNED = re.compile(
    r"\b(so many|anew|made up for|heard of|leaves? (it )?away|put back|looked at|is over|are over|forget|forgotten|"
    r"whoever|nobody|a moment)\b",
    re.IGNORECASE,
)
PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".env.example"]
PAGES += [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
PAGES += ["docs/reference/openapi.json"]
# The name of nobody, which no user can have, and not a word that is shown.
NAMES = {"nobody's"}
CODE = re.compile(r"`[^`]*`")
"""Names of functions in comments, which are no words of a sentence."""


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from commands(subcommand, f"{path} {name}")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Every text of a module, its docstrings and its comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, CODE.sub("", node.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], CODE.sub("", token.string)


def test_the_help_of_every_command() -> None:
    all_commands = list(commands(cli, "scheduler"))
    assert len(all_commands) > 60
    for path, command in all_commands:
        helps = [command.help or "", *(getattr(option, "help", None) or "" for option in command.params)]
        assert not BANNED.search(" ".join(helps)), path


def test_every_text_of_the_package() -> None:
    package = ROOT / "src" / "workflow_scheduler"
    wrong = [
        f"{path.relative_to(package)}:{line}: {text}"
        for path in package.rglob("*.py")
        for line, text in texts(path.read_text(encoding="utf-8"))
        if BANNED.search(text) and text not in NAMES
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_every_document(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [match[0] for match in BANNED.finditer(text)] == []


def test_the_web_interface() -> None:
    """What stands between tags, in a label, a title or a hint."""
    shown = re.compile(r'>\s*([^<>{}=;]*[a-z][^<>{}=;]*)<|(?:label|title|hint|words|placeholder)="([^"]*)"')
    sources = [*(ROOT / "ui" / "src").rglob("*.tsx"), ROOT / "ui" / "src" / "api" / "fields.ts"]
    assert len(sources) > 50
    wrong = [
        f"{path.name}: {match[0]}"
        for path in sources
        for match in shown.finditer(path.read_text(encoding="utf-8"))
        if BANNED.search(match[0])
    ]
    assert wrong == []


def test_the_words_are_found_where_they_stand() -> None:
    assert BANNED.search("Nobody can be asked here")
    assert BANNED.search("it is over already")
    assert not BANNED.search("an overview of momentary states")
    source = '"""anew"""\nx = "say it anew"  # nobody, but `forget`\n'
    assert list(texts(source)) == [(1, "anew"), (2, "say it anew"), (2, "# nobody, but ")]
