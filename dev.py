"""The developers' commands. `python dev.py test` sets everything up by itself and runs every check.

Commands:
    python dev.py test [pytest's arguments]              ruff, mypy, import-linter, the page's own checks, pytest
    python dev.py test --oldest [pytest's arguments]     pytest with the oldest allowed version of every part
    python dev.py test --windows [pytest's arguments]    pytest with Windows Python; on Linux by Wine, which needs root
    python dev.py soak --minutes N [--database URL]      kills the scheduler and its keepers, counts what was lost
    python dev.py mutate [ROOM] [--sample N] [--seed N]  breaks the package in small ways, and says what no test notices
    python dev.py bench [--repeat N] [--only PART]       measures, beside the floor and peers, for docs/performance.md
    python dev.py wheelhouse [FOLDER] [--windows]        downloads what a machine without a network installs from
    python dev.py format                                 ruff's formatter and fixes
    python dev.py docs                                   writes docs/reference anew from the code
    python dev.py ui                                     builds the page into the package; needs Node 20.19 or newer
    python dev.py screenshots                            takes the pictures of docs/images; needs Chromium
"""

import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
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

SIDE_BY_SIDE = ("-n", "3", "--dist", "worksteal")
"""Most tests wait for a process or a clock: three at a time take a third of the time, on two cores too. `-n 0`: one by one."""
UNDER_WINE = (
    *("tests/windows", "tests/unit", "tests/processes", "tests/storage", "tests/engine"),
    *(
        f"tests/acceptance/test_{name}.py"
        for name in ("demo", "doctor", "documents", "postgresql", "random_words", "shutdown")
    ),
    *(f"tests/web/test_{name}.py" for name in ("changing", "openapi", "reading", "safety_doors", "stream")),
)
"""Not those that start the command so often that they take minutes there, where a start takes seconds."""


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
        return run("pytest, oldest parts", [python, "-m", "pytest", *SIDE_BY_SIDE, "-W", "default", *rest])
    python = str(scheduler.set_up("dev"))
    if "--windows" in arguments:
        arguments = [one for one in arguments if one != "--windows"]
        if sys.platform != "win32":
            named = any(Path(scheduler.ROOT / one.partition("::")[0]).exists() for one in arguments)
            # A command takes seconds to start there, and a test that starts many takes minutes beside two others.
            options = ("-p", "no:cacheprovider", "--timeout=400", *SIDE_BY_SIDE)
            wine = [python, "tests/windows/wine.py", "-m", "pytest", *options]
            return run("pytest, Windows Python", [*wine, *arguments, *(() if named else UNDER_WINE)])
    passed = [run(name, [python, *command]) for name, command in CHECKS]
    return all([*passed, check_ui(), run("pytest", [python, "-m", "pytest", *SIDE_BY_SIDE, *arguments])])


UI = scheduler.ROOT / "ui"
BUILT = scheduler.ROOT / "src" / "workflow_scheduler" / "web" / "static"
CLIENT = UI / "src" / "api" / "schema.d.ts"


def npm(name: str, *words: str) -> bool:
    print(f"== {name}", flush=True)
    # On Windows npm is a batch file, which only its whole name finds.
    command = [shutil.which("npm") or "npm", "--prefix", str(UI), *words]
    return subprocess.run(command, cwd=UI, check=False).returncode == 0


def has_node() -> bool:
    if shutil.which("npm"):
        return True
    print("== the page: left out, because there is no npm here; install Node 20.19 or newer", flush=True)
    return False


def install_ui() -> bool:
    lock, stamp = UI / "package-lock.json", UI / "node_modules" / ".ready"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return True
    if not npm("npm ci", "ci", "--no-audit", "--no-fund"):
        return False
    shutil.copy(lock, stamp)
    return True


def build_ui() -> bool:
    return (
        install_ui()
        and npm("types", "run", "types", "--silent", "--", str(CLIENT))
        and npm("build", "run", "build", "--silent")
    )


def check_ui() -> bool:
    """The page's types, its logic, and that what is in the package is what its sources make."""
    if not has_node():
        return not os.environ.get("CI")
    if not install_ui():
        return False
    passed = [npm("tsc", "run", "check", "--silent"), npm("vitest", "run", "test", "--silent")]
    with tempfile.TemporaryDirectory() as folder:
        built, client = Path(folder) / "static", Path(folder) / "schema.d.ts"
        made = [
            npm("types", "run", "types", "--silent", "--", str(client)),
            npm("build", "run", "build", "--silent", "--", "--outDir", str(built), "--emptyOutDir"),
        ]
        same = all(made) and client.read_bytes() == CLIENT.read_bytes()
        # A bundler's names and order may follow from how paths are written, so that Windows need not make the same bytes.
        same = same and (sys.platform == "win32" or same_files(built, BUILT))
    if not same:
        print("What the package has of the page is not what its sources make; run: python dev.py ui")
    return all([*passed, same])


def same_files(one: Path, other: Path) -> bool:
    names, others = ({path.relative_to(root) for path in root.rglob("*") if path.is_file()} for root in (one, other))
    return names == others and not filecmp.cmpfiles(one, other, map(str, names), shallow=False)[1]


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
    elif name == "mutate":
        sys.exit(not run("mutate", [str(scheduler.set_up("dev")), "tests/mutate.py", *arguments]))
    elif name == "wheelhouse":
        sys.exit(not run("wheelhouse", [str(scheduler.set_up("dev")), "tests/wheelhouse.py", *arguments]))
    elif name == "bench":
        sys.exit(not run("bench", [str(scheduler.set_up("dev")), "bench", *arguments]))
    elif name == "format" and not arguments:
        sys.exit(not format_code())
    elif name == "ui" and not arguments:
        sys.exit(not (has_node() and build_ui()))
    elif name == "screenshots" and not arguments:
        sys.exit(not run("screenshots", [str(scheduler.set_up("dev")), "tests/browser/screenshots.py"]))
    elif name == "docs" and not arguments:
        sys.exit(not run("docs", [str(scheduler.set_up("dev")), "docs/reference/make.py"]))
    print(__doc__)
    sys.exit(name not in ("help", "--help", "-h") and 2)


if __name__ == "__main__":
    main()
