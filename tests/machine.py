"""What some tests need of the machine: where it is missing they are left out, counted before the tests and again at the end.

A test says so with the mark `needs`. In CI nothing may be left out: there such a test fails.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import databases
import pytest


@dataclass(frozen=True)
class Need:
    missing: str
    """What is said of a machine that does not have it."""
    advice: str
    is_met: Callable[[], bool]
    kind: str = ""
    in_ci: bool = True
    """Whether every machine of CI has it."""


def is_wine() -> bool:
    return sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def find_chromium() -> str | None:
    """Debian's Chromium, or the Chrome of GitHub's Ubuntu, where a `chromium` may be no more than a word about a snap."""
    return shutil.which("google-chrome") or shutil.which("chromium")


def find_compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def find_zic() -> str | None:
    return shutil.which("zic") or shutil.which("zic", path="/usr/sbin")


def _apt(package: str) -> str:
    return f"install it with: apt-get install {package}"


def find_process_limits() -> Path | None:
    """The control group in which the processes of another can be limited."""
    first, second = Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")
    if os.access(first / "cgroup.procs", os.W_OK):
        return first
    file = second / "cgroup.subtree_control"
    return second if os.access(file, os.W_OK) and "pids" in file.read_text().split() else None


MEMORY_LIMITS = Path("/sys/fs/cgroup/memory")
AXE = Path(__file__).parents[1] / "ui" / "node_modules" / "axe-core" / "axe.min.js"

BY_FIXTURE = {
    "axe": "axe",
    "certificate": "openssl",
    "chromium": "chromium",
    "postgres": "postgresql",
    "used_by_root": "root",
}
"""Who uses the fixture needs this."""

NEEDS = {
    "axe": Need("no axe", "install it with: npm ci --prefix ui", AXE.exists, "accessibility "),
    "chromium": Need("no Chromium", _apt("chromium"), lambda: find_chromium() is not None, "browser "),
    "postgresql": Need("no PostgreSQL", _apt("postgresql"), lambda: databases.binaries() is not None, "PostgreSQL "),
    "openssl": Need("no openssl", _apt("openssl"), lambda: shutil.which("openssl") is not None),
    "systemd": Need("no systemd-analyze", _apt("systemd"), lambda: shutil.which("systemd-analyze") is not None),
    "compiler": Need("no C compiler", _apt("gcc libc6-dev"), lambda: find_compiler() is not None),
    "zic": Need("no zic", _apt("libc-bin"), lambda: find_zic() is not None),
    # GitHub's machines run tests as an ordinary user; `.ci/run` is root.
    "root": Need("not root", "run them as root", lambda: os.geteuid() == 0, in_ci=False),
    # A user is limited by itself; root only by control groups.
    "process limit": Need(
        "no control group for processes",
        "run them where root can write /sys/fs/cgroup",
        lambda: os.geteuid() != 0 or find_process_limits() is not None,
        in_ci=False,
    ),
    "memory limit": Need(
        "no control group for memory",
        f"run them as root where {MEMORY_LIMITS} is",
        lambda: os.access(MEMORY_LIMITS / "cgroup.procs", os.W_OK),
        in_ci=False,
    ),
    "windows": Need(
        "not Windows",
        "run them with: python dev.py test --windows (as root)",
        lambda: sys.platform == "win32",
        "Windows ",
        in_ci=False,
    ),
}


def missing(item: pytest.Item) -> str | None:
    """The name of the first thing that this test needs and that is not here."""
    if sys.platform == "win32":  # all others are of Linux, and say so themselves
        return next((name for name in _needed(item) if name == "root"), None)
    return next((name for name in _needed(item) if not NEEDS[name].is_met()), None)


def _needed(item: pytest.Item) -> Iterator[str]:
    for mark in item.iter_markers("needs"):
        yield str(mark.args[0])
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in BY_FIXTURE:
            yield BY_FIXTURE[fixture]
    if hasattr(item, "callspec") and "postgresql" in item.callspec.params.values():
        yield "postgresql"


def sentences(counts: dict[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        need = NEEDS[name]
        tests = f"{need.kind}test{'' if count == 1 else 's'}"
        yield f"left out: {count} {tests} ({need.missing}); {need.advice}"


class LeftOut:
    """The part of it that the process that reports does. With pytest-xdist others collect the tests, and tell by a file."""

    def __init__(self, shared: Path) -> None:
        self._file = shared / "left_out.json"
        self._reporter: Any = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._reporter = session.config.pluginmanager.get_plugin("terminalreporter")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        self.say_once()

    def say_once(self) -> None:
        if self._reporter is not None and self._file.exists():
            self._say(self._reporter)
            self._reporter = None

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._say(terminalreporter)

    def _say(self, reporter: Any) -> None:
        if self._file.exists():
            reporter.ensure_newline()
            for sentence in sentences(json.loads(self._file.read_text(encoding="utf-8"))):
                reporter.write_line(sentence)


def count_left_out(session: pytest.Session, shared: Path) -> None:
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        return  # all of them collect the same, and on Windows a file that is being read cannot be replaced
    counts = Counter(name for item in session.items if (name := missing(item)))
    new = shared / f"left_out.{os.getpid()}"
    new.write_text(json.dumps(counts), encoding="utf-8")
    new.replace(shared / "left_out.json")


def leave_out(item: pytest.Item) -> None:
    """Skip a test that lacks something here; in CI fail it."""
    name = missing(item)
    if name is None:
        return
    need = NEEDS[name]
    reason = f"{need.missing}; {need.advice}"
    if os.environ.get("CI") and need.in_ci:
        pytest.fail(f"In CI nothing may be left out: {reason}", pytrace=False)
    pytest.skip(reason)
