"""Which test reaches which lines of the package: found by running the tests of the fast rooms once."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from places import ROOT, SIDE_BY_SIDE, Place, run_pytest

TESTS = tuple(f"tests/{name}" for name in ("unit", "engine", "storage", "processes", "web"))
PATTERN = "test_*.py"
LEFT_OUT = ("test_bounds", "test_fuzz", "test_mutate", "test_triggers_brute_force")
"""They measure how long something takes, or try very much; what only they notice counts as not noticed."""
LIMIT = 240.0
"""Seconds for one file of tests, on a machine that has other work."""


@dataclass
class Reach:
    """Which tests reach which lines, and how long each took."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def tests_of(self, path: str, line: int, budget: float) -> list[str]:
        """The shortest first. What is only run while modules are loaded, or in a keeper, is everybody's of that file or room."""
        of_file = self.lines.get(path, {})
        found = set(of_file.get(line, ()))
        if not found and line in of_file:
            found = {test for tests in of_file.values() for test in tests}
        if not found and path.startswith("processes/"):
            found = {test for test in self.seconds if test.startswith("tests/processes/")}
        chosen, spent = [], 0.0
        for test in sorted(found & self.seconds.keys(), key=lambda test: (self.seconds[test], test)):
            spent += self.seconds[test]
            if chosen and spent > budget:
                break
            chosen.append(test)
        return chosen


class Tracer:
    """A plugin of pytest: for each test that passes its seconds and the lines it reached."""

    def __init__(self, coverage: Any) -> None:
        self._coverage = coverage
        self._spent: Counter[str] = Counter()
        self._failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if "postgresql" not in item.name]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._spent[report.nodeid] += report.duration
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_runtest_logfinish(self) -> None:
        self._coverage.switch_context("")

    def result(self) -> dict[str, Any]:
        self._coverage.stop()
        data = self._coverage.get_data()
        files = {}
        for name in data.measured_files():
            by_line = data.contexts_by_lineno(name)
            files[name] = {line: [test for test in tests if test] for line, tests in by_line.items()}
        return {
            "seconds": {test: spent for test, spent in self._spent.items() if test not in self._failed},
            "files": files,
        }


def trace(places: SimpleQueue[Place], wanted: set[str]) -> Reach:
    """Run each file of tests once."""
    files = [str(file.relative_to(ROOT)) for folder in TESTS for file in sorted((ROOT / folder).glob(PATTERN))]
    files = [file for file in files if Path(file).stem not in LEFT_OUT]
    reach = Reach()

    def look(file: str) -> None:
        place = places.get()
        result = place.folder / "result.json"
        result.unlink(missing_ok=True)

        def work() -> int:
            import coverage

            measuring = coverage.Coverage(data_file=None, source=[str(place.package)], config_file=False)
            tracer = Tracer(measuring)
            measuring.start()
            code = run_pytest(place, "--maxfail", "1000", file, plugins=[tracer])
            result.write_text(json.dumps(tracer.result()))
            return code

        code = place.run(work, LIMIT)
        if result.exists():
            found = json.loads(result.read_text())
            reach.seconds.update(found["seconds"])
            for name, lines in found["files"].items():
                path = Path(name).relative_to(place.package).as_posix()
                if path in wanted:
                    of_file = reach.lines.setdefault(path, {})
                    for line, tests in lines.items():
                        of_file.setdefault(int(line), []).extend(tests)
        print(f"   {file}: {'took too long' if code is None else f'exit {code}' if code else 'read'}", flush=True)
        places.put(place)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(look, files))
    if not reach.seconds:
        raise SystemExit("No test could be run, so that nothing can be said; see what pytest says of them by itself.")
    return reach
