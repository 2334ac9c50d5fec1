"""The peers: each in an environment of its own, asked for the figures of one part by its script in `peers`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sizes import Sizes

__all__ = ["Peers", "ask"]

HERE = Path(__file__).parent
# Prefect's server does not start with newer ones of these two.
PACKAGES = {
    "huey": ["huey"],
    "luigi": ["luigi"],
    "prefect": ["prefect", "fastapi<0.120", "pydantic<2.12"],
    "cronstable": ["cronstable"],
    "celery": ["celery[redis]"],
    "procrastinate": ["procrastinate", "psycopg[binary]"],
}
SERVED = ("cronstable", "dagu")
"""Those with a web interface; the others are libraries, and are asked for the throughput only."""
QUEUES = ("celery", "procrastinate")
"""Those that have workers on other machines, and are asked for that only."""
ROUNDS = {("throughput", "prefect"): 3, ("latency", "dagu"): 2, ("writes", "dagu"): 2}
"""The most rounds of those whose rounds take longest: Dagu's wait for a whole minute, and its burst takes half of one."""
NO_DAGU = (
    "Dagu was left out: DAGU in the environment names no program, and no package of PyPI has it. With its binary from "
    "https://github.com/dagucloud/dagu/releases: DAGU=/path/to/dagu python dev.py bench"
)

NO_REDIS = "Celery was left out: redis-server is missing (on Debian: apt-get install redis-server)."


def ask(python: Path | str, script: Path, *words: str) -> dict[str, Any]:
    """The figures that a script prints, in an environment without this project."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(python), str(script), *words], env=env, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


class Peers:
    """Those that take part, and what is to be said about them at the end."""

    def __init__(self, sizes: Sizes, names: Iterable[str]) -> None:
        self.sizes = sizes
        self.notes: list[str] = []
        self.versions: dict[str, str] = {}
        self._names = [name for name in names if name != "dagu" or shutil.which(os.environ.get("DAGU", ""))]
        if "dagu" in names and "dagu" not in self._names:
            self.notes.append(NO_DAGU)

    def floor(self, part: str) -> dict[str, Any]:
        return ask(sys.executable, HERE / "floor.py", part, json.dumps(asdict(self.sizes)))

    def names(self, part: str) -> list[str]:
        if part == "workers":
            return [name for name in self._names if name in QUEUES and (name != "celery" or self._has_redis())]
        return [name for name in self._names if name in SERVED or (part == "throughput" and name not in QUEUES)]

    def _has_redis(self) -> bool:
        found = shutil.which("redis-server") is not None
        if not found and NO_REDIS not in self.notes:
            self.notes.append(NO_REDIS)
        return found

    def turn(self, part: str, number: int) -> list[str]:
        """Those whose turn it is in this round."""
        return [name for name in self.names(part) if number < ROUNDS.get((part, name), self.sizes.rounds)]

    def ask(self, name: str, part: str) -> dict[str, Any]:
        """Its figures; none if its script fails, which is noted."""
        try:
            figures = ask(_python(name), HERE / "peers" / f"{name}_peer.py", part, json.dumps(asdict(self.sizes)))
        except subprocess.CalledProcessError as error:
            self.notes.append(f"{self.title(name)}, {part}: its script ended with exit code {error.returncode}.")
            return {}
        self.versions[name] = str(figures.get("version", ""))
        return figures

    def titles(self, part: str) -> list[str]:
        return [self.title(name) for name in self.names(part)]

    def title(self, name: str) -> str:
        """As it writes its name, with the version that was measured."""
        return f"{name if name == 'cronstable' else name.capitalize()} {self.versions.get(name, '')}".strip()


def _python(name: str) -> Path | str:
    """The Python of the peer's own environment, made if it is missing; ours for a binary."""
    if name not in PACKAGES:
        return sys.executable
    folder = HERE.parent / ".bench" / name
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
        (folder / ".ready").touch()
    return python
