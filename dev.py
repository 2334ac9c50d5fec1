"""The developers' commands. `python dev.py test` sets everything up by itself and runs every check.

Commands:
    python dev.py test [pytest's arguments]              ruff, mypy, import-linter, the page's own checks, pytest
    python dev.py test --oldest [pytest's arguments]     pytest with the oldest allowed version of every part
    python dev.py test --windows [pytest's arguments]    pytest with Windows Python; on Linux by Wine, which needs root
    python dev.py soak --minutes N [--database URL]      kills the scheduler and its keepers, counts what was lost
    python dev.py soak --minutes N --workers N           and workers, their network and PostgreSQL; as root, with more
    python dev.py mutate [ROOM] [--sample N] [--seed N]  breaks the package in small ways, and says what no test notices
    python dev.py bench [--repeat N] [--only PART]       measures, beside the floor and peers, for docs/performance.md
    python dev.py wheelhouse [FOLDER] [--windows]        downloads what a machine without a network installs from
    python dev.py format                                 ruff's formatter and fixes
    python dev.py docs                                   writes docs/reference from the code
    python dev.py ui                                     builds the page into the package; needs Node 20.19 or newer
    python dev.py screenshots                            takes the pictures and films of docs; needs Chromium
"""

import scheduler  # first: it ends with a sentence where Python is too old for the rest

# isort: split
import os
import re
import sys
import tomllib
from pathlib import Path

from tests.stages import Stages, call
from ui import build as web_interface

CHECKS = (
    ("ruff check", ["-m", "ruff", "check"]),
    ("ruff format", ["-m", "ruff", "format", "--check"]),
    ("mypy", ["-m", "mypy", "--platform", "linux"]),
    ("mypy, Windows", ["-m", "mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32"]),
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
)

SIDE_BY_SIDE = ("--dist", "worksteal", "-n", "4")
"""Most tests wait for a process or a clock: four at a time keep two cores busy. `-n 0`: one by one."""
ON_SYSTEM = tuple(
    f"tests/unit/{name}"
    for name in (
        *("bootstrap", "cli", "definitions", "executors", "files", "operations", "processes", "secrets", "service"),
        *("system", "test_home_place.py", "test_launcher.py", "test_log_file.py"),
    )
)
"""The rooms of which something depends on the system or on what is installed: not pure functions, nor the tests of the tests."""
WITH_OLDEST = (
    *(*ON_SYSTEM, "tests/unit/test_bounds.py", "tests/unit/triggers"),
    *("tests/storage", "tests/engine", "tests/acceptance/test_demo.py"),
)
"""What imports a part whose oldest version is tried."""
UNDER_WINE = (
    *("tests/windows", *ON_SYSTEM, "tests/unit/notifiers", "tests/unit/triggers"),
    *("tests/executors", "tests/processes", "tests/storage", "tests/engine"),
    *(
        f"tests/acceptance/test_{name}.py"
        for name in ("demo", "doctor", "documents", "postgresql", "random_words", "shutdown")
    ),
    *(f"tests/web/test_{name}.py" for name in ("changing", "openapi", "reading", "safety_doors", "stream")),
)
"""Not those that start the command so often that they take minutes there, where a start takes seconds."""


def oldest_versions() -> list[str]:
    """The lower bound of each dependency, as an exact version."""
    project = tomllib.loads((scheduler.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["postgres"], *extras["web"], *extras["metrics"]]
    found = (re.match(r"([\w-]+)(\[\w+\])?>=([\w.]+)", one) for one in wanted if "win32" not in one)
    return [f"{match[1]}{match[2] or ''}=={match[3]}" for match in found if match]


def names_tests(arguments: list[str]) -> bool:
    return any(Path(scheduler.ROOT / one.partition("::")[0]).exists() for one in arguments)


def test(stages: Stages, arguments: list[str]) -> None:
    if "--oldest" in arguments:
        scheduler.VENV = Path(scheduler.ROOT / ".venv-oldest")
        scheduler.STAMP = scheduler.VENV / ".ready"
        python = str(scheduler.set_up("test", tuple(oldest_versions())))
        rest = [one for one in arguments if one != "--oldest"]
        # A deprecation in an old version of a part is not ours to mend.
        pytest = [python, "-m", "pytest", *SIDE_BY_SIDE, "-W", "default"]
        stages.run("pytest, oldest parts", [*pytest, *rest, *(() if names_tests(rest) else WITH_OLDEST)])
        return
    python = str(scheduler.set_up("dev"))
    if "--windows" in arguments:
        arguments = [one for one in arguments if one != "--windows"]
        if sys.platform != "win32":
            # A command takes seconds to start there, and a test that starts many takes minutes beside two others.
            options = ("-p", "no:cacheprovider", "--timeout=400", *SIDE_BY_SIDE, "-n", "3")
            wine = [python, "tests/windows/wine.py", "-m", "pytest", *options]
            stages.run("pytest, Windows Python", [*wine, *arguments, *(() if names_tests(arguments) else UNDER_WINE)])
            return
    for name, command in CHECKS:
        stages.run(name, [python, *command])
    web_interface.check(stages, Path(python))
    stages.run("pytest", [python, "-m", "pytest", *SIDE_BY_SIDE, *arguments])


def format_code(stages: Stages) -> None:
    python = str(scheduler.set_up("dev"))
    stages.run("ruff check", [python, "-m", "ruff", "check", "--fix"])
    stages.run("ruff format", [python, "-m", "ruff", "format"])


PROGRAMS = {
    "soak": "tests/soak.py",
    "mutate": "tests/mutate.py",
    "wheelhouse": "tests/wheelhouse.py",
    "bench": "bench",
    "screenshots": "tests/browser/screenshots.py",
    "docs": "docs/reference/make.py",
}
WITHOUT_ARGUMENTS = ("format", "ui", "screenshots", "docs")


def main() -> bool | int:
    """Whether it failed, or its exit code."""
    # Where it is set, as in many containers, each of thousands of commands compiles the package for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    name, *arguments = sys.argv[1:] or ["help"]
    if arguments and name in WITHOUT_ARGUMENTS:
        name = ""
    stages = Stages()
    if name == "test":
        test(stages, arguments)
        stages.summarize()
    elif name in PROGRAMS:
        return call([str(scheduler.set_up("dev")), PROGRAMS[name], *arguments]) != 0
    elif name == "format":
        format_code(stages)
    elif name == "ui":
        web_interface.build(stages, scheduler.set_up("dev"))
    else:
        print(__doc__)
        return 0 if name in ("help", "--help", "-h") else 2
    return not stages.passed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(130)
