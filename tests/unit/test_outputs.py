"""Ready is proved: each rung of the ladder has a stated result."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.outputs import OutputResult, OutputSpec, expand, fingerprint, readiness, wait_until_ready
from workflow_scheduler.outputs.probe import Finding, Verdict

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
    assert "as it was before the attempt" in result.reason


def test_what_changed_the_file_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    before = fingerprint([str(file)])
    (tmp_path / "new").write_text("x")
    (tmp_path / "new").replace(file)
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
    assert "open for writing" in check(file).reason
    child.communicate(b"\n")
    assert check(file).ready


def test_the_close_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    holder = hold(file)
    results: list[OutputResult] = []
    waiter = threading.Thread(target=lambda: results.append(check(file, timeout=30)))
    waiter.start()
    holder.communicate("\n")
    waiter.join(20)
    assert results[0].ready


def test_a_file_that_comes_later_is_waited_for_even_in_a_new_folder(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "f"
    results: list[OutputResult] = []
    waiter = threading.Thread(target=lambda: results.append(check(file, timeout=30)))
    waiter.start()
    file.parent.mkdir()
    file.write_text("x")
    waiter.join(20)
    assert results[0].ready


def test_waiting_ends_on_request(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    began = time.monotonic()
    assert not wait_until_ready([OutputSpec(str(tmp_path / "f"))], {}, 60, cancelled=cancelled)[0].ready
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "is a folder", id="folder"),
        pytest.param(getattr(os, "mkfifo", None), "not a regular file", marks=posix_only, id="pipe"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "cannot be looked at", marks=posix_only, id="link"),
    ],
)
def test_what_is_no_file_has_a_stated_result(tmp_path: Path, make, words: str) -> None:
    make(tmp_path / "f")
    assert words in check(tmp_path / "f").reason


def test_sizes(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.touch()
    assert check(file).ready
    assert "has 0 bytes, and at least 1" in check(file, minimum_size=1).reason


def test_patterns(tmp_path: Path) -> None:
    pattern = str(tmp_path / "*.csv")
    assert "no file matches" in check(pattern).reason
    (tmp_path / "old.csv").write_text("x")
    before = fingerprint([pattern])
    assert "as it was" in check(pattern, before).reason
    (tmp_path / "new.csv").write_text("x")
    assert check(pattern, before).proof.startswith("1 files changed")


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("x")
    assert check(tmp_path / "a[1].txt").ready


def test_an_unreadable_file_is_never_ready(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("x")
    monkeypatch.setattr(readiness, "probe_file", lambda _: Finding(Verdict.UNREADABLE, "cannot be read (denied)"))
    assert "cannot be read" in check(tmp_path / "f", timeout=0.6).reason


def test_without_leases_the_stability_rule_proves_and_says_so(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("x")
    monkeypatch.setattr(readiness, "probe_file", lambda _: Finding(Verdict.CANNOT_TELL, "no proof on this system"))
    result = check(tmp_path / "f", timeout=10)
    assert result.ready
    assert "stable over 3 looks" in result.proof


def test_parameters_in_paths(tmp_path: Path) -> None:
    assert expand("out/{date}.csv", "/home", {"date": "2026-11-23"}) == os.path.normpath("/home/out/2026-11-23.csv")
    assert expand("/a/b", "/home", {}) == os.path.normpath("/a/b")
    with pytest.raises(InvalidInput, match="known are"):
        expand("{dat}", "/home", {"date": "x"})


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    for _ in range(3):
        check(tmp_path / "f", timeout=0.05)
    assert threading.active_count() == before
