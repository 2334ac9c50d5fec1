"""Windows: checks that the service's program and home are not writable by users who may not run commands as it."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.system.windows_rights import OpenFolder, open_folders

from .description import Service

__all__ = ["check_place", "find_open_folders", "leave_open_folders_out"]


def find_open_folders(service: Service, trusted: Iterable[str]) -> list[OpenFolder]:
    """Of the home, the package and the environment with its Python, those that accounts other than administrators and
    the `trusted` SIDs may change; the outermost first."""
    package = Path(__file__).parents[1]
    base = Path(getattr(sys, "_base_executable", None) or sys.executable)
    parts = [package, Path(sys.prefix), Path(sysconfig.get_path("purelib")), Path(sys.executable), base.parent, base]
    return open_folders([service.home], [path for path in parts if path.exists()], tuple(trusted))


def check_place(service: Service, account: str, trusted: Iterable[str]) -> None:
    """Refused, with the command that fixes it, if others could make the service run anything."""
    for folder in find_open_folders(service, trusted):
        raise Refused(
            f"{folder.path} is writable by {folder.who}, who could make the service run anything as {account}; {folder.advice}"
        )


def leave_open_folders_out(path: str, trusted: Iterable[str]) -> tuple[str, list[str]]:
    """The PATH without the folders in which others may put programs, and those folders. Relative folders count among
    them."""
    folders = [folder.strip('"') for folder in path.split(os.pathsep) if folder.strip('"')]
    there = {folder: Path(folder) for folder in folders if Path(folder).is_absolute() and Path(folder).is_dir()}
    open_ = {folder.path for folder in open_folders([], list(there.values()), tuple(trusted))}

    def harmed(folder: Path) -> bool:
        return any(place in open_ for place in (folder.resolve(), *folder.resolve().parents))

    out = [
        folder for folder in folders if not Path(folder).is_absolute() or (folder in there and harmed(there[folder]))
    ]
    return os.pathsep.join(folder for folder in folders if folder not in out), out
