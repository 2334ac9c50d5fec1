"""The executor of this machine: what it reports of an attempt, from command to proof."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from executing import Executing
from patience import PATIENCE

from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import adoption, local, order_builder, slots
from workflow_scheduler.executors.base import AttemptSpec, NotLaunched, Outcome, Started
from workflow_scheduler.processes import attempt_status, start_file
from workflow_scheduler.processes.pool import Order
from workflow_scheduler.system import crash_points


def test_an_env_file_that_is_missing_is_a_failed_attempt(executing) -> None:
    executing.executor.launch(executing.spec("", env_file="nowhere"))
    assert "env_file" in executing.outcome().reason


@pytest.mark.skipif(sys.platform == "win32", reason="there it would be the folder beside one's own")
def test_the_working_folder_of_an_unknown_user_is_a_failed_attempt(executing) -> None:
    executing.executor.launch(executing.spec("", working_dir="~nobody-of-this-name/x"))
    assert "~nobody-of-this-name/x belongs to an unknown user" in executing.outcome().reason


def test_a_command_that_cannot_be_prepared_holds_up_nothing(executing, monkeypatch, caplog) -> None:
    def broken(paths: list[str]) -> dict[str, list[int]]:
        raise MemoryError("too many of them")

    executing.executor.limit(1)
    with monkeypatch.context() as patch:
        patch.setattr(order_builder, "fingerprint", broken)
        executing.executor.launch(executing.spec("", 1))
        outcome = executing.outcome()
    assert (outcome.state, outcome.reason) == (
        AttemptState.FAILED,
        "the command could not be prepared: too many of them",
    )
    assert "MemoryError" in caplog.text
    executing.executor.launch(executing.spec("", 2))
    assert executing.outcome().state is AttemptState.SUCCEEDED


def test_a_stop_that_comes_before_the_start_is_kept(executing, monkeypatch) -> None:
    looking = executing.executor
    real = order_builder.fingerprint

    def slow(paths: list[str]) -> dict[str, list[int]]:
        looking.stop({("r", "t", 1): "cancelled by hand"})
        return real(paths)

    monkeypatch.setattr(order_builder, "fingerprint", slow)
    executing.executor.launch(executing.spec("open('ran', 'w')", output_files=(OutputFile("f"),)))
    outcome = executing.outcome()
    assert outcome.state is AttemptState.CANCELLED
    assert outcome.reason == "cancelled by hand, before it was started"


def test_of_what_is_cancelled_together_nothing_starts_where_another_ends(
    executing, tmp_path, monkeypatch, until
) -> None:
    executing.executor.limit(1)
    executing.executor.launch(executing.spec("import time; time.sleep(60)"))
    executing.executor.launch(executing.spec("open('ran', 'w')", 2))
    assert isinstance(executing.reports.get(timeout=PATIENCE), Started)
    real = executing.executor._pool.stop

    def stop_and_wait(key: str, how: str) -> None:
        real(key, how)
        until(lambda: any(isinstance(report, Outcome) for report in list(executing.reports.queue)))

    monkeypatch.setattr(executing.executor._pool, "stop", stop_and_wait)
    executing.executor.stop({("r", "t", 1): "cancelled by hand", ("r", "t", 2): "cancelled by hand"})
    assert {executing.outcome().key, executing.outcome().key} == {("r", "t", 1), ("r", "t", 2)}
    assert not (tmp_path / "attempts" / "r" / "t.2").exists()


def test_who_was_not_told_the_limit_for_long_starts_nothing(executing, monkeypatch, until) -> None:
    orders: list[Order] = []
    monkeypatch.setattr(executing.executor._pool, "launch", orders.append)
    with monkeypatch.context() as patch:
        patch.setattr(slots, "LIMIT_HOLDS", -1.0)
        executing.executor.limit(1)
    executing.executor.launch(executing.spec(""))
    assert orders == []
    executing.executor.limit(1)
    until(lambda: [order.key for order in orders] == ["r/t/1"])


def test_without_threads_it_is_tried_again_later(executing, monkeypatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    executing.executor.limit(1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        executing.executor.launch(executing.spec("", output_files=(OutputFile("f"),)))
        executing.executor.launch(executing.spec("", 2))
    told = [executing.reports.get(timeout=PATIENCE) for _ in range(2)]
    assert [type(report) for report in told] == [NotLaunched, NotLaunched]
    assert all("started: can't start new thread" in report.reason for report in told)
    executing.executor.launch(executing.spec("", 2))
    assert executing.outcome().state is AttemptState.SUCCEEDED


def test_what_is_stopped_after_it_could_not_be_started_ends_when_it_is_launched_again(executing, monkeypatch) -> None:
    """Although no slot is free for it then."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        executing.executor.launch(executing.spec("open('ran', 'w')"))
    assert isinstance(executing.reports.get(timeout=PATIENCE), NotLaunched)
    executing.executor.limit(0)
    executing.executor.stop({("r", "t", 1): "cancelled by hand"})
    executing.executor.launch(executing.spec("open('ran', 'w')"))
    outcome = executing.outcome()
    assert (outcome.state, outcome.reason) == (AttemptState.CANCELLED, "cancelled by hand, before it was started")


def test_what_cannot_be_started_leaves_its_place_to_the_next(executing) -> None:
    executing.executor.limit(0)
    for number in (1, 2):
        executing.executor.launch(AttemptSpec(("r", "t", number), Task("t", "no such command"), {}))
    missing = Task("t", "no such command", output_files=(OutputFile("f"),))
    executing.executor.launch(AttemptSpec(("r", "t", 3), missing, {}))
    executing.executor.launch(executing.spec("", 4))
    executing.executor.limit(1)
    ended = {(one := executing.outcome()).key[2]: one.state for _ in range(4)}
    failed = dict.fromkeys((1, 2, 3), AttemptState.FAILED)
    assert ended == failed | {4: AttemptState.SUCCEEDED}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_keepers_that_cannot_live_do_not_go_on_for_ever(executing, monkeypatch) -> None:
    monkeypatch.setenv(crash_points.VARIABLE, "keeper.before_start")
    executing.executor.launch(executing.spec("open('ran', 'w')"))
    outcome = executing.outcome()
    assert outcome.state is AttemptState.FAILED
    assert "ended 6 times before it began" in outcome.reason


@pytest.mark.skipif(sys.platform == "win32", reason="there a Job Object ends what a killed keeper left")
def test_what_a_killed_keeper_left_is_ended_and_not_another_homes_attempt_of_that_name(executing, tmp_path) -> None:
    code = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)"
    (tmp_path / "other").mkdir()
    other = Executing(tmp_path / "other")
    for side in (executing, other):
        side.executor.launch(side.spec(code))
        assert isinstance(side.reports.get(timeout=PATIENCE), Started)
    keeper = start_file.read_start(str(tmp_path / "attempts" / "r" / "t.1"))["keeper"]
    os.kill(keeper["pid"], signal.SIGKILL)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.UNKNOWN
    assert "its remaining processes were killed" in outcome.reason
    (tmp_path / "other" / "go").touch()
    assert other.outcome().state is AttemptState.SUCCEEDED
    other.executor.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there nothing is asked of a command before it is ended")
def test_a_command_whose_keeper_is_killed_while_it_is_cancelled_is_unknown_and_ended(executing, tmp_path) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: open('asked', 'w').close())\n"
        "open('ready', 'w').close()\n"
        "while True: time.sleep(0.02)"
    )
    executing.executor.launch(executing.spec(code, stop_grace=600.0))
    assert isinstance(executing.reports.get(timeout=PATIENCE), Started)
    for file in ("ready", "asked"):
        while not (tmp_path / file).exists():
            time.sleep(0.02)
        executing.executor.stop({("r", "t", 1): "cancelled by hand"})
    os.kill(start_file.read_start(str(tmp_path / "attempts" / "r" / "t.1"))["keeper"]["pid"], signal.SIGKILL)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.UNKNOWN
    assert "its remaining processes were killed" in outcome.reason


def test_a_disk_that_does_not_answer_for_a_moment_ends_no_watch(executing, tmp_path, monkeypatch) -> None:
    spec = executing.spec("input()")
    other = Executing(tmp_path)
    other.executor.launch(spec)
    assert isinstance(other.reports.get(timeout=PATIENCE), Started)
    troubles = iter([OSError(24, "Too many open files"), OSError(5, "Input/output error")])

    def inspect(folder: Path) -> attempt_status.AttemptStatus:
        if (trouble := next(troubles, None)) is not None:
            raise trouble
        return attempt_status.inspect(folder)

    monkeypatch.setattr(local, "inspect", inspect)
    monkeypatch.setattr(adoption, "AFTER_TROUBLE", 0.3)
    executing.executor.adopt([spec])
    assert executing.outcome().state is AttemptState.FAILED  # a question that meets the end of its input
    other.executor.close()


def test_a_disk_that_hangs_does_not_hold_up_who_adopts(executing, monkeypatch) -> None:
    back = threading.Event()

    def inspect(folder: Path) -> attempt_status.AttemptStatus:
        assert back.wait(PATIENCE)
        return attempt_status.inspect(folder)

    monkeypatch.setattr(local, "inspect", inspect)
    executing.executor.adopt([executing.spec("", 1)])
    executing.executor.launch(executing.spec("", 2))
    assert executing.outcome().key == ("r", "t", 2)
    assert not back.is_set()
    back.set()
    assert executing.outcome().key == ("r", "t", 1)


@pytest.mark.parametrize("broken", ["inspect", "end_leftovers"])
def test_what_cannot_be_settled_for_long_does_not_fill_the_log(
    executing, tmp_path, monkeypatch, caplog, broken: str
) -> None:
    looks = []

    def fails(*_: object) -> None:
        looks.append(broken)
        raise OSError(5, "Input/output error")

    spec = executing.spec("")
    folder = str(tmp_path / "attempts" / "r" / "t.1")
    start_file.make_folder(folder)
    start_file.claim(folder, {}).release()  # by a keeper that was killed
    with monkeypatch.context() as patch:
        patch.setattr(local, broken, fails)
        patch.setattr(adoption, "AFTER_TROUBLE", 2.0)
        executing.executor.adopt([spec])
        time.sleep(1.5)
        assert len(looks) == 1
        assert caplog.text.count("retrying") == 1
        assert executing.reports.empty()
    assert executing.outcome().state is AttemptState.UNKNOWN


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own there")
def test_the_folders_of_attempts_are_for_their_owner_alone(executing, tmp_path) -> None:
    executing.executor.launch(executing.spec("print()"))
    executing.outcome()
    for path in (tmp_path / "attempts").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs no links")
def test_a_home_without_hard_links_works(tmp_path, monkeypatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(start_file.os, "link", link)
    held = start_file.claim(str(tmp_path), {"at": "now"})
    assert held is not None
    assert start_file.is_held(str(tmp_path))
    assert start_file.claim(str(tmp_path), {"at": "later"}) is None
    held.release()
    assert start_file.read_start(str(tmp_path)) == {"at": "now"}
    assert not start_file.is_held(str(tmp_path))
