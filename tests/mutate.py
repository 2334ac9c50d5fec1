"""`python dev.py mutate [ROOM]`: breaks the package in small ways, one at a time, and says which breaks no test notices.

First the tests of the fast rooms run once, and for each it is written down which lines it reaches. Then each break of a
random sample is made in a copy of the package, and tests that reach its line run until one fails, those of its own room first.
A line that no test reaches counts as a break that nobody noticed. POSIX only: each run is a fork of this process.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from mutants import Mutant, mutants_of
from places import PACKAGE, SIDE_BY_SIDE, Place, run_pytest
from reach import Reach, trace

ROOMS = {name: (f"{name}/*.py",) for name in ("engine", "domain", "triggers", "storage", "files", "processes")}
ROOMS["web"] = tuple(f"web/{name}.py" for name in ("gate", "peer", "throttle", "roles", "admission"))
OTHER_PLATFORMS = ("probe_windows.py", "launch_windows.py", "job_object.py")
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
"""Parts that every run would load again."""
BUDGET = 40.0
"""Seconds that the tests of one break took when nothing was broken."""


@dataclass(frozen=True, slots=True)
class Break:
    path: str
    mutant: Mutant

    def __str__(self) -> str:
        was, now = (text if len(text) < 90 else f"{text[:87]}..." for text in (self.mutant.was, self.mutant.now))
        return f"{self.path}:{self.mutant.line}: {' '.join(was.split())} -> {' '.join(now.split())}"


def judge(places: SimpleQueue[Place], one: Break, reach: Reach, budget: float) -> str:
    """`killed`, `timeout`, `survived` or `not reached`."""
    tests = reach.tests_of(one.path, (one.mutant.line, one.mutant.statement), budget)
    if not tests:
        return "not reached"
    place = places.get()
    try:
        place.write(one.path, one.mutant.text)
        expected = sum(reach.seconds[test] for test in tests)
        code = place.run(lambda: run_pytest(place, "--timeout", "60", *tests), 60 + 3 * expected)
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


def draw(everything: list[Break], count: int, seed: int) -> list[Break]:
    """A random sample that hardly changes with the package: each break draws its own lot, from what it says and which of its
    kind it is."""
    nth: Counter[str] = Counter()
    lots = []
    for candidate in everything:
        words = f"{candidate.path}: {candidate.mutant.was} -> {candidate.mutant.now}"
        nth[words] += 1
        lots.append((hashlib.sha256(f"{seed} {words} {nth[words]}".encode()).hexdigest(), candidate))
    chosen = {candidate for _, candidate in sorted(lots, key=lambda lot: lot[0])[:count]}
    return [candidate for candidate in everything if candidate in chosen]


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
    chosen = draw(everything, options.sample, options.seed)
    if options.again:
        before = {
            lost["change"]
            for lost in json.loads(options.again.read_text())["breaks"]
            if lost["fate"] in ("survived", "not reached")
        }
        chosen = [candidate for candidate in chosen if str(candidate) in before]
    print(f"== {len(chosen)} of {len(everything):,} breaks, seed {options.seed}", flush=True)
    fates = run(chosen, options.budget, options.reach)
    counts = Counter(fates.values())
    killed = counts["killed"] + counts["timeout"]
    for candidate, fate in sorted(fates.items(), key=lambda pair: (pair[1], pair[0].path, pair[0].mutant.line)):
        if fate != "killed":
            print(f"{fate}: {candidate}")
    print(f"== {killed} of {len(fates)} noticed ({killed / max(1, len(fates)):.1%}): {dict(counts)}")
    breaks = [{"change": str(candidate), "fate": fate} for candidate, fate in fates.items()]
    options.summary.write_text(
        json.dumps({"seed": options.seed, "of": len(everything), "counts": counts, "breaks": breaks}, indent=1)
    )
    return 0


def run(chosen: list[Break], budget: float, keep: Path | None = None) -> dict[Break, str]:
    """What became of each break."""
    for name in HEAVY:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="mutate") as folder:
        Path(folder).chmod(0o755)  # some tests become another user
        places: SimpleQueue[Place] = SimpleQueue()
        every = [Place(Path(folder, str(number))) for number in range(SIDE_BY_SIDE)]
        for place in every:
            places.put(place)
        try:
            reach = trace(
                places, {candidate.path for candidate in (chosen if keep is None else population(ROOMS))}, keep
            )

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
