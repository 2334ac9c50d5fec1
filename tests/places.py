"""Folders with a copy of the package, in which tests run in processes of their own."""

from __future__ import annotations

import compileall
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "workflow_scheduler"
SIDE_BY_SIDE = 2


class Place:
    """A folder with a copy of the package, in which one run at a time is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "copy" / PACKAGE.name
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(self.package, quiet=1)
        self._changes = 0

    def write(self, path: str, text: str) -> None:
        (self.package / path).write_text(text, encoding="utf-8")
        # Compiled files are known by whole seconds and by length, which two breaks may share.
        self._changes += 1
        os.utime(self.package / path, (self._changes, self._changes))

    def run(self, work: Callable[[], int], seconds: float) -> int | None:
        """The exit code of `work` in a process of its own, which loads the package from here; None if it took too long."""
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.setsid()
                self._move_in()
                code = work()
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None

    def _move_in(self) -> None:
        log = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for there, here in ((null, 0), (log, 1), (log, 2)):
            os.dup2(there, here)
        sys.path[:0] = [str(self.package.parent), str(ROOT)]
        os.environ["PYTHONPATH"] = str(self.package.parent)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.environ.pop("PYTHONUNBUFFERED", None)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.folder)
        os.chdir(ROOT)

    def end(self) -> None:
        """End what its runs left: known by the folder in its environment."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("TMPDIR") == str(self.folder):
                    process.kill()


def run_pytest(place: Place, *arguments: str, plugins: Iterable[object] = ()) -> int:
    import pytest

    plain = ("-x", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout")
    # What was loaded before the fork is not read again for its assertions.
    calm = ("-W", "ignore::pytest.PytestAssertRewriteWarning", "--basetemp", str(place.folder / "t"))
    return int(pytest.main([*plain, *calm, *arguments], plugins=list(plugins)))
