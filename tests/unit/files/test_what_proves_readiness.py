"""What proves that nobody writes a file: the kernel, leases, looks that lie apart."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from workflow_scheduler.files import OutputResult, OutputSpec, readiness, wait_until_ready
from workflow_scheduler.files.probe import Finding, Verdict
from workflow_scheduler.files.probe_portable import LOOKS, SPACING, Stability
from workflow_scheduler.files.watching import Watching

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="leases, inotify and /proc")


def check(path: Path | str, before: dict | None = None, timeout: float = 0.0, **options: int) -> OutputResult:
    spec = OutputSpec(str(path), **options)
    return wait_until_ready([spec], before or {}, timeout, cancelled=threading.Event())[0]


def test_an_unreadable_file_is_never_ready(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("x")
    monkeypatch.setattr(readiness, "probe_file", lambda _: Finding(Verdict.UNREADABLE, "cannot be read (denied)"))
    assert "cannot be read" in check(tmp_path / "f", timeout=0.6).reason


def test_without_leases_the_stability_rule_proves_and_says_so(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("x")
    monkeypatch.setattr(readiness, "probe_file", lambda _: Finding(Verdict.CANNOT_TELL, "no proof on this system"))
    result = check(tmp_path / "f", timeout=10)
    assert result.ready
    assert "unchanged over 3 checks" in result.proof


def test_looks_in_quick_succession_prove_nothing(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    stability = Stability()
    assert [stability.look(str(file), now).verdict for now in (0, 0.1, 0.2, 0.3, SPACING)] == [Verdict.BUSY] * 5
    file.write_text("xy")
    assert [stability.look(str(file), 1 + SPACING * number).verdict for number in range(LOOKS)] == [
        *[Verdict.BUSY] * (LOOKS - 1),
        Verdict.FINISHED,
    ]


@linux_only
@pytest.mark.parametrize("folder", ["/dev/shm", "/var/tmp"])
def test_the_kernel_is_asked_on_disks_and_in_memory(folder: str) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        file = Path(made, "f")
        file.write_text("x")
        assert "read lease" in check(file).proof


_AS_NOBODY = """
import os, sys, threading
import watchdog.observers, watchdog.events
from workflow_scheduler.files import OutputSpec, wait_until_ready
os.setuid(65534)
for one in wait_until_ready([OutputSpec(path) for path in sys.argv[1:]], {}, 3, cancelled=threading.Event()):
    print(one.proof or one.reason)
"""


@linux_only
@linux_only
@pytest.mark.needs("root")
def test_another_users_files_have_a_stated_result() -> None:
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        for name, mode in (("shown", 0o644), ("hidden", 0o600)):
            Path(made, name).write_text("x")
            Path(made, name).chmod(mode)
        paths = [f"{made}/shown", f"{made}/hidden"]
        said = subprocess.run([sys.executable, "-c", _AS_NOBODY, *paths], capture_output=True, text=True, check=True)
    shown, hidden = said.stdout.splitlines()
    assert shown == "changed; no lease granted (Permission denied); size and time unchanged over 3 checks"
    assert hidden == "cannot be read (Permission denied) (waited 3 s)"


def test_a_file_is_stable_after_looks_that_lie_apart_and_none_of_them_found_a_change(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    stability = Stability()

    def looks(*moments: float) -> list[bool]:
        return [stability.look(str(file), 1000 + at * SPACING).verdict is Verdict.FINISHED for at in moments]

    assert LOOKS == 3
    assert looks(0, 0.5, 1, 1.5, 2, 2.5) == [False, False, False, False, True, True]
    file.write_text("xx")
    assert looks(3, 3.9, 4, 4.9, 5) == [False, False, False, False, True]


@linux_only
@pytest.mark.parametrize(
    ("number", "finding"),
    [
        (errno.EAGAIN, Finding(Verdict.BUSY, "is open for writing")),
        (errno.EINVAL, Finding(Verdict.CANNOT_TELL, "no lease granted (Invalid argument)")),
        (errno.EACCES, Finding(Verdict.CANNOT_TELL, "no lease granted (Permission denied)")),
    ],
)
def test_what_the_kernel_says_of_a_lease(tmp_path: Path, monkeypatch, number: int, finding: Finding) -> None:
    from workflow_scheduler.files import probe_linux

    def refuse(*_: int) -> None:
        raise OSError(number, os.strerror(number))

    (tmp_path / "f").touch()
    assert probe_linux.probe_file(str(tmp_path / "f")).verdict is not Verdict.UNREADABLE
    monkeypatch.setattr(probe_linux.fcntl, "fcntl", refuse)
    monkeypatch.setattr(probe_linux, "_kind_of_file_system", lambda _: "ext4")
    assert probe_linux.probe_file(str(tmp_path / "f")) == finding
    assert probe_linux.probe_file(str(tmp_path / "none")).verdict is Verdict.UNREADABLE


def test_in_a_busy_folder_looks_are_not_oftener_than_the_pause(tmp_path: Path) -> None:
    watching = Watching([str(tmp_path)])
    watching.wait(0, 0)
    before = watching._returned
    for _ in range(2):
        watching._something.set()
        watching.wait(60, 0.1)
    assert watching._returned - before >= 0.2
