"""The documents are true: each command in them runs, and the reference is what the code says."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for bash")
@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md", "docs/how-to.md"])
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
