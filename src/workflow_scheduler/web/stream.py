"""Live updates: one thread reads new events and passes them to every stream without waiting for slow readers.

The only `async` code of the web interface: a thread per open stream would be too many.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from workflow_scheduler.operations.home.event_feed import OPENED, EventFeed, FeedEvent

from .admission import RECHECK, Admission
from .problems import Problem, problem

__all__ = ["MOST_STREAMS", "EventStream", "Hub", "Reader"]

LOOK = 0.2
"""Seconds between two looks for what is new."""
HEARTBEAT = 15.0
MOST_WAITING = 1000
"""The most events queued for one reader; then it is dropped, and may reconnect with Last-Event-ID."""
MOST_STREAMS = 8
"""Of one session at once."""
_log = logging.getLogger(__name__)


class Reader:
    """One open stream. `offer` and `end` are called in its event loop."""

    def __init__(self, owner: str, admission: Admission) -> None:
        self.owner = owner
        self.admission = admission
        self.loop = asyncio.get_running_loop()
        self.waiting: asyncio.Queue[FeedEvent] = asyncio.Queue(MOST_WAITING)
        self.gone = asyncio.Event()

    def offer(self, new: list[FeedEvent]) -> None:
        try:
            for event in new:
                self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            self.gone.set()

    def end(self) -> None:
        self.gone.set()


class Hub:
    """Reads new events while there are readers, and passes them to all."""

    def __init__(self, happenings: EventFeed) -> None:
        self.happenings = happenings
        self._lock = threading.RLock()  # a signal may come while its own thread holds it
        self._readers: set[Reader] = set()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._checked = 0.0

    def enter(self, reader: Reader) -> None:
        """Problem 429 for more streams than one session may have, 503 while the web interface is stopping."""
        with self._lock:
            if self._closed.is_set():
                raise Problem(503, "The web interface is stopping; try again in a few seconds.")
            if Counter(other.owner for other in self._readers)[reader.owner] >= MOST_STREAMS:
                raise Problem(429, f"This session has {MOST_STREAMS} open streams already; close one.")
            self._readers.add(reader)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._read, name="stream", daemon=True)
                self._thread.start()

    def leave(self, reader: Reader) -> None:
        with self._lock:
            self._readers.discard(reader)

    def count(self) -> int:
        with self._lock:
            return len(self._readers)

    def close(self) -> None:
        """End every stream at once, and the thread. May be called from any thread."""
        self._closed.set()
        self._tell(Reader.end)

    def end_the_revoked(self) -> None:
        """End the streams of visitors who lost their access or their role."""
        with self._lock:
            readers = list(self._readers)
        still = {admission: admission.holds() for admission in {reader.admission for reader in readers}}
        for reader in readers:
            if not still[reader.admission]:
                with contextlib.suppress(RuntimeError):  # its loop has ended
                    reader.loop.call_soon_threadsafe(reader.end)

    def look(self) -> None:
        """Pass on the events since the last call."""
        if new := self.happenings.look():
            self._tell(lambda reader: reader.offer(new))

    def _tell(self, what: Callable[[Reader], None]) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                reader.loop.call_soon_threadsafe(what, reader)

    def _read(self) -> None:
        """The thread: look for events until there are no readers."""
        while not self._closed.wait(LOOK):
            with self._lock:
                if not self._readers:
                    self._thread = None
                    self.happenings.forget()
                    return
            try:
                if time.monotonic() - self._checked > RECHECK:
                    self.end_the_revoked()
                    self._checked = time.monotonic()
                self.look()
            except Exception:
                _log.exception("Checking for new events failed; retrying")


class EventStream(Response):
    """A response without an end. `last_id`: the last event that the browser received before its previous stream broke
    off."""

    def __init__(self, hub: Hub, admission: Admission, last_id: int | None) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
        )
        del self.headers["content-length"]
        self._hub = hub
        self._admission = admission
        self._last_id = last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = self._admission.visitor
        reader = Reader(visitor.session or visitor.name, self._admission)
        try:
            self._hub.enter(reader)
        except Problem as error:
            await problem(error.status, str(error))(scope, receive, send)
            return
        ways = [
            asyncio.ensure_future(wait)
            for wait in (self._pump(reader, send), _disconnected(receive), reader.gone.wait())
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(reader)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), 0.2)

    async def _pump(self, reader: Reader, send: Send) -> None:
        """Send the events that the client missed, then new ones as they come, and a comment during silence."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        last, missed, mark = await run_in_threadpool(self._hub.happenings.since, self._last_id)
        await send(_body(": open\n\n" + "".join(map(_text, [FeedEvent(OPENED, mark=mark), *missed]))))
        while True:
            try:
                new = [await asyncio.wait_for(reader.waiting.get(), HEARTBEAT)]
            except TimeoutError:
                await send(_body(": still here\n\n"))
                continue
            while not reader.waiting.empty():
                new.append(reader.waiting.get_nowait())
            fresh = [event for event in new if event.seq is None or event.seq > last]
            last = max([last, *(event.seq for event in fresh if event.seq is not None)])
            if fresh:
                await send(_body("".join(map(_text, fresh))))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(text: str) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


def _text(one: FeedEvent) -> str:
    facts: dict[str, Any] = {name: value for name, value in asdict(one).items() if value is not None}
    # JSON has no line ends in it: a script's words cannot begin a field of the stream.
    number = f"id: {one.seq}\n" if one.seq is not None else ""
    return f"{number}data: {json.dumps(facts)}\n\n"
