"""Brings what commands write on other machines into their attempts' folders here, where everything that reads output finds it."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.processes.output_index import INDEX
from workflow_scheduler.processes.start_file import STREAMS, make_folder
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.worker_reports import output_after
from workflow_scheduler.system.regular_file import create_regular, open_regular

from .folders import attempt_folder

__all__ = ["WorkerOutput"]

_FILES = {**{stream: f"{stream}.log" for stream in STREAMS}, "index": INDEX}
_PARTS = 8
"""How many parts, of up to 256 KiB, are in memory at once."""


class WorkerOutput:
    """Of the attempts of one home. For one thread."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._home = home
        self._reached: dict[tuple[AttemptKey, str], int] = {}

    def follow(self, key: AttemptKey) -> None:
        """Write what has arrived since the last call. OSError if that is not possible."""
        for stream in STREAMS:
            for position, data in self._parts(key, stream, self._reached.get((key, stream), 0)):
                self._write(key, stream, position, data)
                self._reached[key, stream] = position + len(data)

    def finish(self, key: AttemptKey) -> None:
        """Write everything, as it is at the end: what was left out of a long output is known only then. OSError if that is
        not possible."""
        for stream in _FILES:
            self._reached.pop((key, stream), None)
            end = None
            for position, data in self._parts(key, stream, 0):
                self._write(key, stream, position, data)
                end = position + len(data)
            if end is not None:
                os.truncate(self._path(key, stream), end)

    def _parts(self, key: AttemptKey, stream: str, position: int) -> Iterator[tuple[int, bytes]]:
        while parts := self._database.read(functools.partial(_read, key, stream, position)):
            yield from parts
            position = parts[-1][0] + max(1, len(parts[-1][1]))

    def _write(self, key: AttemptKey, stream: str, position: int, data: bytes) -> None:
        path = self._path(key, stream)
        try:
            descriptor = open_regular(path, write=True)
        except FileNotFoundError:
            make_folder(str(path.parent))
            descriptor = create_regular(str(path))
        with os.fdopen(descriptor, "r+b") as file:
            file.seek(position)
            file.write(data)

    def _path(self, key: AttemptKey, stream: str) -> Path:
        return attempt_folder(self._home, key) / _FILES[stream]


def _read(key: AttemptKey, stream: str, position: int, db: Connection) -> list[tuple[int, bytes]]:
    return output_after(db, key, stream, position, _PARTS)
