"""Runs work that may wait for a disk in threads that are abandoned when it hangs: a system call cannot be interrupted."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["HANGS", "Aside", "Errand"]

HANGS = 0.5
"""Seconds after which an errand no longer holds up the others."""
MOST_THREADS = 32
"""The most threads that may hang at once; further errands are queued, where they can be given up as well."""
_LOOK = 0.1
_log = logging.getLogger(__name__)


def in_thread(work: Callable[..., None], *arguments: Errand) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name="aside", daemon=True)
    thread.start()
    return thread


class Errand:
    """One piece of work. Its thread sets `doing`, and calls `keep` before it publishes its result."""

    def __init__(
        self,
        name: str,
        work: Callable[[Errand], None],
        limit: float | None,
        *,
        waits: bool = False,
        stand_in: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.doing = "waiting for others that hang"
        self.hung = False
        """Whether it took so long that the others went on without it."""
        self.relieved = False
        """Whether another thread does what its own was to do next."""
        self.began = time.monotonic()
        self.until = None if limit is None else self.began + limit
        self.waits = waits
        self._work = work
        self._stand_in = stand_in
        self._lock = threading.Lock()
        self._over = False

    def say(self, doing: str) -> None:
        self.doing = doing

    def seconds(self) -> float:
        """How long it took so far."""
        return time.monotonic() - self.began

    def run(self) -> None:
        self._work(self)

    def hang(self) -> bool:
        """Mark it as hung and replace its thread; False if it has ended or is already hung."""
        with self._lock:
            if self.hung or self._over:
                return False
            self.hung = True
            if self._stand_in is not None:
                with contextlib.suppress(RuntimeError):  # no more threads: its own goes on later
                    in_thread(self._stand_in)
                    self.relieved = True
            return True

    def keep(self) -> bool:
        """Whether the result counts: False if the errand was given up. Only one caller gets True."""
        with self._lock:
            over, self._over = self._over, True
            return not over


class Aside:
    """Errands by name. `hangs` is told, once, of one that takes longer than `HANGS`; `late` of one that was given up at its
    time limit. Both are called in the thread that watches."""

    def __init__(self, hangs: Callable[[Errand], None], late: Callable[[Errand], None]) -> None:
        self._hangs = hangs
        self._late = late
        self._lock = threading.Condition()
        self._errands: dict[str, Errand] = {}
        self._line: deque[Errand] = deque()
        self._threads = self._idle = self._hung = 0
        self._work_there = threading.Event()
        self._watcher: threading.Thread | None = None
        self._closed = False

    def start(self, name: str, work: Callable[[Errand], None], limit: float | None, *, waits: bool = False) -> Errand:
        """Do the work, soon; after `limit` seconds it is given up. `waits`: it is expected to take long, and gets a thread
        of its own. RuntimeError if there are no more threads."""
        errand = Errand(name, work, limit, waits=waits)
        with self._lock:
            self._be_watched()
            if waits:
                in_thread(self._serve_one, errand)
            elif not self._threads:
                in_thread(self._serve)
                self._threads += 1
            self._errands[name] = errand
            if not waits:
                self._line.append(errand)
                if self._idle:
                    self._lock.notify()
        if not self._work_there.is_set():
            self._work_there.set()
        return errand

    def here(
        self, name: str, work: Callable[[Errand], None], limit: float | None, stand_in: Callable[[], None]
    ) -> bool:
        """Do the work in this thread, which saves the change to another. If it hangs, `stand_in` does elsewhere what this
        thread would do next, and False is returned. RuntimeError if there are no more threads."""
        errand = Errand(name, work, limit, stand_in=stand_in)
        with self._lock:
            self._be_watched()
            self._errands[name] = errand
        if not self._work_there.is_set():
            self._work_there.set()
        self._serve_one(errand)
        return not errand.relieved

    def hanging(self) -> bool:
        """Whether a thread hangs, so that the next one may, too."""
        return self._hung > 0

    def _be_watched(self) -> None:
        if self._watcher is None:
            self._watcher = in_thread(self._watch)

    def give_up(self, name: str) -> Errand | None:
        """Have its result not count any more; None if there is none, or its result counts already."""
        with self._lock:
            errand = self._errands.get(name)
        return errand if errand is not None and errand.keep() else None

    def hurry(self, name: str, seconds: float) -> bool:
        """Give it up if it takes longer than that from now on; False if there is none."""
        with self._lock:
            errand = self._errands.get(name)
            if errand is not None:
                limit = time.monotonic() + seconds
                errand.until = limit if errand.until is None else min(errand.until, limit)
            return errand is not None

    def close(self) -> None:
        """Give up all of it; threads that hang end with the process."""
        with self._lock:
            self._closed = True
            errands = list(self._errands.values())
            self._line.clear()
            self._lock.notify_all()
        self._work_there.set()
        for errand in errands:
            errand.keep()

    def _serve(self) -> None:
        while (errand := self._next()) is not None:
            self._serve_one(errand)

    def _next(self) -> Errand | None:
        with self._lock:
            while not self._line and not self._closed:
                if self._idle:
                    break  # one that waits is enough
                self._idle += 1
                self._lock.wait()
                self._idle -= 1
            if not self._line or self._closed:
                self._threads -= 1
                return None
            return self._line.popleft()

    def _serve_one(self, errand: Errand) -> None:
        try:
            errand.run()
        except Exception:
            _log.exception("Background work for %s failed", errand.name)
        errand.keep()
        with self._lock:
            if self._errands.get(errand.name) is errand:
                del self._errands[errand.name]
            self._hung -= errand.hung

    def _watch(self) -> None:
        while not self._closed:
            self._work_there.wait()
            time.sleep(_LOOK)
            now = time.monotonic()
            with self._lock:
                errands = list(self._errands.values())
                if not errands:
                    self._work_there.clear()
            for errand in errands:
                if not errand.waits and now - errand.began > HANGS and errand.hang():
                    with self._lock:
                        self._hung += 1
                    self._hangs(errand)
            late = [errand for errand in errands if errand.until is not None and now > errand.until and errand.keep()]
            for errand in late:
                self._forget(errand)
                self._late(errand)
            self._let_others_through()

    def _forget(self, errand: Errand) -> None:
        with self._lock:
            if self._errands.get(errand.name) is errand:
                del self._errands[errand.name]
            with contextlib.suppress(ValueError):
                self._line.remove(errand)

    def _let_others_through(self) -> None:
        """One more thread, where some wait and those that there are did not come back for them since the last look."""
        with self._lock:
            stuck = self._line and not self._idle and time.monotonic() - self._line[0].began > HANGS
            if stuck and self._threads < MOST_THREADS:
                with contextlib.suppress(RuntimeError):
                    in_thread(self._serve)
                    self._threads += 1
