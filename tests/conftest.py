"""What every kind of test shares: a home of its own, the command, and waiting for a state."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asking
import databases
import forking
import hypothesis
import machine
import order
import pytest
import second_try
from patience import PATIENCE

from workflow_scheduler.storage.database import Database

ELSEWHERE = ("SCHEDULER_HOME", "DB_URL", "COLUMNS")
"""What the one who runs the tests, or pytest-xdist, has said for itself."""

# A shell's `&` has what it starts ignore Ctrl-C, and nohup has it ignore a hang-up; these tests send both to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


# How long an example takes says how busy the machine is, too.
hypothesis.settings.register_profile("tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")


class Command:
    """Runs the real `scheduler` command in one home: in a process of its own, whether forked or started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.asks_here = True
        """Whether this process may open the database, too, to answer a question."""
        self.env = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self.env["SCHEDULER_HOME"] = str(home)
        self.env["WEB"] = "0"  # what has nothing to do with the page need not wait for it
        self.env["PYTHONIOENCODING"] = "utf-8"
        self.env["TZ"] = "UTC"  # a new home has the machine's zone

    def __call__(self, *words: str, code: int | None = 0, text: str | None = None) -> subprocess.CompletedProcess[str]:
        if forking.can_fork(words, self.env, text):
            done = forking.run(words, self.env, self.home, text, PATIENCE)
        else:
            done = self.start(words, text)
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        if code is not None:
            assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, words: Sequence[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
        """The command as a shell starts it, however it ends."""
        return subprocess.run(
            [sys.executable, "-m", "workflow_scheduler", *words],
            env=self.env,
            cwd=self.home,
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    @staticmethod
    def python(code: str) -> list[str]:
        """The options of a task that runs this code."""
        return ["--command", sys.executable, "--arg", "-c", "--arg", code]

    def json(self, *words: str, code: int | None = 0) -> Any:
        if "status" in words and not {"planner", "service"} & set(words) and code == 0:
            code = None  # 3 while no scheduler runs, which the answer says as well
        asked = [*words, "--json"]
        if not (self.asks_here and asking.is_question(asked, self.env)):
            return json.loads(self(*asked, code=code).stdout)
        done = asking.ask(asked, self.env, self.home)
        assert code is None or done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Command]:
    """The command in a fresh home; a scheduler that a test started is stopped, and what it runs is ended."""
    home = tmp_path / "home"
    home.mkdir()
    command = Command(home)
    yield command
    if asking.can_be_here(command.env):
        asking.ask(["stop", "--kill"], command.env, home)
    else:
        command("stop", "--kill", code=None)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Wait until a question has a true answer, and return it; fails after `seconds`."""

    def wait(question: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < deadline, f"still {answer!r} after {seconds:g} s"
            time.sleep(0.05)
        return answer

    return wait


SHARED = pytest.StashKey[Path]()
"""A folder that all processes of this run of tests share."""


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[SHARED] = Path(config.workerinput["shared"])
        return
    config.stash[SHARED] = Path(tempfile.mkdtemp(prefix="tests"))
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # such as from `timeout`: what is shared is ended all the same
    config.pluginmanager.register(machine.LeftOut(config.stash[SHARED]), "left-out")
    if machine.is_wine():
        config.pluginmanager.register(second_try.SecondTry(), "second-try")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    forking.end()
    if SHARED in config.stash and not hasattr(config, "workerinput"):
        databases.SharedCluster(config.stash[SHARED]).stop()
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = order.longest_first(items, config.workerinput["workercount"])


@pytest.hookimpl(tryfirst=True)  # pytest-xdist tells the process that reports, which then reads the counts
def pytest_collection_finish(session: pytest.Session) -> None:
    if session.items:  # the process that only reports has none
        machine.count_left_out(session, session.config.stash[SHARED])
        left_out = session.config.pluginmanager.get_plugin("left-out")
        if left_out is not None:
            left_out.say_once()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    machine.leave_out(item)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL cluster; a URL with `{name}` in it."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL's tests bring their own server on Linux only")
    return databases.SharedCluster(request.config.stash[SHARED]).url()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    made = Database("sqlite:///jobs.sqlite", folder)
    made.open()
    made.close()
    return folder / "jobs.sqlite"


@pytest.fixture
def sqlite(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    """An empty SQLite database with its schema."""
    shutil.copy(migrated, tmp_path)
    opened = Database("sqlite:///jobs.sqlite", tmp_path)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with its schema, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    cluster = request.getfixturevalue("postgres")
    url = databases.fresh(cluster, like=databases.MIGRATED)
    opened = Database(url, tmp_path)
    opened.open()
    yield opened
    opened.close()
    databases.drop(cluster, url)
