"""Turns waiting attempts into orders for keepers. Work that may hang on a disk does not block the others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.processes.pool import KeeperPool, Order

from .aside import Aside, Errand
from .base import INTERRUPTIONS, AttemptSpec, NotLaunched, Outcome, ReportTo, name_of
from .exits import not_started
from .known import Known
from .slots import Slots

__all__ = ["Launching"]

NOTABLE = 0.1
"""Seconds of preparation from which on they are taken off the command's time limit."""
T = TypeVar("T")


class Launching:
    """Gives free slots to the longest waiting attempts."""

    def __init__(
        self,
        prepare: Callable[[AttemptSpec, Callable[[str], None]], tuple[Order | None, str]],
        known: Known,
        places: Slots,
        aside: Aside,
        pool: KeeperPool,
        end: Callable[[Outcome], None],
        report: ReportTo,
    ) -> None:
        self._prepare = prepare
        self._known = known
        self._places = places
        self._aside = aside
        self._pool = pool
        self._end = end
        self._report = report

    def go_on(self) -> None:
        """Start the longest waiting attempts while there are free slots."""
        while (spec := self._places.next()) is not None:
            # Commands and files are looked for on file systems that may hang.
            self._begin(spec, self._aside.start)

    def go_on_here(self, stand_in: Callable[[], None]) -> bool:
        """The same, the first of them in this thread; False if that hung, and `stand_in` goes on elsewhere."""
        if not self._aside.hanging() and (spec := self._places.next()) is not None:
            here = functools.partial(self._aside.here, stand_in=stand_in)
            if self._begin(spec, here) is False:
                return False
        self.go_on()
        return True

    def refused(self, spec: AttemptSpec, reason: str) -> None:
        self._places.leave(name_of(spec.key))
        self._report(NotLaunched(spec.key, reason))

    def _begin(self, spec: AttemptSpec, start: Callable[[str, Callable[[Errand], None], float | None], T]) -> T | None:
        """Prepare the attempt, and hand it to a keeper; None if there were no more threads for it."""
        name, limit, done = name_of(spec.key), spec.task.timeout, None
        if limit is not None:
            limit -= self._known.slow(name) or 0.0
        try:
            done = start(name, functools.partial(self._launch, spec), limit)
        except RuntimeError as error:  # no more threads
            self.refused(spec, f"it could not be started: {error}")
        # Asked for just before there was an errand to give up.
        if (reason := self._known.stop_reason(name)) is not None and (errand := self._aside.give_up(name)) is not None:
            self._end(not_started(spec.key, reason, errand.doing if errand.hung else ""))
        return done

    def _launch(self, spec: AttemptSpec, errand: Errand) -> None:
        """Prepare the attempt's command, and hand it to a keeper. In a thread of `Aside`."""
        name, order, failure = name_of(spec.key), None, ""
        if self._known.stop_reason(name) is None:
            order, failure = self._prepare(spec, errand.say)
        if not errand.keep():
            return
        if (reason := self._known.stop_reason(name)) is not None:
            self._end(not_started(spec.key, reason))
            self.go_on()
            return
        if order is None:
            self._end(Outcome(spec.key, AttemptState.FAILED, failure))
            self.go_on()
            return
        slow = self._known.slow(name)
        seconds = (slow or 0.0) + errand.seconds()
        if errand.hung and slow is None:
            # What it found may be old when it has a place again. Where the file system is slow each time, it takes one.
            self._known.took(name, seconds)
            self._places.wait(name, spec, first=True)
            self.go_on()
            return
        if errand.hung:
            self._places.take(name)
        if order.timeout is not None and seconds > NOTABLE:
            order = replace(order, timeout=max(order.timeout - seconds, NOTABLE))
        if (why := self._known.interrupted) is not None:
            self.refused(spec, INTERRUPTIONS[why])
            return
        self._known.note(name, order.notes)
        self._pool.launch(order)
        if (how := self._known.how_to_end(name)) is not None:  # asked for while the order was on its way
            self._pool.stop(name, how)
