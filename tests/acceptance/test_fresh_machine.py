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


@pytest.mark.timeout(900)
def test_the_demo_sets_itself_up_once(copy: Path) -> None:
    first = run(copy, "demo")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Setting up, once" in first.stderr
    assert "restores to the same" in first.stdout
    again = run(copy, "workflow", "list", "--home", "demo")
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert "daily_backup" in again.stdout


BESIDE = """
import time
from pathlib import Path
import scheduler

def step(command, advice):
    with Path("steps").open("a") as file:
        file.write("x")
    scheduler.python_of(scheduler.VENV).parent.mkdir(parents=True, exist_ok=True)
    scheduler.python_of(scheduler.VENV).touch()
    while not Path("go").exists():
        time.sleep(0.01)

scheduler.step, scheduler.place_libraries = step, lambda *_: None
scheduler.set_up()
"""


def test_two_that_set_it_up_at_once_do_it_once(tmp_path: Path, until) -> None:
    for name in ("scheduler.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "beside.py").write_text(BESIDE)
    started = []
    for number in range(2):
        said = (tmp_path / f"said{number}").open("w")
        env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        started.append(subprocess.Popen([sys.executable, "beside.py"], cwd=tmp_path, env=env, stderr=said))
        said.close()
        until(lambda number=number: "…" in (tmp_path / f"said{number}").read_text(encoding="utf-8"))
    (tmp_path / "go").touch()
    assert [process.wait() for process in started] == [0, 0]
    assert (tmp_path / "steps").read_text() == "xx", "an environment, and what is in it"
    assert "Waiting for another process" in (tmp_path / "said1").read_text(encoding="utf-8")


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
    assert str(copy / ".venv" / "pip.log") in done.stderr
    assert "127.0.0.1" in (copy / ".venv" / "pip.log").read_text(encoding="utf-8")
    assert not (copy / ".venv" / ".ready").exists()


def wheelhouse(folder: Path, *words: str) -> list[str]:
    command = [sys.executable, "tests/wheelhouse.py", str(folder), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(folder) in done.stdout
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.timeout(900)
def test_a_wheelhouse_beside_it_stands_in_for_the_network(copy: Path) -> None:
    names = wheelhouse(copy / "wheelhouse")
    assert all(name.endswith(".whl") for name in names)
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    done = run(copy, "workflow", "list", **offline)
    assert done.returncode == 0, done.stdout + done.stderr
    # And into an environment of one's own, as docs/windows.md says.
    venv = copy / "own"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", "wheelhouse", "workflow-scheduler[web]"]
    subprocess.run([str(python), *install], cwd=copy, env={**os.environ, **offline}, check=True)
    shown = subprocess.run(
        [str(python), "-m", "workflow_scheduler", "--help"], cwd=copy, capture_output=True, check=True
    )
    assert b"service" in shown.stdout


@pytest.mark.timeout(900)
def test_a_wheelhouse_for_windows_is_whole(tmp_path: Path) -> None:
    names = wheelhouse(tmp_path / "wheels", "--windows", "--python", "3.12")
    assert all(name.endswith(("-win_amd64.whl", "-any.whl")) for name in names), names
    for part in ("pywin32", "colorama", "tzdata", "hatchling", "workflow_scheduler"):
        assert any(name.startswith(f"{part}-") for name in names), part
    assert any("cp312-win_amd64" in name for name in names)
    whole = [
        "--dry-run",
        "--quiet",
        "--no-index",
        "--platform=win_amd64",
        "--python-version=3.12",
        "--only-binary=:all:",
    ]
    where = [f"--find-links={tmp_path / 'wheels'}", f"--target={tmp_path / 'target'}"]
    parts = ["workflow-scheduler[web,postgres,metrics]", "pywin32", "editables", "hatchling"]
    subprocess.run([sys.executable, "-m", "pip", "install", *whole, *where, *parts], check=True)
