"""`python scheduler.py demo` in a copy of the project, with nothing but Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder with spaces"
    for name in ("src", "scheduler.py", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def run(copy: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    # The Python that the tests' environment was made from, as a person has it.
    base = Path(getattr(sys, "_base_executable", sys.executable))
    kept = {name: value for name, value in os.environ.items() if name not in ("SCHEDULER_HOME", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(base), "scheduler.py", *words],
        cwd=copy,
        env={**kept, "PYTHONIOENCODING": "utf-8", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.mark.timeout(400)
def test_the_demo_sets_itself_up_once(copy: Path) -> None:
    first = run(copy, "demo")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Setting up, once" in first.stderr
    assert "restores to the same" in first.stdout
    again = run(copy, "workflow", "list", "--home", "demo")
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert "daily_backup" in again.stdout


def test_without_the_network_a_sentence_says_so(copy: Path) -> None:
    done = run(
        copy,
        "demo",
        PIP_INDEX_URL="http://127.0.0.1:1/simple",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
        PIP_FIND_LINKS="",
    )
    assert done.returncode == 1
    assert "check the network" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (copy / ".venv" / ".ready").exists()
