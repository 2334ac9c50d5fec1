"""Records failed sign-ins: each one while they are few; during a flood, a few of them and a count."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

__all__ = ["Refusals", "shown"]

WINDOW = timedelta(minutes=1)
MOST_IN_WINDOW = 20
_log = logging.getLogger(__name__)


def shown(text: str, most: int = 60) -> str:
    """A stranger's text, safe for one line of a log: without line ends, terminal codes and changes of the writing
    direction."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


class Refusals:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._written = 0
        self._unwritten = 0

    def note(self, who: str, address: str, now: datetime, record: Callable[[str], None]) -> None:
        """Log a failed sign-in, with `record` also in the audit log, unless there were many just now."""
        with self._lock:
            if self._since is None or not self._since <= now < self._since + WINDOW:
                self._since, self._written = now, 0
            self._written += 1
            if self._written > MOST_IN_WINDOW:
                self._unwritten += 1
                return
            missing, self._unwritten = self._unwritten, 0
        more = f"; {missing:,} earlier ones are not recorded because there were too many" if missing else ""
        _log.warning("A sign-in as '%s' from %s failed%s", shown(who), address, more)
        record(f"failed: sign-in as '{shown(who)}'{more}")

    def pass_over(self) -> None:
        """Count an attempt that was refused unchecked because of earlier failures."""
        with self._lock:
            self._unwritten += 1
