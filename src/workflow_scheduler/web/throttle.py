"""Slows down guessing: after each failure the next attempt must wait longer, by address and by name."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

__all__ = ["Throttle"]

FREE_TRIES = 3
LONGEST = timedelta(minutes=15)
MOST_KEYS = 10_000
"""The most keys remembered; the least recently used are dropped first."""


class Throttle:
    """Safe to use from several threads. Keys are such as `("address", "10.0.0.1")`."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most = most_keys
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()

    @contextlib.contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Only one attempt is checked at a time: parallel ones would all be free, and each takes 64 MB of memory."""
        with self._turn:
            yield

    def wait(self, keys: Iterable[tuple[str, str]], now: datetime) -> float:
        """Seconds until the next attempt is allowed; 0: now."""
        with self._lock:
            until = [self._until(key) for key in keys]
        return max([0.0, *((moment - now).total_seconds() for moment in until if moment is not None)])

    def failed(self, keys: Iterable[tuple[str, str]], now: datetime) -> None:
        with self._lock:
            for key in keys:
                count, _ = self._failures.pop(key, (0, now))
                self._failures[key] = (count + 1, now)
                while len(self._failures) > self._most:
                    self._failures.popitem(last=False)

    def succeeded(self, keys: Iterable[tuple[str, str]]) -> None:
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def __len__(self) -> int:
        return len(self._failures)

    def _until(self, key: tuple[str, str]) -> datetime | None:
        count, last = self._failures.get(key, (0, None))
        if last is None or count < FREE_TRIES:
            return None
        return last + min(timedelta(seconds=2.0 ** min(count - FREE_TRIES, 20)), LONGEST)
