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

from workflow_scheduler.domain.errors import Unreachable

from .log_bounds import LogBounds
from .regular_file import open_regular

__all__ = ["LOG_NAME", "open_log"]

LOG_NAME = "scheduler.log"
_SIZE = 10 * 1024 * 1024
_KEPT = 5


class _Lines(logging.Formatter):
    """`2026-11-23 01:00:00.123+01:00 INFO  …`; what nobody foresaw is of level EXCEPTION, with its traceback.

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

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
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
        return not moved and mine.st_size >= self.maxBytes

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
        flags |= getattr(os, "O_NONBLOCK", 0) | (0 if self._linked else getattr(os, "O_NOFOLLOW", 0))
        return os.open(path, flags, 0o600)  # scripts' own words are in it


def _rotate(source: str, target: str) -> None:
    # Windows refuses while another process has the file open: then it grows on until the next try.
    with contextlib.suppress(OSError):
        os.replace(source, target)  # noqa: PTH105  logging hands over texts


def open_log(home: Path, timezone: str, *, bounded: bool = False) -> logging.Logger:
    """Send this process's log to the home's `scheduler.log`. Unreachable if it cannot be written.

    `bounded`: strangers can make this process write lines, and must not fill the log with them.
    """
    root = logging.getLogger()
    try:
        handler = _Rotated(home / LOG_NAME, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", delay=False)
    except OSError as error:
        raise Unreachable(
            f"Cannot write {home / LOG_NAME} ({error.strerror}); make the home writable, or name another with --home."
        ) from None
    handler.rotator = _rotate
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
