"""`scheduler.log`: one file in the home that a person reads and a program greps; rotated by size."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from zoneinfo import ZoneInfo

from .domain.errors import Unreachable
from .system.log_bounds import LogBounds
from .system.regular_file import open_regular
from .system.shared_file import open_to_append

__all__ = ["LOG_NAME", "open_log"]

LOG_NAME = "scheduler.log"
_SIZE = 10 * 1024 * 1024
_KEPT = 5
_PATIENCE = 30.0
"""Seconds after which a rename that another process was in the way of is tried again."""


class _Lines(logging.Formatter):
    """`2026-11-23 01:00:00.123+01:00 INFO  …`; unexpected errors have the level EXCEPTION and a traceback.

    Every line of a message begins so, but for those that begin with a space: they belong to the one before.
    """

    def __init__(self, timezone: str) -> None:
        super().__init__("%(message)s")
        self._zone = ZoneInfo(timezone)

    def format(self, record: logging.LogRecord) -> str:
        level = "EXCEPTION" if record.exc_info else record.levelname
        time = datetime.fromtimestamp(record.created, self._zone).isoformat(" ", "milliseconds")
        text = super().format(record)
        return re.sub(r"^(?! |$)", f"{time} {level:9} ", text, flags=re.MULTILINE)


class _Rotated(RotatingFileHandler):
    """Asks whose file it is and its size with each line: another process, or a person, may have moved the file away."""

    _linked: bool | None = None
    _now = _not_before = 0.0

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
        self._now = record.created
        if self.stream is None:
            return False
        mine = os.fstat(self.stream.fileno())
        try:
            moved = not os.path.samestat(mine, os.stat(self.baseFilename))  # noqa: PTH116  with each line
        except FileNotFoundError:
            moved = True
        except OSError:  # such as a folder that may not be looked into: it is written where it was
            moved = False
        if moved:
            self._open_again()
        return not moved and 0 < self.maxBytes <= mine.st_size and not self._waits()

    def _waits(self) -> bool:
        """Whether a rename failed just now; a clock that is set back is no reason to wait longer."""
        return 0 < self._not_before - self._now <= _PATIENCE

    def _open_again(self) -> None:
        """Write into the file that has the name now; if there cannot be one, such as in a home that is gone, into the old."""
        with contextlib.suppress(OSError):
            old, self.stream = self.stream, self._open()
            if old is not None:
                old.close()

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open(self.baseFilename, "ab", opener=self._opener), self.encoding)

    def _opener(self, path: str, flags: int) -> int:
        """Only a regular file, and a link only if a person made one before the start: a script can put anything here."""
        if self._linked is None:
            self._linked = os.path.islink(path)  # noqa: PTH114  logging hands over texts
        with contextlib.suppress(FileNotFoundError):
            os.close(open_regular(path, follow=self._linked))
        return open_to_append(path, follow=self._linked)  # scripts' own words are in it

    def doRollover(self) -> None:  # noqa: N802
        """Rename the full file first; only then the kept ones move on. Nothing is lost where another process, such as a
        viewer, holds one of them: it is tried again later, and the file grows on until then."""
        aside = Path(f"{self.baseFilename}.0")
        self._not_before = self._now + _PATIENCE
        if not aside.exists():
            try:
                os.rename(self.baseFilename, aside)  # noqa: PTH104  logging hands over texts
            except OSError:
                return
            self._open_again()
        with contextlib.suppress(OSError):
            self._keep(aside)
            self._not_before = 0.0

    def _keep(self, aside: Path) -> None:
        """Make it the newest of the kept files. OSError if one of them cannot be moved; then none of them is lost."""
        names = [aside, *(Path(f"{self.baseFilename}.{number}") for number in range(1, self.backupCount + 1))]
        # As far as the first number that is free; else the oldest goes.
        last = next((at for at, name in enumerate(names) if not name.exists()), self.backupCount)
        for at in range(last, 0, -1):
            names[at - 1].replace(names[at])


def open_log(home: Path, timezone: str, *, bounded: bool = False, name: str = LOG_NAME) -> logging.Logger:
    """Write this process's log to the home's `scheduler.log`, or to the file of that name. Unreachable if that is not possible.

    `bounded`: strangers can make this process write lines, and must not fill the log with them. It leaves the rotating to
    the scheduler, and goes on in the new file.
    """
    root = logging.getLogger()
    try:
        handler = _Rotated(
            home / name, maxBytes=0 if bounded else _SIZE, backupCount=_KEPT, encoding="utf-8", delay=False
        )
    except OSError as error:
        raise Unreachable(
            f"Cannot write {home / name} ({error.strerror}); make the home writable, or choose another with --home."
        ) from None
    handler.setFormatter(_Lines(timezone))
    if bounded:
        handler.addFilter(LogBounds())
    for old in root.handlers[:]:
        if isinstance(old, RotatingFileHandler):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk must not end up in a task's way
    # What no line shows need not be found out for each (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for noisy in ("apscheduler", "alembic", "watchdog"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = lambda *error: root.critical("Unhandled error", exc_info=error)
    threading.excepthook = lambda args: root.critical("Unhandled error in a thread", exc_info=args[:3])  # type: ignore[arg-type]
    return logging.getLogger("workflow_scheduler")
