"""Pings a monitor outside each minute while every part of the scheduler works, and says what does not."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from workflow_scheduler.domain.pings import Sign
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.notifiers.ping import ping
from workflow_scheduler.secrets.sources import SecretUnavailable, resolved

from .pulse import Pulse

__all__ = ["WatchPing"]

_log = logging.getLogger(__name__)


class WatchPing:
    """`address`: as in WATCH_URL; empty: none. A monitor that hears nothing gives alarm itself. `interval`: seconds."""

    def __init__(self, address: str, home: Path, pulse: Pulse, interval: float = 60.0) -> None:
        self._address = address
        self._home = home
        self._pulse = pulse
        self._interval = interval
        self._closing = threading.Event()
        self._failed = False

    def start(self) -> None:
        if self._address:
            threading.Thread(target=self._serve, name="watch", daemon=True).start()

    def close(self) -> None:
        self._closing.set()

    def _serve(self) -> None:
        self._ping(Sign.START, "The scheduler has started.")
        while not self._closing.wait(self._interval):
            silent = self._pulse.silent()
            if silent:
                parts = ", ".join(f"{part.value} (for {seconds:.0f} s)" for part, seconds in silent.items())
                self._ping(Sign.FAIL, f"Does not work: {parts}.")
            else:
                self._ping(Sign.SUCCESS, "Everything works.")

    def _ping(self, sign: Sign, words: str) -> None:
        try:
            # The owner of the home names the address: it may be in the own network.
            ping(resolved(self._address, self._home), sign, words, allow_private=True)
        except (DeliveryFailed, SecretUnavailable) as error:
            if not self._failed:  # said once, not each minute
                _log.warning("WATCH_URL cannot be pinged: %s", error)
            self._failed = True
        except Exception:
            _log.exception("WATCH_URL could not be pinged")
        else:
            self._failed = False
