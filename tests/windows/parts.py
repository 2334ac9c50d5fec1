"""The parts that the project needs on Windows, as seen from another system."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["windows_parts"]

ROOT = Path(__file__).parents[2]
# pip judges the markers of what a part needs by the system that it runs on itself.
ONLY_ON_WINDOWS = ("colorama", "tzdata")


def windows_parts(extras: str) -> list[str]:
    """Without the project itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], f"{project['name']}[{extras}]"]
    return [*_on_windows(project, lines), *ONLY_ON_WINDOWS]


def _on_windows(project: dict, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        wanted = Requirement(line)
        if wanted.name == project["name"]:
            for extra in sorted(wanted.extras):
                yield from _on_windows(project, project["optional-dependencies"][extra])
        elif wanted.marker is None or wanted.marker.evaluate({"sys_platform": "win32", "os_name": "nt"}):
            yield re.sub(r"\s*;.*", "", line)
