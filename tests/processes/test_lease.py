"""A command with a lease goes on only as long as the worker of its machine is answered."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from workflow_scheduler.processes import lease
from workflow_scheduler.processes.lease import LEASE, LOOK, Lease, elapsed, renew
from workflow_scheduler.processes.pool import Order
from workflow_scheduler.processes.start_file import read_start

SHORT, LONG = 2.0, 3600.0
WITHOUT = "the database has not answered this machine for too long, as far as is noted"
TREE = """
import os, signal, subprocess, sys, time
if os.name == "posix":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=os.name == "posix")
print(child.pid, flush=True)
time.sleep(3600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / LEASE


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def begin(keepers: Any, path: Path) -> tuple[Order, int]:
    """A command whose lease is about to end, and its process. On a busy machine it may end before the command begins."""
    while True:
        order: Order = keepers.python(TREE, grace=0.1, lease={"path": str(path), "seconds": SHORT})
        renew(path, elapsed())
        keepers.pool.launch(order)
        notice = keepers.next("started", "exited", "not_launched")
        if notice.kind == "started":
            return order, notice.facts["pid"]


@pytest.mark.parametrize("adopted", [False, True])
def test_a_command_ends_with_all_that_it_started_when_the_answers_stop(
    keepers: Any, path: Path, until: Callable[..., Any], adopted: bool
) -> None:
    order, pid = begin(keepers, path)
    if adopted:  # the worker is gone
        keepers.pool.close()
    record = until(lambda: (read_start(order.folder) or {}).get("exit"))
    assert record["how"] == "lease"
    assert record["reason"].startswith("stopped (")
    assert has_ended(pid)
    if written := keepers.output(order).split():
        until(lambda: has_ended(int(written[0])))


def test_a_command_with_a_lease_runs_as_any_other_while_there_are_answers(keepers: Any, path: Path) -> None:
    renew(path, elapsed())
    record = keepers.run(keepers.python("print(1)", lease={"path": str(path), "seconds": LONG}))
    assert (record["how"], record["exit_code"]) == ("exited", 0)


def test_nothing_begins_without_a_lease(keepers: Any, path: Path) -> None:
    order = keepers.python("print(1)", lease={"path": str(path), "seconds": 0.0})
    renew(path, 0.0)
    keepers.pool.launch(order)
    notice = keepers.next("started", "exited", "not_launched")
    assert (notice.kind, notice.facts) == ("not_launched", {"reason": WITHOUT})
    assert not Path(order.folder).exists()


class Clock:
    """Of a machine that was started 10,000 seconds ago."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 10_000.0
        self._path = path
        monkeypatch.setattr(lease, "elapsed", lambda: self.now)
        monkeypatch.setattr(lease.time, "monotonic", lambda: self.now)
        self.answered()

    def answered(self, ago: float = 0.0) -> None:
        renew(self._path, self.now - ago)

    def over(self, one: Lease, seconds: float) -> bool:
        self.now += seconds
        return one.over()


@pytest.fixture
def clock(path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(path, monkeypatch)


@pytest.fixture
def held(clock: Clock, path: Path) -> Lease:
    return Lease({"lease": {"path": str(path), "seconds": 90.0}})


def test_each_answer_renews_it_from_when_it_was_asked_for(clock: Clock, held: Lease) -> None:
    assert not clock.over(held, 89)
    clock.answered(ago=5)
    assert not clock.over(held, 85)
    assert clock.over(held, 1.1)


def test_an_answer_after_the_end_comes_too_late(clock: Clock, held: Lease) -> None:
    """As on a machine that slept: its worker may be awake before its keepers."""
    clock.now += 91
    clock.answered()
    assert clock.over(held, 0)


def test_what_cannot_be_read_renews_nothing(clock: Clock, held: Lease, path: Path) -> None:
    path.write_text("?")
    assert not clock.over(held, 50)
    path.unlink()
    assert clock.over(held, 41)


def test_what_a_command_wrote_there_is_replaced(clock: Clock, held: Lease, path: Path) -> None:
    path.write_text("?" * 1000)
    assert not clock.over(held, 50)
    clock.answered()
    assert not clock.over(held, 80)


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_what_cannot_be_written_does_not_hold_up_the_heartbeat(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="named pipe"):
        renew(tmp_path / "pipe", 1.0)


def test_what_was_noted_before_the_machine_was_started_renews_nothing(clock: Clock, path: Path) -> None:
    clock.answered(ago=-5000)
    assert Lease({"lease": {"path": str(path), "seconds": 90.0}}).over()


def test_it_is_checked_once_a_second(clock: Clock, held: Lease) -> None:
    assert not held.over()
    assert held.due == clock.now + LOOK
    clock.now += 91
    assert held.over()


def test_a_command_without_one_is_never_ended() -> None:
    assert Lease({"lease": None}).due == float("inf")
    assert not Lease({}).over()
