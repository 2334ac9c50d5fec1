"""The documents are true: each command in them runs, and the reference is what the code says."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from workflow_scheduler.cli.main import cli
from workflow_scheduler.processes.command_line import split

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for bash")
@pytest.mark.parametrize(
    "page", ["README.md", "docs/quickstart.md", "docs/how-to.md", "docs/deadlines.md", "docs/parameters.md"]
)
@pytest.mark.timeout(900)
def test_every_command_of_a_page_runs(scheduler, page: str) -> None:
    blocks = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert blocks
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", "\n".join(blocks)],
        cwd=scheduler.home,
        env={**scheduler.env, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "least"), [("windows", 30), ("workers", 12), ("high-availability", 4)])
def test_every_command_of_a_page_for_other_machines_is_one(page: str, least: int) -> None:
    """Its blocks are for other shells, and some need a machine of their own; its commands and their options are there."""
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```(?:bat|powershell|sh)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    lines = re.findall(r"`(scheduler(?: [^`]*)?)`", text)
    lines += re.findall(r"^(?:\S+ = )?(scheduler .*)$", blocks, re.MULTILINE)
    commands = {line.partition(" | ")[0] for line in lines}
    assert len(commands) > least
    for line in commands:
        _, *words = split(line, "windows")
        _check_words(cli, words, line)


def _check_words(command: click.Command, words: list[str], line: str) -> None:
    context = command.make_context("scheduler", list(words), resilient_parsing=True)
    named = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
    rest = [*context._protected_args, *context.args] if isinstance(command, click.Group) else []
    given = words[: len(words) - len(rest)]
    assert {word for word in given if word.startswith("--")} <= named, line
    if not isinstance(command, click.Group) or not rest:
        return
    found = command.get_command(context, rest[0])
    assert found is not None, f"{line}: {rest[0]}"
    _check_words(found, rest[1:], line)


@pytest.mark.parametrize("page", ["commands.md", "definitions.md", "openapi.json"])
def test_the_reference_is_what_the_code_says(page: str) -> None:
    pages = runpy.run_path(str(ROOT / "docs/reference/make.py"))["PAGES"]
    assert pages[page]() == (ROOT / "docs/reference" / page).read_text(encoding="utf-8"), "run: python dev.py docs"


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_setting_is_documented() -> None:
    from workflow_scheduler.settings import VARIABLES

    for page in (".env.example", "docs/reference/settings.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert all(variable in text for variable in VARIABLES), page


def test_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        *project["dependencies"],
        *project["optional-dependencies"]["web"],
        "-e .",
    ]


def test_the_readmes_definition_is_valid(scheduler) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (scheduler.home / "nightly.yaml").write_text(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    scheduler("workflow", "validate", "nightly.yaml")
