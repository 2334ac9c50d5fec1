"""Checks the drive and folder of a home on Windows: synchronized, remote, or without permissions."""

from __future__ import annotations

import ntpath
import os
import sys
from collections.abc import Mapping

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Drive", "drive_of", "drive_troubles"]

_REMOTE = 4
"""Source: Microsoft, GetDriveTypeW."""
_FAT = {"FAT", "FAT32", "EXFAT"}
_SYNCED = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")


@dataclass(frozen=True, slots=True)
class Drive:
    """`kind` is the result of GetDriveTypeW; `file_system`, such as NTFS, is empty if unknown."""

    root: str
    kind: int
    file_system: str


def drive_troubles(home: str, drive: Drive, environment: Mapping[str, str] = os.environ) -> list[tuple[str, str]]:
    """Each problem with its advice."""
    found = []
    local = "use a home on a local NTFS drive"
    if synced := _synced_folder(home, environment):
        found.append(
            (
                f"{home} is in OneDrive ({synced}), which locks files while the scheduler writes them",
                "use a home outside OneDrive, such as C:\\scheduler",
            )
        )
    if drive.root.startswith("\\\\"):
        words = f"{home} is on another machine: while it is unreachable, no run is planned, started or recorded"
        found.append((words, local))
    elif drive.kind == _REMOTE:
        words = f"{drive.root} is a mapped drive of this sign-in: services and other users cannot see it"
        found.append((words, local))
    if drive.file_system.upper() in _FAT:
        words = f"{drive.root} has {drive.file_system}, which has no permissions and loses files when the machine fails"
        found.append((words, local))
    return found


def _synced_folder(home: str, environment: Mapping[str, str]) -> str:
    folder = ntpath.normcase(ntpath.normpath(home))
    for name in _SYNCED:
        root = environment.get(name, environment.get(name.upper(), ""))
        if root and f"{folder}\\".startswith(ntpath.normcase(ntpath.normpath(root)) + "\\"):
            return root
    # Services and other users lack these variables. The folder of a company is called "OneDrive - Company".
    parts = folder.split("\\")
    named = (at for at, part in enumerate(parts) if part == "onedrive" or part.startswith("onedrive - "))
    return next(("\\".join(home.replace("/", "\\").split("\\")[: at + 1]) for at in named), "")


if sys.platform == "win32":
    import ctypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)

    def drive_of(home: str) -> Drive:
        """The drive of a path, by its mount point."""
        root = ctypes.create_unicode_buffer(32_768)
        if not _kernel.GetVolumePathNameW(home, root, len(root)):
            root.value = ntpath.splitdrive(home)[0] + "\\"
        name = ctypes.create_unicode_buffer(64)
        known = _kernel.GetVolumeInformationW(root.value, None, 0, None, None, None, name, len(name))
        return Drive(root.value, int(_kernel.GetDriveTypeW(root.value)), name.value if known else "")

else:

    def drive_of(home: str) -> Drive:
        """Only Windows has drives."""
        return Drive("", 0, "")
