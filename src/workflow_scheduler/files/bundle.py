"""The files that a workflow takes along to another machine: collected here, unpacked there, and known by their content."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from workflow_scheduler.domain.device_names import is_device
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import kind_of, read_regular

__all__ = ["MOST_BYTES", "MOST_FILES", "Bundle", "collect", "unpack"]

MOST_BYTES = 64 * 1024 * 1024
"""Of all files together, before they are compressed."""
MOST_FILES = 10_000
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""No time of a file is kept, so that the same files are the same bundle."""
_UNPACKED_AT = 315_532_800
"""The same in seconds: what compares the inputs of two attempts finds the same files."""
_NOT_IN_NAMES = frozenset('<>:"|?*\\')
"""What a Windows machine cannot have in a name."""
_HOME = "home.id"
_OF_A_HOME = (
    *("secret", "secrets", "jobs.sqlite*", "backups", "attempts", "bundles", "worker.json"),
    *("home.id", "*.lock", "scheduler.log*", "worker.log*"),
)
"""What a scheduler or a worker keeps in its home: secrets, records, and the database of all workflows."""


class Bundle(NamedTuple):
    """`hash`: of the names and contents. `files`: how many there are. `size`: of these, in bytes."""

    hash: str
    content: bytes
    files: int
    size: int


def collect(folder: Path, patterns: Sequence[str]) -> Bundle:
    """The bundle of these files, folders and patterns below the folder. InvalidInput for a pattern that leads out of the
    folder or matches nothing, for links and the like, and for more than may be in a bundle.

    Hidden files, such as .env and .git, are left out unless a pattern names them.
    """
    contents: dict[str, tuple[bool, bytes]] = {}
    left = MOST_BYTES
    is_home = functools.cache(lambda place: (place / _HOME).exists())
    for pattern in patterns:
        _check_pattern(pattern)
        found = [path for path in _files(folder, pattern) if _is_meant(path.relative_to(folder), pattern)]
        if not found:
            raise InvalidInput(f"files: {pattern!r} matches nothing in {folder}; correct it, or create the files.")
        for path in found:
            name = path.relative_to(folder).as_posix()
            if name in contents:
                continue
            _check_foreign(folder, path, is_home)
            _check_name(name)
            data = _read(folder, path, left)
            left -= len(data)
            contents[name] = bool(path.stat().st_mode & stat.S_IXUSR), data
            if len(contents) > MOST_FILES:
                raise InvalidInput(f"files: there are more than {MOST_FILES:,} files; choose fewer.")
    _check_alike(contents)
    ordered = sorted(contents.items())
    return Bundle(_digest(ordered), _packed(ordered), len(ordered), MOST_BYTES - left)


def unpack(archive: Path, digest: str, target: Path) -> None:
    """Make the folder with the files of the bundle; what had its name is replaced, and it is there as a whole or not at all.
    InvalidInput if the content is another than the hash says. OSError."""
    part = target.with_name(f".{target.name}.part")
    for old in (part, target):
        if old.exists():
            shutil.rmtree(old)
    part.mkdir()
    if _digest(_written(_unpacked(archive), part)) != digest:
        shutil.rmtree(part, ignore_errors=True)
        raise _damaged("their content is another one")
    crash_point("worker.unpacked")
    part.rename(target)


_Entries = Iterable[tuple[str, tuple[bool, bytes]]]


def _check_pattern(pattern: str) -> None:
    parts = PurePosixPath(pattern).parts
    if not pattern or pattern.startswith(("/", "~")) or ".." in parts or "\\" in pattern or ":" in pattern:
        raise InvalidInput(
            f"files: {pattern[:100]!r} leads out of the folder of the definition; write a path below it, with slashes."
        )


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    named = PurePosixPath(pattern)
    for path in sorted(folder.glob(str(named))) if named.parts else [folder]:
        if path.is_dir() and not path.is_symlink():
            yield from (inner for inner in sorted(path.rglob("*")) if inner.is_symlink() or not inner.is_dir())
        else:
            yield path


def _is_meant(name: PurePath, pattern: str) -> bool:
    """Whether each hidden part of the name is one that the pattern names: `*` and a folder have none."""
    named = [part for part in PurePosixPath(pattern).parts if part.startswith(".")]
    return all(any(fnmatchcase(part, one) for one in named) for part in name.parts if part.startswith("."))


def _check_foreign(folder: Path, path: Path, is_home: Callable[[Path], bool]) -> None:
    for part in (path, *path.parents):
        if part == folder:
            return
        if is_home(part.parent) and any(fnmatchcase(part.name, one) for one in _OF_A_HOME):
            raise InvalidInput(
                f"files: {part.relative_to(folder).as_posix()!r} belongs to the home {part.parent}; name the files, or keep them "
                "in a folder of their own."
            )


def _check_name(name: str) -> None:
    for part in name.split("/"):
        if not (part == part.rstrip(" .") != "" and part.isprintable()) or _NOT_IN_NAMES & set(part) or is_device(part):
            raise InvalidInput(f"files: {name[:200]!r} has a name that not every machine can have; rename it.")


def _check_alike(names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        for part in (name, *(folder.as_posix() for folder in PurePosixPath(name).parents)):
            if (other := seen.setdefault(part.casefold(), part)) != part:
                raise InvalidInput(f"files: {other!r} and {part!r} are one name on Windows; rename one of them.")


def _read(folder: Path, path: Path, most: int) -> bytes:
    ways = [path, *(part for part in path.parents if part.is_relative_to(folder) and part != folder)]
    try:
        for way in ways:
            kind = kind_of(way.lstat().st_mode) if way is path or way.is_symlink() else None
            if kind is not None:
                raise InvalidInput(f"files: {way} is {kind}; only regular files are taken along.")
        if path.lstat().st_size > most:
            raise InvalidInput(f"files: there are more than {MOST_BYTES // 1024**2} MiB; choose fewer.")
        return read_regular(path, most)
    except OSError as error:
        raise InvalidInput(f"files: {path} cannot be read ({error.strerror}); mend that, or leave it out.") from None


def _digest(entries: _Entries) -> str:
    found = hashlib.sha256()
    for name, (runs, data) in entries:
        found.update(f"{name}\0{int(runs)}\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def _packed(entries: _Entries) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (runs, data) in entries:
            about = zipfile.ZipInfo(name, _EARLIEST)
            about.external_attr = (stat.S_IFREG | (0o755 if runs else 0o644)) << 16
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, data)
    return packed.getvalue()


def _unpacked(archive: Path) -> _Entries:
    """The files in it, one after the other. InvalidInput for anything that `collect` does not make."""
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            if len(entries) > MOST_FILES:
                raise InvalidInput("The workflow's files are more than a bundle may have.")
            for entry in entries:
                _check_name(entry.filename)
                with packed.open(entry) as file:
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise InvalidInput("The workflow's files are more than a bundle may have.")
                yield entry.filename, (bool(entry.external_attr >> 16 & stat.S_IXUSR), data)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _damaged(str(error)) from None


def _written(entries: _Entries, folder: Path) -> _Entries:
    for name, (runs, data) in entries:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if runs:
            path.chmod(0o755)
        os.utime(path, (_UNPACKED_AT, _UNPACKED_AT))
        yield name, (runs, data)


def _damaged(why: str) -> InvalidInput:
    return InvalidInput(f"The workflow's files arrived damaged ({why}); start the task again.")
