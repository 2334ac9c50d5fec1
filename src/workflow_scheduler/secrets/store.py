"""The home's own store: a file for each secret, in a folder that only its owner can enter."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput, NotFound, SchedulerError
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.secrets import SecretSource, check_store_name
from workflow_scheduler.system.private_folder import make_private_folder
from workflow_scheduler.system.regular_file import create_regular, read_regular

from .base import MOST_BYTES, SecretUnavailable
from .sealing import seal, unseal

__all__ = ["StoredSecret", "delete_secret", "note_delivery", "put_secret", "read", "stored_secrets"]

_FOLDER = "secrets"
_MOST_SEALED = 4 * MOST_BYTES
_MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """`sealed`: how it is encrypted, or plain, or why its file cannot be read. `read_at`: when a task last received it."""

    name: str
    sealed: str
    set_at: datetime
    read_at: datetime | None


def read(source: SecretSource, home: Path) -> bytes:
    path = _path(home, source.target)
    try:
        status = path.stat()
        return _unsealed(path, (status.st_mtime_ns, status.st_size, status.st_ino))
    except FileNotFoundError:
        raise SecretUnavailable(
            f"The store of this home has no secret {source.target!r}",
            hint=f"set it with 'scheduler secret set {source.target}'",
        ) from None
    except OSError as error:
        raise SecretUnavailable(f"The stored secret {source.target!r} cannot be read ({error.strerror}).") from None


@functools.lru_cache(maxsize=256)
def _unsealed(path: Path, state: tuple[int, ...]) -> bytes:
    """The secret as the file has it in this state: to decrypt it may take another process."""
    how, _, sealed = read_regular(path, _MOST_SEALED).partition(b"\n")
    return unseal(how.decode(errors="replace"), sealed)


def note_delivery(home: Path, name: str) -> None:
    """Remember that a task receives the secret now."""
    with contextlib.suppress(OSError):
        _mark(_path(home, name)).touch(0o600)


def put_secret(home: Path, name: str, value: bytes) -> str:
    """Store or replace the secret. Returns how it is sealed. InvalidInput for a value that cannot be used."""
    path = _path(home, check_store_name(name))
    if not value:
        raise InvalidInput("The secret is empty; nothing was stored.")
    if len(value) > MOST_BYTES:
        raise InvalidInput(f"The secret has {len(value):,} bytes; use at most {MOST_BYTES:,}.")
    how, sealed = seal(value)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_private_folder(str(path.parent), exist_ok=True)
        with os.fdopen(create_regular(str(part)), "wb") as file:
            file.write(how.encode() + b"\n" + sealed)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise SchedulerError(f"The secret could not be stored in {path.parent} ({error.strerror}).") from None
    return how


def delete_secret(home: Path, name: str) -> None:
    try:
        path = _path(home, check_store_name(name))
        path.unlink()
        _mark(path).unlink(missing_ok=True)
    except FileNotFoundError:
        raise NotFound(f"The store of this home has no secret {name!r}.") from None
    except OSError as error:
        raise SchedulerError(f"The secret {name!r} could not be deleted ({error.strerror}).") from None


def stored_secrets(home: Path) -> list[StoredSecret]:
    """Every secret of the store, without its value, by name."""
    try:
        return sorted(_listed(home / _FOLDER), key=lambda secret: secret.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SchedulerError(f"The folder {home / _FOLDER} cannot be read ({error.strerror}).") from None


def _listed(folder: Path) -> Iterator[StoredSecret]:
    with os.scandir(folder) as entries:
        for entry, _ in zip(entries, range(_MOST_LISTED), strict=False):
            if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            name = entry.name.replace("+", "/")
            yield StoredSecret(name, _sealed(entry.path), _time(status), _delivered_at(folder / entry.name))


def _sealed(path: str) -> str:
    """How the file says that it is encrypted; one that cannot be read does not hide the others."""
    try:
        return read_regular(path, _MOST_SEALED).partition(b"\n")[0].decode(errors="replace")[:20]
    except OSError as error:
        return f"not readable: {error.strerror}"


def _delivered_at(path: Path) -> datetime | None:
    try:
        return _time(_mark(path).stat())
    except OSError:
        return None


def _mark(path: Path) -> Path:
    """An empty file, whose time says when a task last received the secret."""
    return path.with_name(f".{path.name}.read")


def _time(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _path(home: Path, name: str) -> Path:
    return home / _FOLDER / name.replace("/", "+")
