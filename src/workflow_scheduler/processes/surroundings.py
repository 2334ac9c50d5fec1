"""Where commands are looked for, and which programs the settings choose for scripts."""

from __future__ import annotations

import ntpath
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = [
    "PLATFORM",
    "Interpreters",
    "Surroundings",
    "find_windows",
    "in_system32",
    "spelled_alike",
    "surroundings_here",
]

PLATFORM = "windows" if sys.platform == "win32" else "posix"
_ENTRY = re.compile(r'(?:[^;"]|"[^"]*(?:"|$))+')
"""Of PATH on Windows: in quotes a semicolon is part of a folder's name."""


@dataclass(frozen=True, slots=True)
class Interpreters:
    """The programs that run scripts: a path, or a name on PATH; empty for the default. `python` is for `.py` and the
    like, `powershell` for `.ps1`."""

    python: str = ""
    powershell: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`platform` is "posix" or "windows"; `python` is this Python."""

    platform: str
    env: Mapping[str, str]
    cwd: str
    python: str
    interpreters: Interpreters = field(default_factory=Interpreters)


def spelled_alike(added: Mapping[str, str], machine: Mapping[str, str], platform: str = PLATFORM) -> dict[str, str]:
    """The variables in the machine's spelling where they replace its own: to Windows, `Path` and `PATH` are one."""
    if platform != "windows":
        return dict(added)
    known = {name.upper(): name for name in machine}
    return {known.get(name.upper(), name): value for name, value in added.items()}


def surroundings_here(env: Mapping[str, str], cwd: str, interpreters: Interpreters | None = None) -> Surroundings:
    """The surroundings of this machine and this Python."""
    return Surroundings(PLATFORM, env, cwd, sys.executable, interpreters or Interpreters())


def find_windows(command: str, around: Surroundings, *, here: bool = True) -> Iterator[str]:
    """Programs given by path, in the working folder (if `here`), or on PATH, with the extensions of PATHEXT, in order
    of precedence."""
    endings = ["", *around.env.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").lower().split(";")]
    if ntpath.splitext(command)[1] == "":
        endings = endings[1:]
    folders = [""] if ntpath.dirname(command) else [*([around.cwd] if here else []), *_path_entries(around)]
    for folder in folders:
        for ending in endings:
            candidate = ntpath.join(around.cwd, folder, command + ending)
            if os.path.isfile(candidate):
                yield candidate


def _path_entries(around: Surroundings) -> list[str]:
    found = (entry.replace('"', "").strip() for entry in _ENTRY.findall(around.env.get("PATH", "")))
    return [entry for entry in found if entry]


def in_system32(name: str, around: Surroundings) -> str:
    return ntpath.join(around.env.get("SYSTEMROOT", "C:\\Windows"), "System32", name)
