"""The runner that breaks the package: which breaks it makes, and that it tells those that a test notices from the others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import mutants_of

ROOT = Path(__file__).parents[2]

SOURCE = '''"""Text."""
import sys
LIMIT = 3
def size(values, name="none"):
    if not values or len(values) < LIMIT:
        return values.get(name, 1)
    values.clear()
    if sys.platform == "win32":
        return 9
    return f"{7}"
'''


def test_the_breaks_of_a_module_and_what_is_left_alone() -> None:
    made = [(one.line, one.was, one.now) for one in mutants_of(SOURCE, "linux")]
    assert made == [
        (3, "3", "4"),
        (3, "3", "2"),
        (5, "not values or len(values) < LIMIT", "not (not values or len(values) < LIMIT)"),
        (5, "not values or len(values) < LIMIT", "not values and len(values) < LIMIT"),
        (5, "not values", "values"),
        (5, "len(values) < LIMIT", "len(values) <= LIMIT"),
        (5, "len(values) < LIMIT", "len(values) >= LIMIT"),
        (6, "return values.get(name, 1)", "return None"),
        (6, "values.get(name, 1)", "values.get(name)"),
        (6, "1", "2"),
        (6, "1", "0"),
        (7, "values.clear()", "pass"),
        (10, "return f'{7}'", "return None"),
    ]
    assert all(len(one.text.splitlines()) == len(SOURCE.splitlines()) for one in mutants_of(SOURCE, "linux"))


@pytest.mark.skipif(sys.platform == "win32", reason="each run is a fork")
def test_a_break_is_noticed_where_a_test_reaches_it_and_fails(tmp_path: Path) -> None:
    """In a process of its own, for it loads the package anew: three breaks of one file, by the tests of that file."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import json, mutate, reach
reach.TESTS, mutate.HEAVY, reach.PATTERN = ("tests/unit",), (), "test_plan.py"
here = mutate.population((), "domain/plan.py")
wanted = ("retry_at <= now -> mine.retry_at > now", "failures > task.retry.limit -> failures >= task.retry.limit", ": 5 -> 6")
chosen = [next(one for one in here if str(one).endswith(end)) for end in wanted]
print(json.dumps([[str(one), fate] for one, fate in mutate.run(chosen, 10.0).items()]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    fates = json.loads(done.stdout.splitlines()[-1])
    assert [fate for _, fate in fates] == ["killed", "killed", "survived"], fates
