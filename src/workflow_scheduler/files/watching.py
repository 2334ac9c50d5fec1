"""Wakes a waiter when something in a folder changes. Only a hint: waiters also check periodically."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

__all__ = ["Watching"]


class Watching:
    """Watches the folders that exist, by inotify or ReadDirectoryChangesW, while the `with` block lasts."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = [folder for folder in folders if Path(folder).is_dir()]
        self._something = threading.Event()
        self._returned = 0.0
        self._observer: BaseObserver | None = None

    def __enter__(self) -> Watching:
        _aside(self._begin).join()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._observer is not None:
            _aside(self._observer.stop)

    def _begin(self) -> None:
        """Start the observer. If the system refuses to watch, only the periodic checks remain."""
        # Most files are ready at the first look, and then this import is not needed.
        from watchdog import events  # noqa: PLC0415
        from watchdog.observers import Observer  # noqa: PLC0415

        something = self._something

        class Waker(events.FileSystemEventHandler):
            def on_any_event(self, event: Any) -> None:
                something.set()

        # Only what changes a file: our own looks open and close it, and would wake us again.
        telling: list[type[events.FileSystemEvent]] = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.FileClosedEvent,
        ]
        # Too many watches, a folder that went away (on Windows its reader never says that it began), a file system that
        # has none: then the looks alone must do.
        with contextlib.suppress(OSError, RuntimeError):
            observer = Observer()
            try:
                for folder in self._folders:
                    observer.schedule(Waker(), folder, event_filter=telling)
                observer.start()
            except (OSError, RuntimeError, queue.Empty):
                observer.on_thread_stop()  # some folders may be watched already
            else:
                self._observer = observer

    def wait(self, seconds: float, pause: float) -> None:
        """Return after a change or a timeout, in seconds; in a busy folder at most once per `pause` seconds."""
        if self._something.wait(seconds):
            threading.Event().wait(max(0.0, self._returned + pause - time.monotonic()))
        self._something.clear()
        self._returned = time.monotonic()


def _aside(work: Callable[[], None]) -> threading.Thread:
    """Run it in a daemon thread, so that watchdog's own threads are daemons, too: on Windows the request to end may
    miss a reader that is about to wait, which then lives until something changes in its folder."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
