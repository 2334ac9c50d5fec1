"""The files of its workflow that an attempt had on another machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.folders import files_folder
from workflow_scheduler.storage.bundles import BundleRow, TakenAlong, taken_along
from workflow_scheduler.storage.database import Connection

__all__ = ["FilesRow", "bundle_words", "files_of"]


@dataclass(frozen=True, slots=True)
class FilesRow:
    """`hash`: of the bundle. `count` and `size`, in bytes: of the files in it; None if it is no longer stored. `folder`: of the
    attempt's copy on the worker; from its home on, if that is not known any more. `sentence`: all of it in words."""

    hash: str
    count: int | None
    size: int | None
    folder: str
    sentence: str


def files_of(db: Connection, run_id: str) -> Mapping[AttemptKey, FilesRow]:
    """What the attempts of a run got, without those that took nothing along."""
    return {key: _row(key, taken) for key, taken in taken_along(db, run_id).items()}


def bundle_words(digest: str, about: BundleRow | None) -> str:
    """`3 files, 1,234 bytes, bundle 1a2b3c4d`"""
    if about is None:
        return f"bundle {digest[:8]}, which is not stored any more"
    return f"{about.files:,} file{'' if about.files == 1 else 's'}, {about.size:,} bytes, bundle {digest[:8]}"


def _row(key: AttemptKey, taken: TakenAlong) -> FilesRow:
    folder = str(files_folder(_path(taken.home or ""), key))
    where = f"{folder} on machine {taken.worker}" if taken.home else f"{folder} in the home of machine {taken.worker}"
    count, size = taken.about or (None, None)
    words = bundle_words(taken.hash, taken.about)
    sentence = f"{words}; the attempt's copy is in {where} until a day after its end"
    return FilesRow(taken.hash, count, size, folder, sentence)


def _path(home: str) -> PurePath:
    """As the machine that has it writes paths."""
    return PureWindowsPath(home) if home[1:3] == ":\\" or home.startswith("\\\\") else PurePosixPath(home)
