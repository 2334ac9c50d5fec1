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
    """Asks the file's size and nothing else: the question comes with each line."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
        if self.stream is None:
            return False
        mine = os.fstat(self.stream.fileno())
        if mine.st_size < self.maxBytes:
            return False
        with contextlib.suppress(OSError):
            if not os.path.samestat(mine, Path(self.baseFilename).stat()):
                # The scheduler and its page write into one log, and the other one rotated it.
                self.stream.close()
                self.stream = self._open()
                return False
        return True

    def _open(self) -> TextIOWrapper:
        # Scripts' own words are in it.
        return TextIOWrapper(open(self.baseFilename, f"{self.mode}b", opener=_for_us_alone), self.encoding)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
