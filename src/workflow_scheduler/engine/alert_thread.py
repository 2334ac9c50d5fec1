"""The thread that reads events and sends messages, beside the engine's passes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from workflow_scheduler.domain.errors import SchedulerError

__all__ = ["AlertThread", "Part"]

LULL = 0.25
"""Seconds without a pass after which the engine is through with what it has to do: until then the processor is its own. One
that plans hundreds of runs takes nearly as long."""
LONGEST_HELD = 1.0
"""Seconds after which it looks although the engine is still busy."""
LONGEST_WAIT = 2.0
"""Seconds after which it looks whether `notify.yaml` is another."""
AFTER_ERROR = 10.0
_log = logging.getLogger(__name__)


class Part(Protocol):
    """What reads events or sends messages."""

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Do what is due; look for more only if `hinted`. Returns when there is something again."""


class AlertThread:
    """`parts` act, in their order, after each pass of the engine and when their time has come. `worked`: called when they
    have, and no channel fails."""

    def __init__(
        self,
        parts: Callable[[Callable[[], None]], list[Part]],
        clock: Callable[[], datetime],
        worked: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._worked = worked
        self._hint = threading.Event()
        self._closing = threading.Event()
        self._parts = parts(self.wake)
        self._thread = threading.Thread(target=self._serve, name="alerts", daemon=True)

    def start(self) -> None:
        """Before the engine's first pass: what happens from here on is new."""
        self._step(hinted=False)
        self._thread.start()

    def wake(self) -> None:
        """There may be something new. From any thread."""
        self._hint.set()

    def close(self, patience: float = 5.0) -> None:
        """Look once more, and end."""
        self._closing.set()
        self._hint.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        for part in self._parts:
            getattr(part, "close", lambda: None)()

    def _serve(self) -> None:
        pause, hinted = 0.0, True
        while not self._closing.is_set():
            hinted = self._hint.wait(pause) or hinted
            self._await_lull()
            pause = self._step(hinted=hinted)
            hinted = pause == AFTER_ERROR
        self._step(hinted=True)

    def _await_lull(self) -> None:
        held_until = time.monotonic() + LONGEST_HELD
        self._hint.clear()
        while self._hint.wait(LULL) and not self._closing.is_set() and time.monotonic() < held_until:
            self._hint.clear()

    def _step(self, *, hinted: bool) -> float:
        """Seconds to wait for the next hint."""
        now = self._clock()
        try:
            times = [part.step(now, hinted=hinted) for part in self._parts]
        except SchedulerError as error:
            _log.warning("Messages wait: %s", error)
            return AFTER_ERROR
        except Exception:
            _log.exception("Messages wait, because of an error")
            return AFTER_ERROR
        if not any(getattr(part, "failing", False) for part in self._parts):
            self._worked()
        next_at = min((at for at in times if at is not None), default=None)
        return LONGEST_WAIT if next_at is None else min(LONGEST_WAIT, max(0.0, (next_at - now).total_seconds()))
