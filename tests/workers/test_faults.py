"""What goes wrong between a worker and its database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import databases
import psutil
import pytest
from line import line_to
from workers.working import Scheduler

from workflow_scheduler.domain.placement import WhenUnreachable
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.processes.lease import LEASE
from workflow_scheduler.storage import assignments
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


def test_what_needs_a_lease_is_handed_back_while_it_cannot_be_written(
    scheduling: Scheduler, until: Callable[..., Any]
) -> None:
    """What cannot start elsewhere runs meanwhile."""
    home = scheduling.worker("x")
    lease = home.path / LEASE
    lease.mkdir()
    home.start()
    elsewhere = WhenUnreachable(3600.0, elsewhere=True)
    scheduling.give("x", ONE, "print(1)", when_unreachable=elsewhere)
    until(lambda: scheduling.told(ONE))
    (report,) = scheduling.told(ONE)
    assert report["kind"] == "not_launched"
    assert report["reason"] == (
        "the database has not answered this machine for too long, as far as is noted; "
        f"{lease} cannot be written (is a folder)"
    )
    assert scheduling.state(ONE) == "waiting"
    assert f"{lease} cannot be written (is a folder), so that commands end" in home.log()
    scheduling.give("x", TWO, "print(1)")
    assert scheduling.outcome(TWO)["state"] == "succeeded"
    lease.rmdir()
    until(lambda: lease.is_file() and lease.stat().st_size)  # an empty one is refused as well
    scheduling.order("x", lambda db: assignments.offer(db, {ONE: "x"}, datetime.now(UTC)))
    assert scheduling.outcome(ONE)["state"] == "succeeded"
