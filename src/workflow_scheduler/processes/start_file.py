"""The file of an attempt's folder that proves what happened, `start`, and the one that asks for its end, `stop`.

`start` is created once by the process that starts the attempt, and each of its lines updates those
before: who claimed it and the engine's notes, the process of a command that lasts, and at last {"exit": record}. One
file and not two, because making a file is what costs most here. Keepers load this module.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from typing import Any

from workflow_scheduler.system.private_folder import make_private_folder
from workflow_scheduler.system.regular_file import create_regular, open_regular, read_regular

__all__ = [
    "START",
    "STOP",
    "STREAMS",
    "Claim",
    "claim",
    "is_held",
    "link_folder",
    "make_folder",
    "read_start",
    "stop_asked",
    "sync",
]

START, STOP = "start", "stop"
STREAMS = ("stdout", "stderr")
"""What is kept of a command's output, each in a file `NAME.log`."""
_MOST = 1 << 26
_INSIDE = 0o777 if sys.platform == "win32" else 0o700
"""For a folder within a private one: Windows hands the rights down, and a mode would shut out the owner of the home."""


class Claim:
    """The right to start one attempt, held until `release` or the end of the process."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        self._torn = False

    def add(self, facts: dict[str, Any]) -> None:
        """Append a line of facts. OSError if it was not written whole, such as on a full disk; it may be added again."""
        if self._descriptor is None:
            return
        data = b"\n" * self._torn + json.dumps(facts).encode() + b"\n"
        self._torn = True
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._torn = False

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def undo(self) -> None:
        """Give the claim up because nothing was started; it can be claimed again."""
        if sys.platform == "win32":
            self.release()
        os.unlink(self._path)
        self.release()


def make_folder(path: str) -> None:
    """Make the folder and those above it, for the owner only: `os.makedirs` would let everybody read those above."""
    try:
        make_private_folder(path)
    except FileNotFoundError:
        make_folder(os.path.dirname(path))
        with contextlib.suppress(FileExistsError):  # another keeper may make it just now
            os.mkdir(path, _INSIDE)
    except FileExistsError:
        pass


def read_start(folder: str) -> dict[str, Any] | None:
    """The facts in the `start` file; None if there is none. A torn line is ignored. OSError if it is no regular file."""
    try:
        lines = read_regular(os.path.join(folder, START), _MOST).split(b"\n")
    except FileNotFoundError:
        return None
    facts: dict[str, Any] = {}
    for line in lines:
        # A script can write into it, too.
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(update := json.loads(line), dict):
                facts.update(update)
    return facts


def stop_asked(folder: str) -> str | None:
    """The stop request for the keeper; None if there is none."""
    try:
        return read_regular(os.path.join(folder, STOP), 100).decode(errors="replace").strip() or "cancelled"
    except OSError:
        return None


def sync(folder: str) -> None:
    """Flush the `start` file to the disk, so that it survives a power cut as far as the disk allows."""
    with contextlib.suppress(OSError):
        descriptor = open_regular(os.path.join(folder, START), write=True)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def link_folder(target: str, path: str) -> None:
        """Let `path` be the folder `target`. A junction, because links are for administrators. FileExistsError."""
        _winapi.CreateJunction(target, path)

    _SHARE_READ = 1
    _CREATE_NEW, _OPEN_EXISTING = 1, 3

    def claim(folder: str, facts: dict[str, Any]) -> Claim | None:
        """Create the `start` file; None if somebody did before. Without FILE_SHARE_WRITE the open handle is the lock."""
        path = os.path.join(folder, START)
        try:
            handle = _winapi.CreateFile(path, _winapi.GENERIC_WRITE, _SHARE_READ, 0, _CREATE_NEW, 0, 0)
        except OSError:
            if os.path.exists(path):
                return None
            raise
        made = Claim(path, msvcrt.open_osfhandle(handle, os.O_WRONLY))
        made.add(facts)
        return made

    def is_held(folder: str) -> bool:
        """Whether the process that claimed the attempt is alive."""
        path = os.path.join(folder, START)
        try:
            handle = _winapi.CreateFile(path, _winapi.GENERIC_WRITE, 7, 0, _OPEN_EXISTING, 0, 0)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        _winapi.CloseHandle(handle)
        return False
else:
    import fcntl

    def link_folder(target: str, path: str) -> None:
        """Let `path` be the folder `target`. FileExistsError if there is something already."""
        os.symlink(target, path)

    def claim(folder: str, facts: dict[str, Any]) -> Claim | None:
        """Create the `start` file, locked from its first moment; None if somebody did before."""
        path = os.path.join(folder, START)
        temporary = f"{path}.{os.getpid()}"
        descriptor = create_regular(temporary)
        made = Claim(path, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            made.add(facts)
            os.link(temporary, path)
        except FileExistsError:
            made.release()
            return None
        except OSError as error:
            made.release()
            if error.errno not in _NO_LINKS:
                raise
            return _claim_without_links(path, facts)
        finally:
            os.unlink(temporary)
        return made

    _NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)

    def _claim_without_links(path: str, facts: dict[str, Any]) -> Claim | None:
        """On a file system such as FAT. A process that checks between these two calls sees an attempt whose keeper is gone; only
        a scheduler that starts at the instant its predecessor is killed can do so."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return None
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        made = Claim(path, descriptor)
        made.add(facts)
        return made

    def is_held(folder: str) -> bool:
        """Whether the process that claimed the attempt is alive."""
        try:
            descriptor = open_regular(os.path.join(folder, START))
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False
