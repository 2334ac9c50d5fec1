"""The files that workflows take along: fetched once, and unpacked for each attempt into a folder of its own."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.files.bundle import unpack
from workflow_scheduler.processes.start_file import make_folder
from workflow_scheduler.storage.worker_desk import WorkerDesk
from workflow_scheduler.system.crash_points import crash_point

from .contact import Contact
from .reporting import AGAIN

__all__ = ["Bundles"]

_BUNDLES = "bundles"
"""The folder of a worker's home with what was fetched. The time of a file there is that of its last use."""


class Bundles:
    """Used from the threads that prepare attempts, which may wait for a database."""

    def __init__(self, desk: WorkerDesk, contact: Contact, home: Path) -> None:
        self._desk, self._contact, self._folder = desk, contact, home / _BUNDLES
        self._lock = threading.Lock()
        self._fetching: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._closed = threading.Event()

    def close(self) -> None:
        self._closed.set()

    def unpack(self, digest: str, target: Path) -> None:
        """Make the folder with these files. InvalidInput for files that are damaged, that the database has not, or for which
        there is no room."""
        archive = self._folder / f"{digest}.zip"
        try:
            if not self._use(archive):
                with self._fetching[digest]:  # once for all that wait for the same
                    if not self._use(archive):
                        self._fetch(digest, archive)
            make_folder(str(target.parent))
            unpack(archive, digest, target)
        except OSError as error:
            raise InvalidInput(
                f"The workflow's files cannot be written to {error.filename or self._folder} ({error.strerror}); mend that, and "
                "start the task again."
            ) from None
        except InvalidInput:
            with contextlib.suppress(OSError):  # on Windows, while another attempt reads it
                archive.unlink()  # so that the next attempt fetches it again
            raise

    def prune(self, before: datetime) -> int:
        """Delete what was not used since that time, and what a process that was killed had fetched in part. Returns how many
        were whole."""
        count = 0
        for path in self._folder.glob("*"):
            with self._lock, contextlib.suppress(OSError):
                if path.lstat().st_mtime < before.timestamp() and not self._fetching[path.stem].locked():
                    path.unlink()
                    count += path.suffix == ".zip"
        return count

    def _use(self, archive: Path) -> bool:
        """Whether it is there. Then it stays for a day."""
        with self._lock, contextlib.suppress(FileNotFoundError):
            os.utime(archive)
            return True
        return False

    def _fetch(self, digest: str, archive: Path) -> None:
        make_folder(str(self._folder))
        part = archive.with_suffix(".part")
        with part.open("wb") as file:
            for data in self._parts(digest):
                file.write(data)
        crash_point("worker.bundle_fetched")
        part.replace(archive)

    def _parts(self, digest: str) -> Iterator[bytes]:
        position = 0
        while data := self._part(digest, position):
            position += len(data)
            yield data
        if data is None:
            raise InvalidInput("The database does not have the workflow's files; apply its definition again.")

    def _part(self, digest: str, position: int) -> bytes | None:
        """What the database answers, as soon as it does."""
        while True:
            with self._contact.asking():
                return self._desk.bundle(digest, position)
            if self._closed.wait(AGAIN) or self._contact.dismissed is not None:
                raise InvalidInput("The worker ended before it had the workflow's files.")
