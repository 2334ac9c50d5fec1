"""The runner that breaks the package: which breaks it makes, and that it tells those that a test notices from the others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import mutants_of
from mutate import draw, population
from reach import Reach

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
    if TYPE_CHECKING or name:
        _log.info("%d", 1 + 1)
        crash_point("here")
        time.sleep(0.5)
        return False
    return f"{7}"
'''


def test_the_breaks_of_a_module_and_what_is_left_alone() -> None:
    made = [(mutant.line, mutant.was, mutant.now) for mutant in mutants_of(SOURCE, "linux")]
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
        (10, "TYPE_CHECKING or name", "not (TYPE_CHECKING or name)"),
        (10, "TYPE_CHECKING or name", "TYPE_CHECKING and name"),
        (14, "False", "True"),
        (15, "return f'{7}'", "return None"),
    ]
    assert all(len(mutant.text.splitlines()) == len(SOURCE.splitlines()) for mutant in mutants_of(SOURCE, "linux"))


def test_a_break_has_the_first_line_of_its_statement() -> None:
    made = mutants_of("size = max(\n    1,\n    2,\n)\n", "linux")
    assert [(mutant.line, mutant.statement) for mutant in made] == [(2, 1), (2, 1), (3, 1), (3, 1)]


def test_a_sample_stays_when_something_else_changes() -> None:
    everything = population(["triggers"])
    sample = draw(everything, 40, 15)
    assert len(sample) == 40
    assert draw(everything, 40, 16) != sample
    fewer = [candidate for candidate in everything if candidate.path != sample[0].path]
    assert {candidate for candidate in sample if candidate in fewer} <= set(draw(fewer, 40, 15))


def test_the_tests_of_a_module_come_before_those_of_its_room() -> None:
    own, room, other = (
        "tests/engine/test_lock.py::a",
        "tests/engine/test_planning.py::b",
        "tests/web/test_reading.py::c",
    )
    reach = Reach(
        {own: 9.0, room: 2.0, other: 1.0}, {"engine/lock.py": {4: [other, own, room], 7: []}, "x.py": {1: [room]}}
    )
    assert reach.tests_of("engine/lock.py", [4], 1.0) == [own]
    assert reach.tests_of("engine/lock.py", [5, 4], 11.5) == [room, own]
    assert reach.tests_of("engine/lock.py", [7], 99.0) == [other, room, own], (
        "what runs while it is loaded is everybody's"
    )
    assert reach.tests_of("engine/lock.py", [5], 99.0) == []


@pytest.mark.skipif(sys.platform == "win32", reason="each run is a fork")
def test_a_break_is_noticed_where_a_test_reaches_it_and_fails(tmp_path: Path) -> None:
    """In a process of its own, for it loads the package from scratch: three breaks of one file, by the tests of that file."""
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
