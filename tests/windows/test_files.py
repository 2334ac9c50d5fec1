"""Output files on Windows: share modes, who holds a file, and being woken by a change."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow_scheduler.outputs import OutputSpec, fingerprint, readiness, wait_until_ready
from workflow_scheduler.outputs.watching import Watching

HOLD = """
import sys, win32con, win32file
share = int(sys.argv[2])
handle = win32file.CreateFile(sys.argv[1], win32con.GENERIC_WRITE, share, None, win32con.OPEN_ALWAYS, 0, None)
win32file.WriteFile(handle, b"x")
print("held", flush=True)
sys.stdin.readline()
handle.Close()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has tmp_path/out open for writing and lets others read; a line ends it."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "out"), "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        yield process
        if process.poll() is None:
            process.communicate("\n")


def check(file: Path, timeout: float = 0.5, before=None):
    specs = [OutputSpec(str(file))]
    return wait_until_ready(specs, before or {}, timeout, cancelled=threading.Event())[0]


def test_a_file_that_another_process_writes_is_not_ready_until_it_is_closed(holder, tmp_path: Path) -> None:
    assert "is open in another process" in check(tmp_path / "out").reason
    results = []
    waiter = threading.Thread(target=lambda: results.append(check(tmp_path / "out", 60)))
    waiter.start()
    holder.communicate("\n")
    waiter.join()
    assert results[0].proof.endswith("(exclusive open)")


@pytest.mark.real_windows
def test_the_holder_is_named(holder, tmp_path: Path) -> None:
    assert f"(pid {holder.pid})" in check(tmp_path / "out").reason


def test_yesterdays_file_is_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("x")
    before = fingerprint([str(file)])
    assert "not written anew" in check(file, before=before).reason
    file.write_text("xy")
    assert check(file, before=before).ready


def test_a_new_file_wakes_the_waiter_before_its_next_look(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(readiness, "POLL", 60)
    set_up = threading.Event()
    enter = Watching.__enter__

    def entered(self: Watching) -> Watching:
        enter(self)
        set_up.set()
        return self

    monkeypatch.setattr(Watching, "__enter__", entered)
    results = []
    waiter = threading.Thread(target=lambda: results.append(check(tmp_path / "out", 50)))
    waiter.start()
    assert set_up.wait(20)
    (tmp_path / "out").write_text("x")
    waiter.join(30)
    assert results
    assert results[0].ready
