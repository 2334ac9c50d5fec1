"""Under Wine a test whose process was ended is tried a second time, and only a second time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE

ROOT = Path(__file__).parents[2]
TESTS = """
import os
from pathlib import Path

def test_ends_its_process() -> None:
    marks = Path(__file__).with_name("marks")
    with marks.open("a") as opened:
        opened.write("x")
    if len(marks.read_text()) <= TIMES:
        os._exit(9)

def test_another() -> None:
    pass
"""


@pytest.mark.parametrize(("times", "passed", "words"), [(1, True, "2 passed"), (2, False, "1 failed, 1 passed")])
def test_an_ended_process(tmp_path: Path, times: int, passed: bool, words: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.replace("TIMES", str(times)), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from second_try import SecondTry\n"
        "def pytest_configure(config):\n"
        "    if not hasattr(config, 'workerinput'):\n"
        "        config.pluginmanager.register(SecondTry())\n",
        encoding="utf-8",
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", "--dist", "worksteal"), str(tmp_path)],
        env=env | {"PYTHONPATH": str(ROOT / "tests")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode == 0) is passed, done.stdout + done.stderr
    assert words in done.stdout.splitlines()[-1]
    assert "tried again, because its process was ended from outside: test_it.py::test_ends_its_process" in done.stdout
