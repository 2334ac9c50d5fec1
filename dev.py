"""The developers' commands. `python dev.py test` sets everything up by itself and runs every check.

Commands:
    python dev.py test [pytest's arguments]              ruff, mypy, import-linter, pytest
    python dev.py test --oldest [pytest's arguments]     pytest with the oldest allowed version of every part
    python dev.py test --windows [pytest's arguments]    pytest with Windows Python; on Linux by Wine, which needs root
    python dev.py soak --minutes N [--database URL]      kills the scheduler and its keepers, counts what was lost
    python dev.py bench [--repeat N] [--only PART]       measures, beside the floor and peers, for docs/performance.md
    python dev.py format                                 ruff's formatter and fixes
    python dev.py docs                                   writes docs/reference anew from the code
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import scheduler

CHECKS = (
    ("ruff check", ["-m", "ruff", "check"]),
    ("ruff format", ["-m", "ruff", "format", "--check"]),
    ("mypy", ["-m", "mypy", "--platform", "linux"]),
    ("mypy, Windows", ["-m", "mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32"]),
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
)

UNDER_WINE = (
    *("tests/windows", "tests/unit", "tests/processes", "tests/storage", "tests/engine"),
    "tests/acceptance/test_demo.py",
)


def run(name: str, command: list[str]) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=scheduler.ROOT, check=False).returncode == 0


def oldest_versions() -> list[str]:
    """The lower bound of each dependency, as an exact version."""
    project = tomllib.loads((scheduler.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["postgres"], *extras["web"], *extras["metrics"]]
    found = (re.match(r"([\w-]+)(\[\w+\])?>=([\w.]+)", one) for one in wanted if "win32" not in one)
    return [f"{match[1]}{match[2] or ''}=={match[3]}" for match in found if match]


def test(arguments: list[str]) -> bool:
    if "--oldest" in arguments:
        scheduler.VENV = Path(scheduler.ROOT / ".venv-oldest")
        scheduler.STAMP = scheduler.VENV / ".ready"
        python = str(scheduler.set_up("test", tuple(oldest_versions())))
        rest = [one for one in arguments if one != "--oldest"]
        # A deprecation in an old version of a part is not ours to mend.
        return run("pytest, oldest parts", [python, "-m", "pytest", "-W", "default", *rest])
    python = str(scheduler.set_up("dev"))
    if "--windows" in arguments:
        arguments = [one for one in arguments if one != "--windows"]
        if sys.platform != "win32":
            named = any(Path(scheduler.ROOT / one.partition("::")[0]).exists() for one in arguments)
            wine = [python, "tests/windows/wine.py", "-m", "pytest", "-p", "no:cacheprovider"]
            return run("pytest, Windows Python", [*wine, *arguments, *(() if named else UNDER_WINE)])
    passed = [run(name, [python, *command]) for name, command in CHECKS]
    return all([*passed, run("pytest", [python, "-m", "pytest", *arguments])])


def format_code() -> bool:
    python = str(scheduler.set_up("dev"))
    return run("ruff check", [python, "-m", "ruff", "check", "--fix"]) & run(
        "ruff format", [python, "-m", "ruff", "format"]
    )


def main() -> None:
    name, *arguments = sys.argv[1:] or ["help"]
    if name == "test":
        sys.exit(not test(arguments))
    elif name == "soak":
        sys.exit(not run("soak", [str(scheduler.set_up("dev")), "tests/soak.py", *arguments]))
    elif name == "bench":
        sys.exit(not run("bench", [str(scheduler.set_up("dev")), "bench", *arguments]))
    elif name == "format" and not arguments:
        sys.exit(not format_code())
    elif name == "docs" and not arguments:
        sys.exit(not run("docs", [str(scheduler.set_up("dev")), "docs/reference/make.py"]))
    print(__doc__)
    sys.exit(name not in ("help", "--help", "-h") and 2)


if __name__ == "__main__":
    main()
