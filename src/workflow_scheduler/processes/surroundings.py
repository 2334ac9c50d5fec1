"""Where commands are looked for, and which programs the settings choose for scripts."""

from __future__ import annotations

import ntpath
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
    """What runs scripts: a program's path, or its name on PATH; empty: what is the default. `python` is for `.py` and its
    kin, `powershell` for `.ps1`."""

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
    """Variables that replace the machine's, under the machine's spelling: to Windows `Path` and `PATH` are one."""
    if platform != "windows":
        return dict(added)
    known = {name.upper(): name for name in machine}
    return {known.get(name.upper(), name): value for name, value in added.items()}


def surroundings_here(env: Mapping[str, str], cwd: str, interpreters: Interpreters | None = None) -> Surroundings:
    """Those of this machine and this Python."""
    return Surroundings(PLATFORM, env, cwd, sys.executable, interpreters or Interpreters())


def find_windows(command: str, around: Surroundings, *, here: bool = True) -> Iterator[str]:
    """Programs by their path, in the working folder (if `here`), or on PATH, with the endings of PATHEXT; the first counts."""
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
