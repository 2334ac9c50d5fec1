"""What every kind of test shares: a home of its own, the command, and waiting for a state."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest

from workflow_scheduler.storage.database import Database

ELSEWHERE = ("SCHEDULER_HOME", "DB_URL", "COLUMNS")
"""What the one who runs the tests, or pytest-xdist, has said for itself."""

# A shell's `&` has what it starts ignore Ctrl-C, and nohup has it ignore a hang-up; these tests send both to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Command:
    """Runs the real `scheduler` command in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self.env["SCHEDULER_HOME"] = str(home)
        self.env["WEB"] = "0"  # what has nothing to do with the page need not wait for it
        self.env["PYTHONIOENCODING"] = "utf-8"
        self.env["TZ"] = "UTC"  # a new home has the machine's zone

    def __call__(self, *words: str, code: int | None = 0, text: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "workflow_scheduler", *words],
            env=self.env,
            cwd=self.home,
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=90 if sys.platform != "win32" else 300,  # under Wine beside other tests
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        if code is not None:
            assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str, code: int | None = 0) -> Any:
        if "status" in words and not {"planner", "service"} & set(words) and code == 0:
            code = None  # 3 while no scheduler runs, which the answer says as well
        return json.loads(self(*words, "--json", code=code).stdout)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Command]:
    """The command in a fresh home; a scheduler that a test started is stopped, and what it runs is ended."""
    home = tmp_path / "home"
    home.mkdir()
    command = Command(home)
    yield command
    command("stop", "--kill", code=None)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Wait until a question has a true answer, and return it; fails after `seconds`."""

    def wait(question: Callable[[], Any], seconds: float = 30.0) -> Any:
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < deadline, f"still {answer!r} after {seconds:g} s"
            time.sleep(0.02)
        return answer

    return wait


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL cluster; a URL with `{name}` in it."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL's tests bring their own server on Linux only")
    with databases.cluster() as url:
        yield url


_numbers = itertools.count(1)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with its schema."""
    opened = Database("sqlite:///jobs.sqlite", tmp_path)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with its schema, on SQLite and on PostgreSQL."""
    url = "sqlite:///jobs.sqlite"
    if request.param == "postgresql":
        import psycopg

        template = request.getfixturevalue("postgres")
        name = f"test_{next(_numbers)}"
        with psycopg.connect(template.format(name="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = template.format(name=name)
    opened = Database(url, tmp_path)
    opened.open()
    yield opened
    opened.close()
