"""A worker: claims what it is offered, has this machine's executor run it, and does what is ordered about it.

The truth is in the database and in the `start` files of attempts. A ring only says that it is time to look.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.placement import PROTOCOL, Share
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.executors.base import AttemptSpec, Executor, NotLaunched, Outcome, Report, ReportTo, name_of
from workflow_scheduler.executors.order_builder import Unpack
from workflow_scheduler.executors.wire import read_spec
from workflow_scheduler.processes.lease import elapsed
from workflow_scheduler.storage.listening import Listener
from workflow_scheduler.storage.worker_desk import Given, Order, Unstorable, WorkerDesk
from workflow_scheduler.storage.workers import SILENT_AFTER
from workflow_scheduler.system.crash_points import crash_point

from .bundles import Bundles
from .contact import CLOSING, Contact
from .heartbeat import BEAT, Heartbeat, measured
from .held import Held
from .introduction import Introduction
from .pruning import Pruning
from .reporting import AGAIN, Reporting
from .sending import Sending

__all__ = ["Worker"]

AHEAD = 5
"""Attempts that are claimed beyond the free slots, so that the next one starts at once, and several are claimed together."""
LOOK = 1.5 * BEAT
"""Seconds until the next look, without a ring and without a heartbeat that says that there is nothing."""
SLICE = 0.5
"""Seconds within which a request to stop takes effect."""
PAUSE = 5.0
"""Seconds without a new claim after something could not be started here."""
STARTED_AGAIN = 60.0
"""Seconds for an earlier process of this home to be silent: the machine may have been started again."""
_log = logging.getLogger(__name__)


class Worker:
    """Runs in the thread that calls `run`, with threads of its own for what must not wait."""

    def __init__(
        self,
        desk: WorkerDesk,
        listener: Callable[[str], Listener],
        executor: Callable[[ReportTo, Unpack], Executor],
        home: Path,
        now: Callable[[], datetime],
        lack_of_room: Callable[[], str] = lambda: "",
    ) -> None:
        """`listener`: to a channel. `lack_of_room`: a sentence while the disk is too full to start anything."""
        self._desk, self._make_listener = desk, listener
        self._wake = threading.Event()
        self._rung = True
        self._looked_at = self._refused_at = -math.inf
        self._asked: str | None = None
        self._contact = Contact(self._wake.set)
        self._held = Held()
        self._terms: Mapping[str, Any] = {}
        self._share = Share()
        self._lack_of_room, self._full = lack_of_room, ""
        self._unsure = self._more = True
        self._looking: set[AttemptKey] = set()
        self._reporting = Reporting(desk, self._contact, self._stored)
        self._sending = Sending(desk, self._contact, home, self._reporting.tell)
        self._heartbeat = Heartbeat(
            *(desk, self._contact, home, now),
            lambda: measured(home, self._held.open()) | ({"lack": self._full} if self._full else {}),
            self._agree,
        )
        self._bundles = Bundles(desk, self._contact, home)
        self._pruning = Pruning(home, self._held.keys, self._bundles, now)
        self._executor = executor(self._report, self._bundles.unpack)

    def request_stop(self, how: str) -> None:
        """End soon; commands continue. But with "shutdown" or "signout" they are stopped first, as they would end with the
        machine. For signal handlers and other threads."""
        self._asked = how
        self._wake.set()

    def run(
        self,
        who: Introduction,
        ready: Callable[[Mapping[str, Any]], None],
        stop_asked: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Work until it is asked to stop, by `request_stop` or `stop_asked`. `ready` gets the worker's name, labels, slots and
        state. Refused if another process works for it, and Dismissed when it is no worker any more."""
        listener = None
        try:
            if not self._greet(who, stop_asked):
                return
            ready(self._terms)
            listener = self._make_listener(f"worker_{self._terms['name']}")
            threading.Thread(target=self._listen, args=(listener,), name="rings", daemon=True).start()
            for part in (self._heartbeat, self._reporting, self._sending):
                part.start()
            while self._asked is None and self._contact.dismissed is None:
                self._turn()
                self._wait(LOOK, stop_asked)
            self._end()
        finally:
            if listener is not None:
                listener.close()
            self._bundles.close()
            self._executor.close()
        if self._contact.dismissed is not None:
            raise self._contact.dismissed

    def _greet(self, who: Introduction, stop_asked: Callable[[], str | None]) -> bool:
        """Speak for the worker from now on. False if it is asked to stop before the database answers."""
        deadline = time.monotonic() + STARTED_AGAIN
        self._share = who.share
        while self._asked is None:
            answer: Mapping[str, Any] = {}
            asked_at = elapsed()
            with self._contact.asking():
                answer = self._desk.hello(who.host, who.identity_with_share(), who.version, PROTOCOL)
            if self._contact.dismissed is not None:
                raise self._contact.dismissed
            if "name" in answer:
                self._terms = self._taken(answer)
                self._heartbeat.answered(asked_at)
                return True
            if "allowed" in answer:
                raise who.more_than(answer["allowed"])
            if "refused" in answer and not (answer["same_home"] and time.monotonic() < deadline):
                raise Refused(
                    f"{answer['refused'].capitalize()} just now; end it there first, or invite this machine under a name of its "
                    "own."
                )
            self._wait(AGAIN, stop_asked)
        return False

    def _wait(self, seconds: float, stop_asked: Callable[[], str | None]) -> None:
        """Until something happens, at most so long."""
        deadline = time.monotonic() + seconds
        while self._asked is None and (left := deadline - time.monotonic()) > 0:
            self._asked = stop_asked() or self._asked
            if self._wake.wait(min(SLICE, left)):
                break
        self._wake.clear()

    def _listen(self, listener: Listener) -> None:
        while self._asked is None and self._contact.dismissed is None:
            if listener.wait(LOOK):
                self._rung = True
                self._wake.set()
        listener.release()

    def _turn(self) -> None:
        full = self._lack_of_room()
        if bool(full) != bool(self._full):
            _log.warning("%s", full or "There is room on the disk again")
        self._full = full
        with self._contact.asking():
            self._take_part()
        self._rung |= not self._contact.made()
        # What a silent worker has not started may have been given up meanwhile.
        if elapsed() - self._looked_at < SILENT_AFTER.total_seconds():
            self._executor.limit(0 if full else self._terms["slots"])

    def _take_part(self) -> None:
        if self._unsure:
            known = self._held.keys()
            found = [given for given in self._desk.held() if given.key not in known]
            crash_point("worker.before_hold")
            self._executor.adopt(self._read(found))
            self._unsure = False
        self._pruning.start()
        rung, self._rung = self._rung or elapsed() - self._looked_at >= LOOK, False
        self._more |= rung
        if rung:
            looked_at = elapsed()
            self._obey(self._desk.orders())
            self._looked_at = looked_at
        room = self._terms["slots"] + AHEAD - self._held.open()
        free = room > (0 if rung else AHEAD // 2) and self._terms["state"] == "active" and self._can_start()
        if self._more and free:
            self._unsure = True  # until the answer is here: what was claimed is ours, whatever happened to the answer
            given = self._desk.claim(room)
            if given:
                crash_point("worker.claimed")
            self._unsure = False
            self._more = len(given) == room  # else the bell rings for the next one
            for spec in self._read(given):
                self._executor.launch(spec)
                crash_point("worker.launched")

    def _can_start(self) -> bool:
        """What is handed back must not be claimed again before that is stored: it would be taken from this worker then."""
        rested = time.monotonic() - self._refused_at >= PAUSE
        return rested and not self._full and not self._held.hands_back()

    def _read(self, given: Iterable[Given]) -> list[AttemptSpec]:
        """What is to run. What this version cannot read has failed."""
        specs = []
        for one in given:
            try:
                spec = read_spec(one.key, one.spec, begun=one.begun)
            except Exception as error:  # a definition may have anything that a newer version has
                _log.exception("Cannot read what to run for %s", name_of(one.key))
                reason = f"the worker could not read what to run ({error}): it needs the scheduler's version"
                self._reporting.tell(Outcome(one.key, AttemptState.FAILED, reason))
            else:
                specs.append(spec)
        self._held.add(specs)
        return specs

    def _obey(self, orders: list[Order]) -> None:
        known = self._held.keys()
        self._unsure = any(order.key not in known for order in orders)
        ours = [order for order in orders if order.key in known]
        self._sending.watch([order.key for order in ours if order.watched and not order.fenced])
        for order in ours:
            reason = "given up by the scheduler" if order.fenced else order.stop_reason
            if reason is not None and self._held.stop(order.key):
                self._executor.stop({order.key: reason})
            if order.look and order.key not in self._looking:
                self._looking.add(order.key)
                threading.Thread(target=self._look, args=(order,), name="look", daemon=True).start()

    def _look(self, order: Order) -> None:
        """A disk may hang."""
        with self._contact.asking():
            found = self._executor.look(order.key.run_id, order.key.task_id)
            try:
                self._desk.seen(order.key, found.get(order.key, {}))
            except Unstorable:
                self._desk.seen(order.key, {})
        self._looking.discard(order.key)

    def _agree(self, answer: Mapping[str, Any], asked_at: float) -> None:
        """The heartbeat's answer."""
        terms = self._taken({name: value for name, value in answer.items() if name != "news"})
        if answer["news"]:
            self._rung = True
            self._wake.set()
        else:
            self._looked_at = asked_at
        changed = any(self._terms.get(name) != value for name, value in terms.items())
        self._terms = {**self._terms, **terms}
        if changed:
            _log.info(
                "state %s, %d slots, labels %s", terms["state"], terms["slots"], ", ".join(terms["labels"]) or "-"
            )
            self._wake.set()

    def _taken(self, terms: Mapping[str, Any]) -> Mapping[str, Any]:
        labels, slots = self._share.of(terms["labels"], terms["slots"])
        return {**terms, "labels": list(labels), "slots": slots}

    def _report(self, report: Report) -> None:
        match report:
            case Outcome():
                self._held.end(report.key)
                self._sending.finish(report)
                self._wake.set()
            case NotLaunched():
                told = replace(report, reason="; ".join(filter(None, (report.reason, self._heartbeat.trouble))))
                _log.warning("%s was not started: %s", name_of(told.key), told.reason)
                self._refused_at = time.monotonic()
                self._held.hand_back(told.key)
                self._reporting.tell(told)
            case _:
                self._reporting.tell(report)

    def _stored(self, key: AttemptKey) -> None:
        self._held.drop(key)
        self._sending.drop(key)

    def _end(self) -> None:
        """Leave running commands to their keepers, and tell what is known."""
        if self._asked in ("shutdown", "signout"):
            self._executor.interrupt(self._asked)
            while self._executor.busy():
                self._wake.wait(SLICE)
                self._wake.clear()
        deadline = time.monotonic() + CLOSING
        while self._held.untold() and self._contact.made() and time.monotonic() < deadline:
            time.sleep(0.05)
        for part in (self._heartbeat, self._sending, self._reporting):
            part.close()
