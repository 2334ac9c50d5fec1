"""Wakes the loop: APScheduler's timers, and a loopback socket to which other processes send a byte."""

from __future__ import annotations

import contextlib
import enum
import logging
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .wake_signal import nudge

if TYPE_CHECKING:
    from .timers import Timers

__all__ = ["HEARTBEAT", "LOOK", "PLAN_AT_LEAST", "UPKEEP", "Hint", "Wakeups"]

HEARTBEAT = 10
"""Seconds between heartbeats in the database."""
LOOK = 1
"""Seconds between checks for changes whose wake-up was lost."""
PLAN_AT_LEAST = timedelta(seconds=10)
"""The planner reads the clock at least this often, however far the next fire is: clocks change and machines sleep."""
UPKEEP = 600
"""Seconds between rounds of maintenance."""
_NOT_YET = datetime.min.replace(tzinfo=UTC)
_log = logging.getLogger(__name__)


class Hint(enum.Enum):
    """Why the loop wakes. A hint may be lost: the next check, a second later, finds the same."""

    LOOK = "look"
    CHANGED = "changed"
    BEAT = "beat"


class Wakeups:
    """Calls `look`, `plan` and `beat` on time, and `changed` when another process sends a wake-up. Each must be quick;
    `upkeep` (maintenance) may be slow and has its own thread."""

    def __init__(
        self,
        *,
        look: Callable[[], None],
        plan: Callable[[], None],
        beat: Callable[[], None],
        changed: Callable[[], None],
        upkeep: Callable[[], None],
    ) -> None:
        self._calls = {"look": (look, LOOK), "plan": (plan, PLAN_AT_LEAST.seconds), "beat": (beat, HEARTBEAT)}
        self._changed = changed
        self._upkeep = upkeep
        self._timers: Timers | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._listener: threading.Thread | None = None
        self._closed = False
        self._plan_at = _NOT_YET

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def keep_going(self) -> None:
        """Start the threads, or restart one that died."""
        if self._timers is None or not self._timers.alive:
            if self._timers is not None:
                _log.error("The timer thread had died and was restarted")
            from .timers import Timers  # noqa: PLC0415  APScheduler is slow to load: what is due now does not wait for it

            self._timers = Timers(self._calls, (self._upkeep, UPKEEP))
            if self._plan_at > _NOT_YET:
                self._timers.move("plan", self._plan_at)
        if self._listener is None or not self._listener.is_alive():
            self._listener = threading.Thread(target=self._listen, name="wake-ups", daemon=True)
            self._listener.start()

    def plan_at(self, moment: datetime | None, now: datetime) -> None:
        """Call `plan` at this time, and in any case within `PLAN_AT_LEAST`."""
        latest = now + PLAN_AT_LEAST
        at = latest if moment is None else min(moment, latest)
        # An early timer costs one check; moving it in every pass would cost more.
        if not now < self._plan_at <= at:
            self._plan_at = at
            if self._timers is not None:
                self._timers.move("plan", at)

    def start_over(self) -> None:
        """After a clock change, timers set by the old clock would stay silent until that time comes."""
        self._plan_at = _NOT_YET
        if self._timers is not None:
            self._timers.start_over()

    def close(self) -> None:
        self._closed = True
        if self._timers is not None:
            self._timers.close()
        with contextlib.suppress(OSError):
            nudge(self.port)
        if self._listener is not None:
            self._listener.join(1)
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed:
            try:
                self._socket.recv(16)
            except OSError:
                continue  # Windows reports a sender that is gone
            self._changed()
