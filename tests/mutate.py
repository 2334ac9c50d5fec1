"""`python dev.py mutate [ROOM]`: breaks the package in small ways, one at a time, and says which breaks no test notices.

First the tests of the fast rooms run once, and for each it is written down which lines it reaches. Then each break of a
random sample is made in a copy of the package, and the tests that reach its line run until one fails, the shortest first.
A line that no test reaches counts as a break that nobody noticed. POSIX only: each run is a fork of this process.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psutil
from mutants import Mutant, mutants_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "workflow_scheduler"
ROOMS = {name: (f"{name}/*.py",) for name in ("engine", "domain", "triggers", "storage", "outputs", "processes")}
ROOMS["web"] = tuple(f"web/{name}.py" for name in ("gate", "peer", "throttle", "roles", "admission"))
OTHER_PLATFORMS = ("probe_windows.py", "launch_windows.py")
TESTS = tuple(f"tests/{name}" for name in ("unit", "engine", "storage", "processes", "web"))
PATTERN = "test_*.py"
LEFT_OUT = ("test_bounds", "test_fuzz", "test_mutate", "test_triggers_brute_force")
"""They measure how long something takes, or try very much; what only they notice counts as not noticed."""
HEAVY = (
    "alembic.command",
    "argon2",
    "fastapi",
    "httpx",
    "hypothesis",
    "pytest",
    "ruamel.yaml",
    "sqlalchemy.dialects.sqlite",
)
"""Parts that every run would load anew."""
BUDGET = 12.0
"""Seconds that the tests of one break took when nothing was broken."""
SIDE_BY_SIDE = 2
TRACE_LIMIT = 240.0


@dataclass(frozen=True, slots=True)
class Break:
    path: str
    mutant: Mutant

    def __str__(self) -> str:
        was, now = (text if len(text) < 90 else f"{text[:87]}..." for text in (self.mutant.was, self.mutant.now))
        return f"{self.path}:{self.mutant.line}: {' '.join(was.split())} -> {' '.join(now.split())}"


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


def _pytest(place: Place, *arguments: str, plugins: Iterable[object] = ()) -> int:
    import pytest

    plain = ("-x", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout")
    # What was loaded before the fork is not read again for its assertions.
    calm = ("-W", "ignore::pytest.PytestAssertRewriteWarning", "--basetemp", str(place.folder / "t"))
    return int(pytest.main([*plain, *calm, *arguments], plugins=list(plugins)))


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
            code = _pytest(place, "--maxfail", "1000", file, plugins=[tracer])
            result.write_text(json.dumps(tracer.result()))
            return code

        code = place.run(work, TRACE_LIMIT)
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


def judge(places: SimpleQueue[Place], one: Break, reach: Reach, budget: float) -> str:
    """`killed`, `timeout`, `survived` or `not reached`."""
    tests = reach.tests_of(one.path, one.mutant.line, budget)
    if not tests:
        return "not reached"
    place = places.get()
    try:
        place.write(one.path, one.mutant.text)
        expected = sum(reach.seconds[test] for test in tests)
        code = place.run(lambda: _pytest(place, "--timeout", "60", *tests), 60 + 3 * expected)
        return {None: "timeout", 0: "survived"}.get(code, "killed")
    finally:
        place.write(one.path, (PACKAGE / one.path).read_text(encoding="utf-8"))
        places.put(place)


def population(rooms: Iterable[str], file: str | None = None) -> list[Break]:
    paths = [path for room in rooms for pattern in ROOMS[room] for path in sorted(PACKAGE.glob(pattern))]
    names = [path.relative_to(PACKAGE).as_posix() for path in paths if path.name not in OTHER_PLATFORMS]
    return [
        Break(name, mutant)
        for name in ([file] if file else names)
        for mutant in mutants_of((PACKAGE / name).read_text(encoding="utf-8"), sys.platform)
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python dev.py mutate", description=__doc__.partition("\n")[0])
    parser.add_argument("room", nargs="?", choices=sorted(ROOMS), help="only this room; else all")
    parser.add_argument("--sample", type=int, default=300, help="so many breaks of all that are possible")
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds of tests for each break")
    parser.add_argument("--again", type=Path, help="only what survived, by this summary")
    parser.add_argument("--reach", type=Path, help="keep here which test reaches what, or take it from here")
    parser.add_argument("--summary", type=Path, default=Path("mutate.json"), help="what became of each, as JSON")
    options = parser.parse_args(arguments)
    everything = population([options.room] if options.room else ROOMS)
    chosen = random.Random(options.seed).sample(everything, min(options.sample, len(everything)))
    if options.again:
        before = {
            one["change"]
            for one in json.loads(options.again.read_text())["breaks"]
            if one["fate"] in ("survived", "not reached")
        }
        chosen = [one for one in chosen if str(one) in before]
    print(f"== {len(chosen)} of {len(everything):,} breaks, seed {options.seed}", flush=True)
    fates = run(chosen, options.budget, options.reach)
    counts = Counter(fates.values())
    killed = counts["killed"] + counts["timeout"]
    for one, fate in sorted(fates.items(), key=lambda pair: (pair[1], pair[0].path, pair[0].mutant.line)):
        if fate != "killed":
            print(f"{fate}: {one}")
    print(f"== {killed} of {len(fates)} noticed ({killed / max(1, len(fates)):.1%}): {dict(counts)}")
    breaks = [{"change": str(one), "fate": fate} for one, fate in fates.items()]
    options.summary.write_text(
        json.dumps({"seed": options.seed, "of": len(everything), "counts": counts, "breaks": breaks}, indent=1)
    )
    return 0


def run(chosen: list[Break], budget: float, keep: Path | None = None) -> dict[Break, str]:
    """What became of each break."""
    for name in HEAVY:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="mutate") as folder:
        places: SimpleQueue[Place] = SimpleQueue()
        every = [Place(Path(folder, str(number))) for number in range(SIDE_BY_SIDE)]
        for place in every:
            places.put(place)
        try:
            if keep is not None and keep.exists():
                found = json.loads(keep.read_text())
                lines = {path: {int(line): tests for line, tests in of.items()} for path, of in found["lines"].items()}
                reach = Reach(found["seconds"], lines)
            else:
                reach = trace(
                    places, {one.path for one in chosen} if keep is None else {one.path for one in population(ROOMS)}
                )
                if keep is not None:
                    keep.write_text(json.dumps({"seconds": reach.seconds, "lines": reach.lines}))

            def fate(one: Break) -> str:
                found = judge(places, one, reach, budget)
                if found != "killed":
                    print(f"   {found}: {one}", flush=True)
                return found

            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                return dict(zip(chosen, pool.map(fate, chosen), strict=True))
        finally:
            for place in every:
                place.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
