"""Caches responses for one second, or until the database changes.

Ten tabs that all reload after an event query the database once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from starlette.types import Message, Send

__all__ = ["ResponseCache", "kept_answer"]

LONGEST = timedelta(seconds=1)
"""An answer may depend on the time too."""
MOST = 256
MOST_BYTES = 200_000
_T = TypeVar("_T")


class ResponseCache(Generic[_T]):
    """`mark` changes after each write by any process."""

    def __init__(self, mark: Callable[[], object], now: Callable[[], datetime]) -> None:
        self._mark = mark
        self._now = now
        self._found: OrderedDict[Hashable, tuple[object, datetime, _T]] = OrderedDict()

    def find(self, key: Hashable) -> _T | None:
        mark, at, found = self._found.get(key, (None, None, None))
        if at is None or not at <= self._now() < at + LONGEST or mark != self._mark():
            return None
        return found

    def when(self) -> tuple[object, datetime]:
        """The state for `keep`, taken before the query begins: a write during the query makes its result outdated."""
        return self._mark(), self._now()

    def keep(self, key: Hashable, when: tuple[object, datetime], found: _T) -> None:
        self._found[key] = (*when, found)
        self._found.move_to_end(key)
        while len(self._found) > MOST:
            self._found.popitem(last=False)


def kept_answer(kept: ResponseCache[tuple[Message, ...]], key: Hashable, send: Send) -> Send:
    """A `send` that passes the response on and caches it if it is complete, no error, and not too large."""
    when = kept.when()
    messages: list[dict[str, Any]] = []

    async def sending(message: Message) -> None:
        messages.append(dict(message))
        await send(message)
        size = sum(len(message.get("body", b"")) for message in messages)
        whole = message["type"] == "http.response.body" and not message.get("more_body")
        if whole and messages[0].get("status") == 200 and size <= MOST_BYTES:
            kept.keep(key, when, tuple(messages))

    return sending
