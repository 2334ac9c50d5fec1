"""What goes wrong between a worker and its database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import databases
import psutil
import pytest
from line import line_to
from workers.working import Scheduler

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.workers.membership import Membership, write_membership

if sys.platform == "win32":
    pytest.skip("the server's socket is POSIX", allow_module_level=True)

ONE, TWO = AttemptKey("r", "b", 1), AttemptKey("r", "c", 1)
MEGABYTES = 1024 * 1024
UNTIL_GO = """
import os, time
open({began!r}, "a").write("x")
while not os.path.exists({go!r}): time.sleep(0.02)
"""


@pytest.mark.parametrize("how", ["cut", "swallow"])
def test_a_worker_goes_on_when_its_line_is_back(
    scheduling: Scheduler, until: Callable[..., Any], tmp_path: Path, how: str
) -> None:
    began, go = tmp_path / "began", tmp_path / "go"
    home = scheduling.worker("x")
    with line_to(databases.root_of(scheduling.url)) as line:
        role = scheduling.database.read(lambda db: db.value("SELECT role_name FROM workers"))
        name = scheduling.url.rpartition("?")[0].rpartition("/")[2]
        write_membership(home.path, Membership("x", f"postgresql://{role}@{line.address}/{name}"))
        home.start()
        scheduling.give("x", ONE, UNTIL_GO.format(began=str(began), go=str(go)))
        scheduling.started(ONE)
        getattr(line, how)()
        scheduling.give("x", TWO, "print(1)")
        go.touch()
        until(lambda: b"exit" in (home.folder(ONE) / "start").read_bytes())
        assert [report["kind"] for report in scheduling.told(ONE)] == ["started"]
        line.mend()
        assert scheduling.outcome(ONE)["state"] == scheduling.outcome(TWO)["state"] == "succeeded"
        assert began.read_text() == "x"
        assert home.process.poll() is None
        home.kill()


def test_a_ring_that_is_lost_costs_one_look(scheduling: Scheduler) -> None:
    scheduling.worker("x").start()
    listeners = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    scheduling.database.write(lambda db: db.rows(f"{listeners} AND datname = current_database()"))
    scheduling.give("x", ONE, "print(1)", ring=False)
    assert scheduling.outcome(ONE)["state"] == "succeeded"


def test_a_long_output_takes_no_more_memory_than_a_short_one(scheduling: Scheduler) -> None:
    home = scheduling.worker("x")
    home.start()
    scheduling.give("x", ONE, "print(1)")
    scheduling.outcome(ONE)
    before = psutil.Process(home.process.pid).memory_info().rss
    scheduling.give("x", TWO, f"for _ in range(100): print('x' * {MEGABYTES})")
    scheduling.outcome(TWO)
    assert 16 * MEGABYTES <= len(scheduling.output(TWO)) <= 17 * MEGABYTES
    assert psutil.Process(home.process.pid).memory_info().rss - before < 12 * MEGABYTES
