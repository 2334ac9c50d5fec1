"""Output files on Windows: share modes, who holds a file, and being woken by a change."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from patience import PATIENCE

from workflow_scheduler.files import OutputResult, OutputSpec, fingerprint, readiness, wait_until_ready
from workflow_scheduler.files.probe import Verdict
from workflow_scheduler.files.readiness import probe_file
from workflow_scheduler.files.watching import Watching

HOLD = """
import os, sys, win32file
access, share = getattr(win32file, sys.argv[2]), int(sys.argv[3])
handle = win32file.CreateFile(sys.argv[1], access, share, None, win32file.OPEN_ALWAYS, 0, None)
if access == win32file.GENERIC_WRITE:
    win32file.WriteFile(handle, b"x")
print(os.getpid(), flush=True)
sys.stdin.readline()
handle.Close()
"""


ALONE, WITH_READERS, WITH_ALL = "0", "1", "7"
"""Share modes: what others may do with the file meanwhile."""


class Holder:
    """Another process that has a file open until `let_go`."""

    def __init__(self, file: Path, access: str, share: str) -> None:
        command = [sys.executable, "-c", HOLD, str(file), access, share]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # In a virtual environment the process that was started is only the launcher of the one that holds the file.
        self.pid = int(self._process.stdout.readline())

    def let_go(self) -> None:
        self._process.communicate("\n")


def check(file: Path, timeout: float, before: dict | None = None) -> OutputResult:
    specs = [OutputSpec(str(file))]
    return wait_until_ready(specs, before or {}, timeout, cancelled=threading.Event())[0]


def test_a_file_that_another_process_has_open_is_not_ready_until_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("x")
    for access, share in (
        ("GENERIC_WRITE", ALONE),
        ("GENERIC_WRITE", WITH_READERS),
        ("GENERIC_WRITE", WITH_ALL),
        ("GENERIC_READ", ALONE),
    ):
        holder = Holder(file, access, share)
        assert "is open in another process" in check(file, 0).reason
        results: list[OutputResult] = []
        waiter = threading.Thread(target=lambda results=results: results.append(check(file, 60)))
        waiter.start()
        holder.let_go()
        waiter.join()
        assert results[0].proof == "changed; no process has it open for writing (open that excludes writers)"


@pytest.mark.parametrize("share", [WITH_READERS, WITH_ALL])
def test_a_reader_is_in_nobodys_way(tmp_path: Path, share: str) -> None:
    """An indexer, antivirus, OneDrive, `tail`."""
    file = tmp_path / "out"
    file.write_text("x")
    holder = Holder(file, "GENERIC_READ", share)
    assert check(file, 0).ready
    holder.let_go()


def test_a_writable_mapping_counts_and_one_for_reading_does_not(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("x")
    for access, ready in ((mmap.ACCESS_READ, True), (mmap.ACCESS_WRITE, False)):
        with file.open("rb" if ready else "r+b") as opened:
            mapped = mmap.mmap(opened.fileno(), 1, access=access)
        assert check(file, 0).ready is ready
        mapped.close()
        assert check(file, 0).ready


def test_a_copy_that_keeps_its_sources_times_is_written(tmp_path: Path) -> None:
    """`copy`, `xcopy`, robocopy: the second night's file has the size and the time of the first's."""
    (tmp_path / "to").mkdir()
    source, file = tmp_path / "out", tmp_path / "to" / "out"
    source.write_text("report")
    os.utime(source, (1.7e9, 1.7e9))
    copy = ["cmd", "/c", "copy", "/y", str(source), str(file)]
    for command in (copy, ["xcopy", "/y", str(source), str(file.parent)]):
        subprocess.run(copy, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        before = fingerprint([str(file)])
        assert not check(file, 0, before).ready
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        assert check(file, 0, before).ready, command
    assert file.stat().st_mtime_ns == int(1.7e18)


@pytest.mark.real_windows(
    "Wine has no robocopy: by hand, run `robocopy A B out.txt /is /it` twice in a task with --output-file B\\out.txt and "
    "--expected-exit-codes 0-7; both runs succeed"
)
def test_robocopy_writes_again(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a" / "out").write_text("x")
    command = ["robocopy", str(tmp_path / "a"), str(tmp_path / "b"), "out", "/is", "/it"]
    assert subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode < 8
    before = fingerprint([str(tmp_path / "b" / "out")])
    assert subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode < 8
    assert check(tmp_path / "b" / "out", 0, before).ready


def test_what_may_not_be_opened_is_no_lock(tmp_path: Path) -> None:
    """Error 5, which Windows gives for a folder too, is not error 32: waiting would not help."""
    finding = probe_file(str(tmp_path))
    assert finding.verdict is Verdict.UNREADABLE
    assert "denied" in finding.words


@pytest.mark.real_windows("Wine's Restart Manager knows no process")
def test_the_holder_is_named(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "out", "GENERIC_WRITE", WITH_READERS)
    assert f"(pid {holder.pid})" in check(tmp_path / "out", 0).reason
    holder.let_go()


def test_yesterdays_file_is_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("x")
    before = fingerprint([str(file)])
    assert "the task did not write it" in check(file, 0, before).reason
    file.write_text("xy")
    assert check(file, 0, before).ready


def test_a_new_file_wakes_the_waiter_before_its_next_look(tmp_path: Path, monkeypatch) -> None:
    from watchdog.observers.read_directory_changes import WindowsApiObserver

    monkeypatch.setattr(readiness, "POLL", 60)
    set_up = threading.Event()
    enter = Watching.__enter__

    def entered(self: Watching) -> Watching:
        enter(self)
        assert isinstance(self._observer, WindowsApiObserver)  # ReadDirectoryChangesW
        set_up.set()
        return self

    monkeypatch.setattr(Watching, "__enter__", entered)
    results: list[OutputResult] = []
    waiter = threading.Thread(target=lambda: results.append(check(tmp_path / "out", 50)))
    waiter.start()
    assert set_up.wait(PATIENCE)
    (tmp_path / "out").write_text("x")
    waiter.join(PATIENCE)
    assert results
    assert results[0].ready
