"""Whether the database answers this worker: all who ask it say so, and it is logged once when that changes."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.storage.worker_desk import Dismissed

__all__ = ["CLOSING", "Contact"]

CLOSING = 5.0
"""Seconds for what is being asked when a worker ends."""
_log = logging.getLogger(__name__)


class Contact:
    """`changed` is called when this worker was dismissed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._lost: str | None = None
        self.dismissed: Dismissed | None = None

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Ask within the `with` block. What goes wrong ends the block and is noted: nothing goes wrong for good but a
        dismissal."""
        try:
            yield
        except Dismissed as error:
            self.dismissed = error
            self._changed()
        except SchedulerError as error:
            self._note(str(error))
        except Exception as error:  # such as of a driver, for a database that is being migrated
            if self._note(str(error)):
                _log.exception("The database refuses what this worker asks for")
        else:
            with self._lock:
                lost, self._lost = self._lost, None
            if lost is not None:
                _log.warning("The database answers again")

    def made(self) -> bool:
        """Whether the database answered the last question."""
        return self._lost is None and self.dismissed is None

    def _note(self, why: str) -> bool:
        """False if it is known."""
        with self._lock:
            new, self._lost = self._lost is None, why
        if new:
            _log.warning("Without the database, commands go on, but for those that may start elsewhere: %s", why)
        return new
