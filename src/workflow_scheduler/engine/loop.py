"""The engine: one thread that plans, dispatches and settles, woken by timers, by keepers and by other processes."""

from __future__ import annotations

import functools
import logging
import socket
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.executors.base import INTERRUPTIONS
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.engines import EngineRow
from workflow_scheduler.system.crash_points import crash_point

from . import planner
from .cancel import replace_runs
from .clock_watch import ClockWatch
from .deadlines import DeadlineWatch
from .dependencies import Dependencies, EngineOptions
from .dispatcher import Dispatcher
from .home_watch import HomeWatch
from .inbox import Inbox
from .pulse import Work
from .recovery import Recovery, Surroundings
from .run_log_thread import RunLogThread
from .settling import Pass
from .sightings import Sightings
from .start_fires import StartFires
from .stop_request import StopRequest
from .wakeups import Hint
from .worker_watch import watch_workers

__all__ = ["Engine", "read_clock"]

PAUSE_AFTER_ERROR = 1.0
_log = logging.getLogger(__name__)


def read_clock() -> datetime:
    """The only place where the engine reads the time."""
    return datetime.now(UTC)


class Engine:
    """Advances one home's runs. `step` is one pass, testable without threads; `run` loops over it."""

    def __init__(self, parts: Dependencies, options: EngineOptions, clock: Callable[[], datetime] = read_clock) -> None:
        self._parts = parts
        self._database = parts.database
        self._options = options
        self._clock = clock
        self.inbox = Inbox()
        self._executor = parts.executor(self.inbox.put)
        self._next_due: datetime | None = None
        self._sightings = Sightings(parts.database, self._executor)
        self._deadlines = DeadlineWatch(parts.database, clock(), self._sightings.look)
        self._batch = planner.FIRST_BATCH
        self._mark: object = None
        self._ended = self._unsure = False
        self._watch = HomeWatch(parts, options.min_free)
        self.beaten = False
        """Whether it has checked at least once for work to take over."""
        self._clock_watch = ClockWatch(parts.ticks)
        self._journal = RunLogThread(parts.journal)
        put = self.inbox.put
        self._wakeups = parts.wakeups(
            look=lambda: put(Hint.LOOK),
            plan=lambda: put(Hint.CHANGED),
            beat=lambda: put(Hint.BEAT),
            changed=lambda: put(Hint.CHANGED),
            upkeep=self._upkeep,
        )
        self.id = self._register()
        self._starts = StartFires(self.id, options.identity)
        self._stop = StopRequest(parts.database, self.id)
        home, place = options.identity.get("home"), options.identity.get("place") or {}
        host, alone = socket.gethostname(), parts.database.is_sqlite
        here = Surroundings(host, home, place, alone=alone, has_home=self._plans, alive=parts.alive)
        self._recovery = Recovery(self.id, here, parts.records)
        self._dispatcher = Dispatcher(
            self.id,
            self._executor,
            max_runs=options.max_runs,
            max_processes=options.max_processes,
            values=parts.values,
            defaults=parts.defaults,
            own_runs_only=not self._plans,
        )

    @property
    def _plans(self) -> bool:
        return self._options.role == "scheduler"

    def _register(self) -> int:
        self._database.asked_mark()  # opened now, in case no more files can be opened later
        now = self._clock()
        role, identity = self._options.role, self._options.identity
        row = EngineRow(0, role, socket.gethostname(), identity, self._wakeups.port, now, now)
        return self._database.write(lambda db: engine_store.register(db, row))

    def run(self) -> None:
        """Work until asked to stop. An error in a pass is logged, and the pass is repeated."""
        self._journal.start()
        if self._plans:
            threading.Thread(target=self._replan, name="zones", daemon=True).start()
        hints = {Hint.BEAT, Hint.CHANGED}
        while not self._ended:
            try:
                self.step(self._clock(), hints)
                if Hint.BEAT in hints:
                    self._wakeups.keep_going()
                self._tell_pulse()
                hints = set() if self._ended else self.inbox.wait(LATE.seconds)
            except Exception:
                if self._stop.how is not None:
                    raise
                _log.exception("A pass of the engine failed; retrying in %g s", PAUSE_AFTER_ERROR)
                time.sleep(PAUSE_AFTER_ERROR)
                hints = {Hint.BEAT, Hint.CHANGED}
        self._executor.limit(0)  # the next engine takes what waits

    def _replan(self) -> None:
        """Apply a newer time zone database after a start to upcoming fires, alongside the engine's first passes."""
        planner.replan_all(self._database, lambda: self._ended or self._stop.how is not None, PAUSE_AFTER_ERROR)
        self.inbox.put(Hint.CHANGED)

    def close(self) -> None:
        """Release everything: running commands continue, and the next engine picks them up."""
        self._wakeups.close()
        self._sightings.wait(1)
        self._executor.close()
        self._journal.close()
        if self._database.lost():  # the next engine finds that this process is gone
            return
        self._database.write(lambda db: engine_store.stop_engine(db, self.id, self._clock()), patience=5)

    def request_stop(self, how: str) -> None:
        """End the loop, as `StopRequest` says. From any thread."""
        self._stop.told = how
        self.inbox.put(Hint.CHANGED)

    def step(self, now: datetime, hints: Collection[Hint] = frozenset(Hint)) -> None:
        """One pass: settle reports, plan due fires and start runs, in one transaction."""
        if (jump := self._clock_watch.look(now)) is not None:
            self._wakeups.start_over()
            self._deadlines.start_over(now)
            _log.warning("The clock changed by %+.0f s; no fire runs twice because of it", jump.total_seconds())
        if self._watch.look_at_database():
            for hint in Hint:
                self.inbox.put(hint)
        if self._watch.database_away:  # reports wait here until it is back
            self._ended = self._stop.told is not None
            return
        if Hint.BEAT in hints:
            self._beat(now)
        if self._ended:
            return
        if Hint.BEAT in hints or self._watch.short_of_room:
            self._look_at_disk()
        if Hint.LOOK in hints:
            self._watch.look_at_lock()
        due = any(at is not None and at <= now for at in (self._next_due, self._dispatcher.next_wake()))
        changed = Hint.CHANGED in hints or (Hint.LOOK in hints and self._database.asked_mark() != self._mark)
        if changed:
            self._heed_stop(now)
        if not (self.inbox.reports or due or changed or self._dispatcher.look_for_runs or self._dispatcher.halting):
            self._look_ahead(now)
            self._ended = self._stop.how == "kill" and self._may_end("kill", now)
            return
        self._pass(now, due or changed)
        if Hint.LOOK in hints:
            self._mark = self._database.asked_mark()
        self._look_ahead(now)
        if self._stop.how is not None and self._may_end(self._stop.how, now):
            self._ended = True
        elif self._dispatcher.look_for_runs:
            self.inbox.put(Hint.CHANGED)

    def _look_ahead(self, now: datetime) -> None:
        """Judge deadlines that are due, once all that is due is planned, as only then it is known what is late; then set the alarm."""
        at = self._deadlines.wake_at
        if self._plans and at is not None and at <= now and self._batch == planner.FIRST_BATCH:
            if self._deadlines.judge(now, lambda: bool(self._stop.how)):
                self.inbox.put(Hint.CHANGED)
            self._parts.passed()
        moments = (self._next_due, self._dispatcher.next_wake(), self._deadlines.wake_at if self._plans else None)
        self._wakeups.plan_at(min((at for at in moments if at is not None), default=None), now)

    def _may_end(self, how: str, now: datetime) -> bool:
        if how in INTERRUPTIONS:
            return self._database.read(self._dispatcher.halted)
        return how == "leave" or self._dispatcher.idle or (self._stop.waited(now) and self._dispatcher.only_elsewhere)

    def _pass(self, now: datetime, look: bool) -> None:
        reports = list(self.inbox.reports)
        plans = self._plans and self._stop.how is None and look
        if look:
            self._dispatcher.look_for_runs = True
        tries = 0

        def work(db: Connection) -> tuple[Pass, int, datetime | None, datetime | None]:
            nonlocal tries
            tries += 1
            planning = plans and not planner_store.paused(db)
            cancel = functools.partial(replace_runs, db, now)
            if plans and self._starts.wait:
                self._starts.plan(db, now, cancel, paused=not planning)
            planned = planner.plan(db, now, self._batch, cancel) if planning else 0
            crash_point("engine.after_plan")
            done = self._dispatcher.step(db, reports, now)
            crash_point("engine.before_commit")
            if not plans:
                return done, planned, self._next_due, self._deadlines.next
            due, deadline = catalog.next_moments(db)
            return done, planned, due if planning else None, deadline

        crash_point("engine.before_pass")
        # A database that fails during the commit may have committed, and then the next try finds nothing to start.
        unsure, self._unsure = self._unsure, True
        done, planned, self._next_due, self._deadlines.next = self._database.write(
            work, patience=3600, abandon=lambda: bool(self._stop.how)
        )
        self._unsure = unsure or tries > 1
        crash_point("engine.after_commit")
        del self.inbox.reports[: len(reports)]
        self._starts.wait = self._starts.wait and not plans
        self._dispatcher.apply(done)
        self._deadlines.expect(done.deadlines_at)
        self._deadlines.task_ended({outcome.key[0] for outcome in done.outcomes}, now)
        self._parts.awake(self._dispatcher.wakeful)
        if plans and self._parts.wake is not None:
            self._parts.wake(self._database.read(catalog.next_wake))
        crash_point("engine.after_launch")
        if planned < self._batch:
            self._batch = planner.FIRST_BATCH
        else:
            self._batch = min(2 * self._batch, planner.BATCH)
            self.inbox.put(Hint.CHANGED)
        self._journal.put(done)
        self._parts.passed()

    def _beat(self, now: datetime) -> None:
        """Write this engine's heartbeat, and take over from dead engines."""

        def work(db: Connection) -> tuple[bool, list[int], bool]:
            if not engine_store.beat(db, self.id, now):
                return False, [], False
            taken = self._recovery.step(db, now, self._parts.ticks())
            self._unsure = self._unsure or bool(taken)
            return True, taken, watch_workers(db, now)

        lives, taken, news = self._database.write(work, patience=3600, abandon=lambda: bool(self._stop.how))
        self._parts.pulse.worked(Work.DATABASE)
        if news:
            self._parts.passed()
        if not lives:
            _log.error("Engine %d was considered dead and another took over its work; this one stops", self.id)
            self._ended = True
            return
        if taken:
            crash_point("engine.after_take_over")
            _log.info("Engine %d takes over the work of engine %s", self.id, ", ".join(map(str, taken)))
        if self._unsure:
            specs = self._database.read(self._dispatcher.resume)
            self._executor.adopt(specs)
            self._dispatcher.live.update(spec.key for spec in specs)
            self._unsure = False
        self.beaten = True

    def _tell_pulse(self) -> None:
        if not self._watch.database_away:
            self._parts.pulse.worked(Work.PLANNING)
            if not self._watch.short_of_room:
                self._parts.pulse.worked(Work.DISPATCH)

    def _look_at_disk(self) -> None:
        if self._watch.look_at_disk(self._clock() if self._plans else None):
            self._dispatcher.look_for_runs = True
        self._dispatcher.short_of_room = self._watch.short_of_room
        self._executor.limit(0 if self._watch.short_of_room else self._options.max_processes)

    def _upkeep(self) -> None:
        if self._plans and self._clock_watch.trusted and not self._watch.database_away:
            self._parts.upkeep(self._clock(), lambda: self._ended or self._stop.how is not None)

    def _heed_stop(self, now: datetime) -> None:
        self._stop.look(now)
        draining = self._stop.how is not None
        if self._dispatcher.draining and not draining:
            self._dispatcher.look_for_runs = True
        self._dispatcher.draining = draining
        if self._stop.how in INTERRUPTIONS:
            self._dispatcher.halt(self._stop.how)
