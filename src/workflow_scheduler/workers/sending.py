"""Sends the output of attempts to the database: all that is kept before their outcome, and as it is written while it is watched.

One thread goes round them, a few parts of each at a time, so that none waits for another's megabytes.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection
from dataclasses import field, replace
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import Outcome, name_of
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.executors.order_builder import OUTPUT_CAP
from workflow_scheduler.processes.output_index import INDEX
from workflow_scheduler.storage.worker_desk import PART, Unstorable, WorkerDesk
from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.system.regular_file import open_regular

from .contact import CLOSING, Contact

__all__ = ["Sending"]

LIVE = 1.0
"""Seconds between two looks at an output that is watched."""
SETTLED = OUTPUT_CAP // 2
"""Bytes of a stream that do not change while it is written: what follows is written round and round."""
_MOST = 17 * 1024 * 1024
_IN_TURN = 4
"""Parts of one stream before it is another's turn."""
_FILES = {"stdout": "stdout.log", "stderr": "stderr.log", "index": INDEX}
_WHILE_WRITTEN = ("stdout", "stderr")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Upload:
    """How far the streams of an attempt are sent; `outcome` once it has ended."""

    outcome: Outcome | None = None
    sent: dict[str, int] = field(default_factory=dict)
    unwanted: bool = False
    lost: str = ""
    """Why the database did not take some of it."""


class Sending:
    """`sent` gets each outcome when all output before it is stored."""

    def __init__(self, desk: WorkerDesk, contact: Contact, home: Path, sent: Callable[[Outcome], None]) -> None:
        self._desk, self._contact, self._home, self._sent = desk, contact, home, sent
        self._lock = threading.Lock()
        self._uploads: dict[AttemptKey, _Upload] = {}
        self._watched: frozenset[AttemptKey] = frozenset()
        self._news = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._news.set()
        self._thread.join(CLOSING)

    def watch(self, keys: Collection[AttemptKey]) -> None:
        """From now on send the output of these as it is written."""
        with self._lock:
            self._watched = frozenset(keys)
            for key in self._watched:
                self._uploads.setdefault(key, _Upload())
        if keys:
            self._news.set()

    def drop(self, key: AttemptKey) -> None:
        """Nothing of it is wanted any more."""
        with self._lock:
            self._uploads.pop(key, None)

    def finish(self, outcome: Outcome) -> None:
        with self._lock:
            self._uploads.setdefault(outcome.key, _Upload()).outcome = outcome
        self._news.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._news.clear()
            with self._lock:
                turn = [
                    (key, upload)
                    for key, upload in self._uploads.items()
                    if upload.outcome is not None or key in self._watched
                ]
            if not turn:
                self._news.wait()
                continue
            more = [self._go_on(key, upload) for key, upload in turn if not self._closed.is_set()]
            if not any(more):
                self._news.wait(LIVE)

    def _go_on(self, key: AttemptKey, upload: _Upload) -> bool:
        """Send some parts; whether there are more. With the last one of an attempt that has ended, its outcome follows."""
        outcome, more = upload.outcome, True
        with self._contact.asking():
            streams = _FILES if outcome is not None else _WHILE_WRITTEN
            more = any(self._send(key, upload, stream, ended=outcome is not None) for stream in streams)
            if outcome is not None and not more:
                self.drop(key)
                lost = f"; some of its output was lost: the database does not take it ({upload.lost})"
                self._sent(replace(outcome, reason=outcome.reason + lost) if upload.lost else outcome)
            return more
        return False

    def _send(self, key: AttemptKey, upload: _Upload, stream: str, *, ended: bool) -> bool:
        for _ in range(_IN_TURN):
            at = upload.sent.get(stream, 0)
            until = min(at + PART, _MOST if ended else SETTLED)
            data = b"" if upload.unwanted else _read(attempt_folder(self._home, key) / _FILES[stream], at, until)
            if not data:
                return False
            try:
                wanted = self._desk.put_output(key, stream, at, data)
            except Unstorable as error:
                _log.error("The database does not take the output of %s: %s", name_of(key), error)
                upload.lost, wanted = str(error), None
            crash_point("worker.part_sent")
            upload.unwanted = wanted is None
            upload.sent[stream] = wanted or 0
        return True


def _read(path: Path, start: int, end: int) -> bytes:
    """The bytes of the file from `start` to `end`; empty where there are none, or something else is in its place."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            file.seek(start)
            return file.read(max(0, end - start))
    except OSError:
        return b""
