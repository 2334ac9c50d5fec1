"""A short soak on both databases, and with workers; the long one is `python dev.py soak`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import databases
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")

SOAK = Path(__file__).parents[1] / "soak.py"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kind", ["sqlite", "postgresql", pytest.param("workers", marks=pytest.mark.needs("postgresql"))]
)
def test_nothing_is_lost_whatever_is_killed(kind: str, request: pytest.FixtureRequest) -> None:
    options = ["--minutes", "0.75"]
    if kind == "postgresql":
        options += ["--database", databases.fresh(request.getfixturevalue("postgres"))]
    elif kind == "workers":
        options = ["--minutes", "1.5", "--workers", "2", "--runs", "3"]  # of each kind, if there is time
    command = [sys.executable, str(SOAK), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost=0 duplicate=0 started_twice=0" in done.stdout
    assert "untold=0 differing=0" in done.stdout
    assert int(done.stdout.split()[0].removeprefix("kills=")) > (5 if kind == "workers" else 18)
