"""Ready is proved: each rung of the ladder has a stated result."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from workflow_scheduler.files import OutputResult, OutputSpec, expand, fingerprint, readiness, wait_until_ready
from workflow_scheduler.files.watching import Watching

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="leases, inotify and /proc")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and inherited descriptors of POSIX")

_HOLDER = """
import mmap, os, sys
file = open(sys.argv[1], sys.argv[2])
if sys.argv[3] == "map":
    memory = mmap.mmap(file.fileno(), 0)
    file.close()
print("open", flush=True)
sys.stdin.readline()
"""


def check(path: Path | str, before: dict | None = None, timeout: float = 0.0, **options: int) -> OutputResult:
    spec = OutputSpec(str(path), **options)
    return wait_until_ready([spec], before or {}, timeout, cancelled=threading.Event())[0]


def hold(path: Path, mode: str = "r+b", how: str = "open") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _HOLDER, str(path), mode, how]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "open\n"
    return holder


def test_a_new_closed_file_is_ready(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    result = check(tmp_path / "f")
    assert result.ready
    assert result.proof.startswith("changed; no process has it open")


def test_a_file_of_yesterday_is_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    result = check(file, fingerprint([str(file)]))
    assert not result.ready
    assert "is unchanged since before the attempt" in result.reason


def test_what_changed_the_file_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    before = fingerprint([str(file)])
    (tmp_path / "new").write_text("x")
    (tmp_path / "new").replace(file)
    assert check(file, before).ready


@posix_only
def test_new_content_of_the_same_length_and_with_the_old_time_is_a_change(tmp_path: Path, until) -> None:
    """As `cp --preserve`, `rsync --inplace --times` and `touch -r` leave it: only the change of the inode tells."""
    file = tmp_path / "f"
    file.write_text("old")
    old = file.stat()
    before = fingerprint([str(file)])

    def changed() -> bool:  # the file system's clock may have coarse ticks
        file.write_text("new")
        os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
        return file.stat().st_ctime_ns != old.st_ctime_ns

    until(changed)
    new = file.stat()
    assert (new.st_ino, new.st_size, new.st_mtime_ns) == (old.st_ino, old.st_size, old.st_mtime_ns)
    assert check(file, before).ready


@posix_only
def test_a_swapped_link_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    link = tmp_path / "link"
    link.symlink_to("a")
    before = fingerprint([str(link)])
    link.unlink()
    link.symlink_to("b")
    assert check(link, before).ready


@pytest.mark.parametrize("how", ["open", "map"])
def test_a_file_that_somebody_writes_is_not_ready_and_the_holder_is_named(tmp_path: Path, how: str) -> None:
    file = tmp_path / "f"
    file.write_text("xxxx")
    holder = hold(file, how=how)
    result = check(file)
    assert not result.ready
    if sys.platform == "win32":  # naming the holder needs the Restart Manager
        assert "is open in another process" in result.reason
    else:
        assert "open for writing" in result.reason
        assert f"(pid {holder.pid})" in result.reason
    holder.communicate("\n")
    assert check(file).ready


@posix_only
def test_a_reader_is_not_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    with file.open("rb"):
        assert check(file).ready


@posix_only
def test_an_inherited_descriptor_is_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with file.open("w") as stream:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[stream.fileno()])
    reason = check(file).reason
    assert "open for writing" in reason
    assert sys.platform != "linux" or f"(pid {child.pid})" in reason
    child.communicate(b"\n")
    assert check(file).ready


def test_the_close_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    holder = hold(file)
    results: list[OutputResult] = []
    waiter = threading.Thread(target=lambda: results.append(check(file, timeout=PATIENCE)))
    waiter.start()
    holder.communicate("\n")
    waiter.join(PATIENCE)
    assert results[0].ready


def test_a_file_that_comes_later_is_waited_for_even_in_a_new_folder(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "f"
    results: list[OutputResult] = []
    waiter = threading.Thread(target=lambda: results.append(check(file, timeout=PATIENCE)))
    waiter.start()
    file.parent.mkdir()
    file.write_text("x")
    waiter.join(PATIENCE)
    assert results[0].ready


class Waiter:
    """Waits for a file in a thread, with looks of its own a minute apart; `looked` counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        monkeypatch.setattr(readiness, "POLL", 60)
        self.looked = threading.Semaphore(0)
        self._look = readiness._look
        monkeypatch.setattr(readiness, "_look", self._seen)
        self._cancelled = threading.Event()
        self._results: list[OutputResult] = []
        self._thread = threading.Thread(target=self._wait, args=(path,))
        self._thread.start()
        for _ in range(2):  # the first look, and the one after the watch was set
            assert self.looked.acquire(timeout=PATIENCE)

    def _seen(self, *arguments: Any) -> Any:
        found = self._look(*arguments)
        self.looked.release()
        return found

    def _wait(self, path: Path) -> None:
        self._results += wait_until_ready([OutputSpec(str(path))], {}, 50, cancelled=self._cancelled)

    def result(self) -> OutputResult:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self._results[0]

    def cancel_and_wake(self, path: Path) -> OutputResult:
        self._cancelled.set()
        path.touch()
        return self.result()


@linux_only
@pytest.mark.parametrize("how", ["open", "map", "killed", "inherited"])
def test_the_close_wakes_the_waiter_before_its_next_look(tmp_path: Path, monkeypatch, how: str) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    if how == "inherited":
        with file.open("a") as stream:
            code = "import sys; print('open', flush=True); sys.stdin.readline()"
            holder = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, pass_fds=[stream.fileno()], text=True
            )
    else:
        holder = hold(file, how="map" if how == "map" else "open")
    waiter = Waiter(monkeypatch, file)
    if how == "killed":
        holder.kill()
    holder.communicate("\n")
    assert waiter.result().ready


@linux_only
def test_a_file_that_is_deleted_while_it_is_waited_for_is_not_there(tmp_path: Path, monkeypatch) -> None:
    """And who still writes what has no name any more is in nobody's way."""
    file = tmp_path / "f"
    file.write_text("x")
    holder = hold(file)
    waiter = Waiter(monkeypatch, file)
    file.unlink()
    assert waiter.looked.acquire(timeout=PATIENCE)
    result = waiter.cancel_and_wake(tmp_path / "other")
    holder.communicate("\n")
    assert not result.ready
    assert "does not exist" in result.reason
    assert "held by" not in result.reason


def test_a_file_of_before_that_the_task_deleted_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    before = fingerprint([str(file), str(tmp_path / "*")])
    file.unlink()
    assert "does not exist" in check(file, before).reason
    assert "no file matches" in check(tmp_path / "*", before).reason


def test_a_file_that_is_replaced_while_it_is_waited_for_is_the_new_one(tmp_path: Path, until) -> None:
    file, new = tmp_path / "f", tmp_path / "g"

    def replaced() -> bool:
        try:
            new.replace(file)
        except PermissionError:  # the waiter looks at it just now
            return False
        return True

    file.write_text("x")
    with file.open("a"):
        results: list[OutputResult] = []
        waiter = threading.Thread(target=lambda: results.append(check(file, timeout=PATIENCE, minimum_size=2)))
        waiter.start()
        new.write_text("xy")
        if sys.platform != "win32":  # which replaces no file that somebody has open
            new.replace(file)
    if sys.platform == "win32":
        until(replaced)
    waiter.join(PATIENCE)
    assert results[0].ready


def test_its_own_looks_do_not_wake_the_waiter(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    looks: list[str] = []
    probe = readiness.probe_file
    monkeypatch.setattr(readiness, "probe_file", lambda path: looks.append(path) or probe(path))
    holder = hold(file)
    assert not check(file, timeout=2 * readiness.POLL).ready
    holder.communicate("\n")
    assert len(looks) < 12


def test_waiting_ends_on_request(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    result = wait_until_ready([OutputSpec(str(tmp_path / "f"))], {}, 3600, cancelled=cancelled)[0]
    assert not result.ready
    assert "waited 3600" not in result.reason


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "is a folder", id="folder"),
        pytest.param(getattr(os, "mkfifo", None), "not a regular file", marks=posix_only, id="pipe"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "cannot be checked", marks=posix_only, id="link"),
    ],
)
def test_what_is_no_file_has_a_stated_result(tmp_path: Path, make, words: str) -> None:
    make(tmp_path / "f")
    assert words in check(tmp_path / "f").reason


def test_sizes(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.touch()
    assert check(file).ready
    assert "has 0 bytes (at least 1 required)" in check(file, minimum_size=1).reason


def test_patterns(tmp_path: Path) -> None:
    pattern = str(tmp_path / "*.csv")
    assert "no file matches" in check(pattern).reason
    (tmp_path / "old.csv").write_text("x")
    before = fingerprint([pattern])
    assert "is unchanged" in check(pattern, before).reason
    (tmp_path / "new.csv").write_text("x")
    assert check(pattern, before).proof.startswith("1 files changed")


def test_a_pattern_that_matches_folders_only_says_so(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x")
    (tmp_path / "out1").mkdir()
    (tmp_path / "out2").mkdir()
    assert "is a folder" in check(tmp_path / "out*", fingerprint([str(tmp_path / "other")])).reason


def test_a_pattern_names_the_file_that_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "b.csv").write_text("x")
    holder = hold(tmp_path / "b.csv")
    reason = check(tmp_path / "*.csv").reason
    assert reason.startswith(f"{tmp_path / 'b.csv'} is open")
    assert sys.platform == "win32" or f"(pid {holder.pid})" in reason  # there: tests/windows/test_files.py
    holder.communicate("\n")
    assert check(tmp_path / "*.csv").proof.startswith("2 files changed")


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("x")
    assert check(tmp_path / "a[1].txt").ready


def test_a_path_counts_from_its_folder(tmp_path: Path) -> None:
    assert expand("out/x.csv", "/home") == os.path.normpath("/home/out/x.csv")
    assert expand("/a/b", "/home") == os.path.normpath("/a/b")


def gone_at_the_next_change(before: int, *folders: Path) -> bool:
    for folder in folders:
        (folder / str(time.monotonic_ns())).touch()
    return threading.active_count() <= before  # one of an earlier test may have ended since


def test_no_thread_is_left_behind(tmp_path: Path, until) -> None:
    before = threading.active_count()
    for _ in range(3):
        check(tmp_path / "f", timeout=0.05)
    until(lambda: gone_at_the_next_change(before, tmp_path))


# On Windows the thread that reads the changes of the folder dies loudly.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_thread_is_left_behind_when_a_folder_goes_away(tmp_path: Path, until) -> None:
    before = threading.active_count()
    for number in range(3):
        kept, gone = tmp_path / f"kept{number}", tmp_path / f"gone{number}"
        kept.mkdir()
        gone.mkdir()
        watching = Watching([str(kept), str(gone)])
        gone.rmdir()
        with watching:
            pass
    until(lambda: gone_at_the_next_change(before, *tmp_path.glob("kept*")))


def test_brackets_in_the_name_of_the_home_are_no_pattern(tmp_path) -> None:
    folder = tmp_path / "home [1]"
    folder.mkdir()
    for name in ("db *.sql", "db.sql"):
        path = expand(name, str(folder))
        assert fingerprint([path]) == {}
    (folder / "db 1.sql").write_text("x")
    (folder / "db.sql").write_text("x")
    assert list(fingerprint([expand("db *.sql", str(folder))])) == [str(folder / "db 1.sql")]
    assert list(fingerprint([expand("db.sql", str(folder))])) == [str(folder / "db.sql")]


@linux_only
def test_no_lease_is_trusted_where_another_machine_may_write(tmp_path: Path, monkeypatch) -> None:
    from workflow_scheduler.files import probe_linux

    kind = probe_linux._kind_of_file_system(tmp_path.stat().st_dev)
    monkeypatch.setattr(probe_linux, "_REMOTE", (kind,))
    file = tmp_path / "f"
    file.write_text("x")
    result = check(file, timeout=PATIENCE)
    assert result.proof == f"changed; no lease check on {kind}; size and time unchanged over 3 checks"
    holder = hold(file)
    assert f"is open for writing, held by python (pid {holder.pid})" in check(file, timeout=2).reason
    holder.communicate("\n")
