"""Limits the open connections, in total and per address, and chooses which one to close for a new one."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable
from typing import Protocol

__all__ = ["MOST_CONNECTIONS", "ConnectionLimit", "Guest", "places"]

MOST_CONNECTIONS = 300
FEWEST = 8
KEPT_DESCRIPTORS = 32
"""For the database, the log and the files that are being sent, beside as many as there are connections."""
SAID_EVERY = 60.0
_log = logging.getLogger(__name__)


def places() -> int:
    """The number of connections for which this process has file descriptors."""
    if sys.platform == "win32":  # where sockets are no descriptors
        return MOST_CONNECTIONS
    import resource  # noqa: PLC0415  not on Windows

    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST, min(MOST_CONNECTIONS, (descriptors - KEPT_DESCRIPTORS) // 2))


class Guest(Protocol):
    """One connection. `busy`: a complete request is being answered; otherwise it has been silent since `silent_since`."""

    group: str
    silent_since: float

    @property
    def busy(self) -> bool: ...

    def end(self) -> None:
        """Close it at once. It also leaves the limit by itself."""


class ConnectionLimit:
    """For one event loop. One address may have half of the slots; `now` is the loop's time in seconds."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self._most = most
        self._most_of_one = max(FEWEST // 2, most // 2)
        self._now = now
        self._guests: set[Guest] = set()
        self._ended: Counter[str] = Counter()
        self._said: float | None = None

    def enter(self, guest: Guest, *, alone: bool = True) -> bool:
        """Whether there is a free slot. If not, close the connection that has been silent longest: of the guest's own
        address, if that has its share (`alone`: the address is one person's), else of the address with the most
        connections."""
        share = [other for other in self._guests if other.group == guest.group]
        if alone and len(share) >= self._most_of_one and not self._end_silent(share):
            self._refused(guest.group)
            return False
        if len(self._guests) >= self._most and not self.make_room():
            self._refused(guest.group)
            return False
        self._guests.add(guest)
        return True

    def leave(self, guest: Guest) -> None:
        self._guests.discard(guest)

    def make_room(self) -> bool:
        """Close the longest silent connection of the address with the most. Returns whether there was one."""
        silent = [guest for guest in self._guests if not guest.busy]
        if not silent:
            return False
        shares = Counter(guest.group for guest in self._guests)
        largest = max(shares[guest.group] for guest in silent)
        return self._end_silent([guest for guest in silent if shares[guest.group] == largest])

    def _end_silent(self, guests: list[Guest]) -> bool:
        silent = [guest for guest in guests if not guest.busy]
        if not silent:
            return False
        longest = min(silent, key=lambda guest: guest.silent_since)
        self._guests.discard(longest)
        longest.end()
        self._refused(longest.group)
        return True

    def _refused(self, group: str) -> None:
        """Count a closed connection, and log the counts from time to time."""
        self._ended[group] += 1
        if self._said is None or self._now() - self._said >= SAID_EVERY:
            self._said = self._now()
            address, most = self._ended.most_common(1)[0]
            _log.warning(
                "Too many connections (at most %d, and %d from one address): %d were closed, of which %d from %s",
                self._most,
                self._most_of_one,
                self._ended.total(),
                most,
                address or "the proxy",
            )
            self._ended.clear()
