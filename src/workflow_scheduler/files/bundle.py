"""The files that a workflow takes along to another machine: collected here, unpacked there, and known by their content."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from workflow_scheduler.domain.device_names import is_device
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.regular_file import kind_of, read_regular

__all__ = ["MOST_BYTES", "MOST_FILES", "collect", "unpack"]

MOST_BYTES = 64 * 1024 * 1024
"""Of all files together, before they are compressed."""
MOST_FILES = 10_000
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""No time of a file is kept, so that the same files are the same bundle."""
_NOT_IN_NAMES = frozenset('<>:"|?*\\')
"""What a Windows machine cannot have in a name."""


def collect(folder: Path, patterns: Sequence[str]) -> tuple[str, bytes]:
    """The hash and the content of the bundle of these files, folders and patterns below the folder. InvalidInput for a
    pattern that leads out of the folder or matches nothing, for links and the like, and for more than may be in a bundle."""
    contents: dict[str, tuple[bool, bytes]] = {}
    left = MOST_BYTES
    for pattern in patterns:
        _check_pattern(pattern)
        found = list(_files(folder, pattern))
        if not found:
            raise InvalidInput(f"files: {pattern!r} matches nothing in {folder}; correct it, or create the files.")
        for path in found:
            name = path.relative_to(folder).as_posix()
            if name in contents:
                continue
            _check_name(name)
            data = _read(path, left)
            left -= len(data)
            contents[name] = bool(path.stat().st_mode & stat.S_IXUSR), data
            if len(contents) > MOST_FILES:
                raise InvalidInput(f"files: there are more than {MOST_FILES:,} files; choose fewer.")
    _check_alike(contents)
    return _digest(contents.items()), _packed(contents)


def unpack(content: bytes, digest: str, folder: Path) -> Path:
    """The folder with the files of the bundle, below the one of all bundles; made now if it is not there, or is not as it was
    made. InvalidInput if the content is another than the hash says. OSError."""
    target = folder / digest
    entries = _unpacked(content)
    if _digest(entries) != digest:
        raise InvalidInput("The workflow's files arrived damaged; start the task again.")
    if _is_as_made(target, entries):
        return target
    part = folder / f".{digest}.{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    for name, (runs, data) in entries:
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o555 if runs else 0o444)
    part.mkdir(parents=True, exist_ok=True)
    if target.exists():  # a script has changed it; what still uses it keeps it
        target.rename(folder / f".{digest}.{os.urandom(4).hex()}")
    part.rename(target)
    return target


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


def _check_name(name: str) -> None:
    for part in name.split("/"):
        if _NOT_IN_NAMES & set(part) or part != part.rstrip(" .") or is_device(part) or not part.isprintable():
            raise InvalidInput(f"files: {name[:200]!r} has a name that not every machine can have; rename it.")


def _check_alike(names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.casefold(), name)) != name:
            raise InvalidInput(f"files: {other!r} and {name!r} are one name on Windows; rename one of them.")


def _read(path: Path, most: int) -> bytes:
    try:
        kind = kind_of(path.lstat().st_mode)
        if kind is not None:
            raise InvalidInput(f"files: {path} is {kind}; only regular files are taken along.")
        if path.lstat().st_size > most:
            raise InvalidInput(f"files: there are more than {MOST_BYTES // 1024**2} MiB; choose fewer.")
        return read_regular(path, most)
    except OSError as error:
        raise InvalidInput(f"files: {path} cannot be read ({error.strerror}); mend that, or leave it out.") from None


def _digest(entries: _Entries) -> str:
    found = hashlib.sha256()
    for name, (runs, data) in sorted(entries):
        found.update(f"{name}\0{int(runs)}\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def _packed(contents: dict[str, tuple[bool, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (runs, data) in sorted(contents.items()):
            about = zipfile.ZipInfo(name, _EARLIEST)
            about.external_attr = (stat.S_IFREG | (0o755 if runs else 0o644)) << 16
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, data)
    return packed.getvalue()


def _unpacked(content: bytes) -> list[tuple[str, tuple[bool, bytes]]]:
    """The files in it. InvalidInput for anything that `collect` does not make."""
    entries: list[tuple[str, tuple[bool, bytes]]] = []
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for about in archive.infolist()[: MOST_FILES + 1]:
                _check_pattern(about.filename)
                _check_name(about.filename)
                with archive.open(about) as file:
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0 or len(entries) == MOST_FILES:
                    raise InvalidInput("The workflow's files are more than a bundle may have.")
                entries.append((about.filename, (bool(about.external_attr >> 16 & stat.S_IXUSR), data)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InvalidInput(f"The workflow's files arrived damaged ({error}); start the task again.") from None
    return entries


def _is_as_made(folder: Path, entries: _Entries) -> bool:
    """Whether the folder has exactly these files."""
    try:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        return names == {name for name, _ in entries} and all(
            read_regular(folder / name, MOST_BYTES) == data for name, (_, data) in entries
        )
    except OSError:
        return False
