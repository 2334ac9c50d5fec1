"""Keeps repeated lines from filling `scheduler.log`: a few of each kind per minute, then a count."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["LogBounds"]

WINDOW = 60.0
MOST_OF_A_KIND = 5
MOST_IN_ALL = 300
MOST_KINDS = 200


@dataclass(slots=True)
class _Kind:
    since: float
    written: int = 0
    left_out: int = 0


class LogBounds(logging.Filter):
    """Lines are of one kind if their texts, before values are inserted, begin alike except for numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._kinds: OrderedDict[object, _Kind] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written. The first line after a gap says how many were left out."""
        begins = re.sub(r"\d+", "#", str(record.msg)[:200].partition("\n")[0])[:80]
        with self._lock:
            missing = self._missing((record.name, record.levelno, begins), MOST_OF_A_KIND, record.created)
            whole = None if missing is None else self._missing(None, MOST_IN_ALL, record.created)
        if missing is None or whole is None:
            return False
        if missing:
            words = f"{record.getMessage()} ({missing:,} similar lines were left out since the last one)"
            record.msg, record.args = words, None
        return True

    def _missing(self, key: object, most: int, now: float) -> int | None:
        """How many lines were left out since the last one written; None: this one is left out, too."""
        kind = self._kinds.setdefault(key, _Kind(now))
        self._kinds.move_to_end(key)
        if not kind.since <= now < kind.since + WINDOW:
            kind.since, kind.written = now, 0
        while len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)
        if kind.written >= most:
            kind.left_out += 1
            return None
        kind.written += 1
        missing, kind.left_out = kind.left_out, 0
        return missing
