"""Which test reaches which lines of the package: found by running the tests of the fast rooms once."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from places import PACKAGE, ROOT, SIDE_BY_SIDE, Place, run_pytest

TESTS = tuple(f"tests/{name}" for name in ("unit", "engine", "storage", "executors", "processes", "web"))
PATTERN = "test_*.py"
LEFT_OUT = ("test_bounds", "test_fuzz", "test_mutate", "test_brute_force")
"""They measure how long something takes, or try very much; what only they notice counts as not noticed."""
LIMIT = 1800.0
"""Seconds for one file of tests, on a machine that has other work."""


@dataclass
class Reach:
    """Which tests reach which lines, how long each took, and the texts of the package and the tests that this was found with."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Reach:
        """What an earlier run kept, if the package is still the same."""
        if not file.exists():
            return cls()
        kept = json.loads(file.read_text())
        if kept["digests"].get("") != _digest_of_package():
            return cls()
        lines = {path: {int(line): tests for line, tests in of.items()} for path, of in kept["lines"].items()}
        return cls(kept["seconds"], lines, kept["digests"])

    def keep(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))

    def forget(self, file: str) -> None:
        """What was found with the tests of this file."""
        self.seconds = {test: seconds for test, seconds in self.seconds.items() if _file_of(test) != file}
        for of_file in self.lines.values():
            for line, tests in of_file.items():
                of_file[line] = [test for test in tests if _file_of(test) != file]

    def tests_of(self, path: str, lines: Iterable[int], budget: float) -> list[str]:
        """Those to run for a break in the first of the lines that is known to be run: all in modules that are named after its
        file, then as many as the budget allows of those that are named after its room, then of the others, the shortest
        first. What runs only while modules are loaded, or in a keeper, belongs to every test of that file and room.
        """
        of_file = self.lines.get(path, {})
        line = next((line for line in lines if line in of_file), None)
        tests = set(() if line is None else of_file[line])
        if not tests and (line is not None or path.startswith("processes/")):
            tests = {test for reaching in of_file.values() for test in reaching}
            tests |= {test for test in self.seconds if _distance(test, path) < 2}
        chosen, spent = [], 0.0
        for test in sorted(
            tests & self.seconds.keys(), key=lambda test: (_distance(test, path), self.seconds[test], test)
        ):
            if not _distance(test, path) or not chosen or spent + self.seconds[test] <= budget:
                spent += self.seconds[test]
                chosen.append(test)
        return sorted(chosen, key=lambda test: (self.seconds[test], test))


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def _distance(test: str, path: str) -> int:
    """0 for a module of tests that is named after the file, 1 for one named after its room, 2 for any other."""
    room, name = Path(path).parent.name, Path(path).stem
    folder, module = Path(_file_of(test)).parent.name, Path(_file_of(test)).stem
    return 0 if name in module else 1 if folder == room or room in module else 2


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _digest_of_package() -> str:
    return _digest(*sorted(PACKAGE.rglob("*.py")))


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


class Names:
    """A plugin of pytest: the IDs of the tests that are found."""

    def __init__(self, result: Path) -> None:
        self._result = result

    def pytest_collection_finish(self, session: Any) -> None:
        self._result.write_text(json.dumps([item.nodeid for item in session.items]))


def _names(places: SimpleQueue[Place], files: list[str]) -> set[str]:
    """The tests as another process names them: one with a name of its own each time would count as one that fails."""
    place = places.get()
    result = place.folder / "names.json"
    place.run(lambda: run_pytest(place, "--collect-only", *files, plugins=[Names(result)]), LIMIT)
    places.put(place)
    return set(json.loads(result.read_text()))


def trace(places: SimpleQueue[Place], wanted: set[str], keep: Path | None) -> Reach:
    """Run each file of tests once; of those that an earlier run kept, only what changed since."""
    reach = Reach() if keep is None else Reach.read(keep)
    reach.digests[""] = _digest_of_package()
    files = [str(file.relative_to(ROOT)) for folder in TESTS for file in sorted((ROOT / folder).rglob(PATTERN))]
    files = [file for file in files if Path(file).stem not in LEFT_OUT]

    def look(file: str) -> None:
        place = places.get()
        result = place.folder / "result.json"
        result.unlink(missing_ok=True)

        def work() -> int:
            import coverage

            watched = [str(place.package / path) for path in wanted]
            measuring = coverage.Coverage(data_file=None, include=watched, config_file=False)
            tracer = Tracer(measuring)
            measuring.start()
            for path in sorted(wanted):  # what runs at import belongs to no test
                importlib.import_module(f"{PACKAGE.name}.{path.removesuffix('.py').replace('/', '.')}")
            code = run_pytest(place, "--maxfail", "1000", file, plugins=[tracer])
            result.write_text(json.dumps(tracer.result()))
            return code

        digest = _digest(ROOT / file)
        code = place.run(work, LIMIT)
        reach.forget(file)
        if result.exists():
            of_tests = json.loads(result.read_text())
            reach.seconds.update(of_tests["seconds"])
            for name, lines in of_tests["files"].items():
                of_file = reach.lines.setdefault(Path(name).relative_to(place.package).as_posix(), {})
                for line, tests in lines.items():
                    of_file.setdefault(int(line), []).extend(tests)
            reach.digests[file] = digest
        print(f"   {file}: {'took too long' if code is None else f'exit {code}' if code else 'read'}", flush=True)
        places.put(place)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(look, [file for file in files if reach.digests.get(file) != _digest(ROOT / file)]))
    names = _names(places, files)
    reach.seconds = {test: seconds for test, seconds in reach.seconds.items() if test in names}
    if not reach.seconds:
        raise SystemExit("No test could be run, so that nothing can be said; see what pytest says of them by itself.")
    if keep is not None:
        reach.keep(keep)
    return reach
