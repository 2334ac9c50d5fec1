"""Packets that vanish are noticed in time, and a machine that is started again says what it lost: on machines that are
network namespaces."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
from line import Line, line_to
from namespaces import LACKING, Machine, network
from patience import PATIENCE
from workers.working import Home, Scheduler

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage.workers import SILENT_AFTER
from workflow_scheduler.workers.membership import Membership, write_membership

if LACKING:
    pytest.skip(LACKING, allow_module_level=True)

ONE = AttemptKey("r", "b", 1)
ASK = """
import sys, time
from pathlib import Path
from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.storage.database import Database
database = Database(sys.argv[1], Path("."))
database.read(lambda db: db.value("SELECT 1"))
print("connected", flush=True)
sys.stdin.readline()
asked = time.monotonic()
try:
    database.say_alone(lambda db: db.value("SELECT 1"))
except Unreachable:
    print(time.monotonic() - asked)
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[tuple[str, Machine]]:
    """This machine's address, and another one that can reach it."""
    with network(tmp_path, 1) as (address, (made,)):
        yield address, made


@pytest.fixture
def line(scheduling: Scheduler, machine: tuple[str, Machine]) -> Iterator[Line]:
    with line_to(databases.root_of(scheduling.url), machine[0]) as made:
        yield made


def url_by(line: Line, scheduling: Scheduler, role: str) -> str:
    return f"postgresql://{role}@{line.address}/{scheduling.url.rpartition('?')[0].rpartition('/')[2]}"


@pytest.fixture
def far(scheduling: Scheduler, line: Line) -> Home:
    """A worker's home whose database is beyond the network."""
    home = scheduling.worker("x")
    role = scheduling.database.read(lambda db: db.value("SELECT role_name FROM workers"))
    write_membership(home.path, Membership("x", url_by(line, scheduling, role)))
    return home


def test_a_scheduler_notices_that_its_packets_vanish(
    scheduling: Scheduler, line: Line, machine: tuple[str, Machine]
) -> None:
    there = machine[1]
    command = there.inside(sys.executable, "-c", ASK, url_by(line, scheduling, "tester"))
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, **pipes) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == "connected\n"
        there.lose()
        said, _ = asking.communicate("ask\n", timeout=PATIENCE)
        assert float(said) < SILENT_AFTER.total_seconds()


def test_a_worker_notices_that_its_packets_vanish_and_tells_everything_when_they_do_not(
    far: Home, scheduling: Scheduler, machine: tuple[str, Machine], until: Callable[..., Any], tmp_path: Path
) -> None:
    there, go = machine[1], tmp_path / "go"
    far.start(machine=there)
    scheduling.give("x", ONE, f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)")
    scheduling.started(ONE)
    there.lose()
    until(lambda: "Without the database, commands go on" in far.log())
    go.touch()
    until(lambda: b"exit" in (far.folder(ONE) / "start").read_bytes())
    there.mend()
    assert scheduling.outcome(ONE)["state"] == "succeeded"


def test_what_ran_when_the_machine_went_down_is_unknown_and_not_started_again(
    far: Home, scheduling: Scheduler, machine: tuple[str, Machine], until: Callable[..., Any], tmp_path: Path
) -> None:
    there, began = machine[1], tmp_path / "began"
    far.start(machine=there)
    scheduling.give("x", ONE, f"import time\nopen({str(began)!r}, 'a').write('x')\ntime.sleep(3600)")
    scheduling.started(ONE)
    until(began.exists)
    there.go_down()
    far.start(machine=there)
    outcome = scheduling.outcome(ONE)
    assert (outcome["state"], outcome["reason"]) == ("unknown", "its result is unknown: its keeper process was killed")
    assert began.read_text() == "x"
