"""One scheduler per home, and one worker: an operating-system lock that ends with its process."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.regular_file import open_regular

__all__ = ["SCHEDULER", "WORKER", "Holder", "HomeLock", "Owner", "holder", "locks_work"]

# Windows locks are mandatory: the locked byte is far beyond the text, so that others can read the holder.
_BYTE = 1 << 20
_LENGTH = 4096
_TRIES, _PAUSE = 25, 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a home's lock, described by itself; only `pid` while its scheduler starts.

    `identity` identifies its process, `database` the file it has open. `background`: `scheduler start`
    created it. `page`: the `address` or the `problem` of its web interface.
    """

    pid: int | None
    engine_id: int | None = None
    started_at: str | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    background: bool = False
    database: list[int] | None = None
    page: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Of which a home has one process: the name of its lock, of itself, and how it is stopped."""

    file: str
    name: str
    hint: str


SCHEDULER = Owner("engine.lock", "scheduler", "stop it with 'scheduler stop'")
WORKER = Owner("worker.lock", "worker", "stop it with 'scheduler worker stop'")
_FIELDS = frozenset(field.name for field in fields(Holder))


class HomeLock:
    """Held from `acquire` until `release` or the end of the process. `owner`: whose process holds it."""

    def __init__(self, home: Path, owner: Owner = SCHEDULER) -> None:
        self._owner = owner
        self._path = home / owner.file
        self._descriptor: int | None = None
        self._about = Holder(os.getpid())

    def acquire(self) -> None:
        """Acquire the lock. Refused if another process has it, Unreachable if the home cannot be written."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unreachable(
                f"Cannot write in the home {self._path.parent} ({error.strerror}); "
                "make the folder writable, or choose another with --home."
            ) from None
        if not _lock_soon(descriptor):
            os.close(descriptor)
            held = holder(self._path.parent, self._owner)
            pid = held.pid if held is not None and held.pid is not None else "unknown"
            raise Refused(
                f"The {self._owner.name} is already running in {self._path.parent} (pid {pid})", hint=self._owner.hint
            )
        self._descriptor = descriptor
        self.write(self._about)

    def secure(self) -> bool:
        """Lock the file that now has the name, if the locked one was deleted or replaced.
        False if another process has it, or none can be created.

        A second scheduler can lock it first. It finds this one in the database and stops.
        """
        if self._descriptor is None or self._is_in_place(self._descriptor):
            return True
        try:
            if os.path.lexists(self._path):
                descriptor = open_regular(self._path, write=True)
            else:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return False
        if not (_try_lock(descriptor) and self._is_in_place(descriptor)):
            os.close(descriptor)
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        self.write(self._about)
        import logging  # noqa: PLC0415  commands do without

        logging.getLogger(__name__).warning("%s was deleted or replaced; the home is locked again", self._path.name)
        return True

    def _is_in_place(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.lstat())
        except OSError:
            return False

    def write(self, about: Holder) -> None:
        """Write the holder's description, for processes that find the lock held."""
        self._about = about
        if self._descriptor is not None:
            # One write of a fixed length: concurrent readers see the old text or the new one.
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, json.dumps(asdict(about)).encode().ljust(_LENGTH))

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock_soon(descriptor: int) -> bool:
    # A process that only checks the lock holds it for an instant, which must not keep a scheduler from starting.
    for _ in range(_TRIES):
        if _try_lock(descriptor):
            return True
        time.sleep(_PAUSE)
    return False


def holder(home: Path, owner: Owner = SCHEDULER) -> Holder | None:
    """The holder of the home's lock; None if it is free."""
    try:
        descriptor = os.open(home / owner.file, os.O_RDWR)
    except OSError:
        return None
    try:
        if _try_lock(descriptor):
            return None
        text = os.read(descriptor, _LENGTH)
        return Holder(**{"pid": None, **{name: value for name, value in json.loads(text).items() if name in _FIELDS}})
    except (ValueError, AttributeError):  # it is being written, or has foreign content
        return Holder(None)
    finally:
        os.close(descriptor)


def locks_work(home: Path) -> bool:
    """Whether a file locked through one descriptor is refused to another, as for a second scheduler."""
    path = home / f".lock-probe.{os.getpid()}"
    first = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    second = os.open(path, os.O_RDWR)
    try:
        return _try_lock(first) and not _try_lock(second)
    finally:
        os.close(second)
        os.close(first)
        path.unlink()


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
