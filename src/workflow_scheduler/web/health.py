"""Whether the scheduler does its work, for a load balancer, a container or a monitor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflow_scheduler.operations.home.watchman import Finding

__all__ = ["Health", "health"]

KEPT = 2.0
"""Seconds for which an answer is given again: strangers may ask as often as they like."""
Answer = tuple[int, dict[str, str]]


def health() -> dict[str, str]:
    """Whether the scheduler does its work: 200, or 503 with a code and a sentence. Needs no sign-in and gives no details."""
    return {"status": "ok"}


class Health:
    """`look` may take long where the database does not answer; meanwhile others get the last answer."""

    def __init__(self, look: Callable[[], Finding], clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._looking = threading.Lock()
        self._last: tuple[float, Answer] | None = None

    def __call__(self) -> Answer:
        """The status code and the answer, without details."""
        last = self._last
        if last is not None and (self._clock() < last[0] + KEPT or not self._looking.acquire(blocking=False)):
            return last[1]
        if last is None:
            self._looking.acquire()
        try:
            trouble = self._look().trouble
            answer: Answer = (200, health())
            if trouble is not None:
                answer = (503, {"status": "failing", "code": trouble.value, "why": trouble.sentence})
            self._last = self._clock(), answer
            return answer
        finally:
            self._looking.release()
