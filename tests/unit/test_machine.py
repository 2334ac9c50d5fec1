"""What the machine of the tests lacks is said before them and at the end, and counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what can be missing is of Linux")
ROOT = Path(__file__).parents[2]
LINE = "left out: 2 tests (no systemd-analyze); install it with: apt-get install systemd"


def run_tests(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run two tests with nothing on PATH."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, "tests/acceptance/test_service.py"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    return subprocess.run(
        [*command, "-k", "test_systemd_reads_the_unit or test_each_home"],
        cwd=ROOT,
        env={**kept, "PATH": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("processes", ["0", "2"])
def test_tests_that_lack_something_are_counted_before_and_after(tmp_path: Path, processes: str) -> None:
    done = run_tests(tmp_path, "-n", processes)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines.count(LINE) == 2
    (progress,) = (line for line in lines if "[100%]" in line)
    assert lines.index(LINE) < lines.index(progress)
    assert "SKIPPED [2]" in done.stdout
    assert ("1 passed" in lines[-1], "2 skipped" in lines[-1]) == (True, True)


def test_in_ci_nothing_is_left_out(tmp_path: Path) -> None:
    done = run_tests(tmp_path, "-n", "0", CI="1")
    assert done.returncode == 1
    assert "In CI nothing may be left out: no systemd-analyze; install it with: apt-get install systemd" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert ("1 passed" in last, "2 errors" in last, "skipped" in last) == (True, True, False)
