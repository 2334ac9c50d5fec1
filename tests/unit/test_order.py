"""Where several processes share the tests, each begins with those that take minutes, and none is lost or doubled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.parametrize("number", range({short}))
def test_short(number: int) -> None:
    pass

@pytest.mark.parametrize("number", range({long}))
@pytest.mark.timeout(900)
def test_long(number: int) -> None:
    pass

@pytest.mark.timeout(5)
def test_limited() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("short", "long", "processes", "order"),
    [
        (5, 2, 2, "long[0] short[0] short[1] short[2] long[1] short[3] short[4] limited"),
        (1, 3, 2, "long[0] long[2] long[1] short[0] limited"),
        (3, 1, 3, "long[0] short[0] short[1] short[2] limited"),
        (1, 1, 9, "long[0] short[0] limited"),
    ],
)
def test_each_process_begins_with_what_takes_minutes(
    tmp_path: Path, short: int, long: int, processes: int, order: str
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.format(short=short, long=long), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from order import longest_first\n"
        "def pytest_collection_modifyitems(items):\n"
        f"    items[:] = longest_first(items, {processes})\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    lines = [line.partition("::test_")[2] for line in done.stdout.splitlines() if "::" in line]
    assert lines == order.split(), done.stdout + done.stderr
