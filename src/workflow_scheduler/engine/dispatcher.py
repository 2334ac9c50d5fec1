"""Turns queued runs into attempts. One pass is one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.plan import next_steps
from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.base import AttemptSpec, Executor, Report
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import queue
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.sightings import add_sightings

from .admission import Admission, Rule
from .backfilling import Backfilling
from .claims import Claims
from .leaving_pings import leave_pings
from .lengths import Length, watch_lengths
from .output_guard import OutputGuard
from .run_definitions import RunDefinitions, keeps_awake
from .settling import Pass, cancel_running, settle
from .unit_of_work import UnitOfWork
from .usual_durations import UsualDurations

__all__ = ["Dispatcher"]

STARTS_AT_ONCE = 500
"""The most runs started in one pass, so that the first commands need not wait for a thousand runs."""


class Dispatcher:
    """The runs in progress of one engine. Its memory can be rebuilt from the database."""

    def __init__(
        self,
        engine_id: int,
        executor: Executor,
        *,
        max_runs: int,
        max_processes: int,
        values: Callable[[Run, str, int], dict[str, str]],
        defaults: Callable[[], Defaults],
        own_runs_only: bool = False,
    ) -> None:
        self.engine_id = engine_id
        self.look_for_runs = True
        self.draining = False
        """While true, no new run is started."""
        self.short_of_room = False
        """While true, nothing at all is started."""
        self.halting = False
        """While true, nothing is started, because the machine or the session is ending."""
        self._executor = executor
        self._max_runs = max_runs
        self._definitions = RunDefinitions(defaults, values)
        self._own_runs_only = own_runs_only
        self._usual = UsualDurations()
        self._backfilling = Backfilling(self._definitions)
        self._claims = Claims(engine_id, self._definitions, max_processes)
        self._running: set[str] = set()
        self._wakeful: set[str] = set()
        self._waits: dict[str, datetime] = {}
        self._stopping: set[AttemptKey] = set()
        self._ledger: UnitOfWork | None = None
        self._runs_wait = True

    @property
    def idle(self) -> bool:
        """Whether every run in progress only waits for a retry, which the next engine can make."""
        return not self._claims.any and self._running <= self._waits.keys()

    @property
    def only_elsewhere(self) -> bool:
        """Whether no command of this engine runs or waits for a process on this machine."""
        return self._claims.only_elsewhere

    @property
    def live(self) -> set[AttemptKey]:
        """The attempts that the executor has."""
        return self._claims.live

    @property
    def wakeful(self) -> bool:
        """Whether a run is in progress that keeps the machine awake."""
        return bool(self._wakeful)

    def halt(self, why: str) -> None:
        """Stop all running commands; the next engine takes what waits. `why` is one of `INTERRUPTIONS`."""
        if not self.halting:
            self.halting = self.draining = True
            self._executor.interrupt(why)

    def halted(self, db: Connection) -> bool:
        """Whether no command of this engine runs on this machine any more."""
        found = run_store.live_attempts(db, self.engine_id)
        return not self._executor.busy() and all(
            attempt.state is not AttemptState.RUNNING or attempt.key in self._claims.elsewhere for attempt in found
        )

    def next_wake(self) -> datetime | None:
        """When the next retry is due, or the window of a backfill opens."""
        opens_at = None if self.draining or self.short_of_room else self._backfilling.opens_at
        return min([*self._waits.values(), *([opens_at] if opens_at else [])], default=None)

    def step(self, db: Connection, reports: Sequence[Report], now: datetime) -> Pass:
        """Settle, cancel, advance, start and claim. Changes only rows; `apply` does the rest."""
        # If this pass is not stored, the next one reads everything again.
        before, self._ledger = self._ledger, None
        self._definitions.refresh()
        ledger = UnitOfWork(db, now, before if engine_store.is_current(db, self.engine_id) else None)
        this = Pass(ledger)
        cancelled = queue.cancel_requests(db, self.engine_id) if self.look_for_runs and self._running else []
        ledger.forget(cancelled)
        due = [run_id for run_id, at in self._waits.items() if at <= now]
        ledger.load_runs({report.key[0] for report in reports} | set(cancelled) | set(due))
        ledger.load_attempts([report.key for report in reports])
        touched = dict.fromkeys(due)
        guard = OutputGuard(db, now)
        for report in reports:
            if settle(this, report, self.engine_id, lambda run: self._definitions.of(db, run), guard):
                touched[report.key[0]] = None
        for run_id in cancelled:
            cancel_running(this, run_id, self._claims.waiting(), self.live)
            touched[run_id] = None
        self._advance(this, db, touched)
        this.runs_wait = self._runs_wait
        if (self.look_for_runs or this.ended_runs) and not (self.draining or self.short_of_room):
            if not self._own_runs_only:
                self._backfilling.step(db, ledger, look=self.look_for_runs)
            if self.look_for_runs or this.runs_wait or self._backfilling.created:
                self._start_runs(this, db)
        self._claims.take(this, db, stopped=self.short_of_room or self.halting)
        if this.begun or this.done:
            this.deadlines_at, events = watch_lengths(db, this.begun, this.done, self._usual, now)
            ledger.events += events
        ledger.events += guard.events
        guard.keep()
        ledger.flush()
        add_sightings(db, this.sightings)
        leave_pings(db, ledger, self._definitions)
        return this

    def apply(self, this: Pass) -> None:
        """After the transaction: update the memory, then start and stop what it decided."""
        self._ledger = this.ledger
        self.look_for_runs = this.more_runs
        self._runs_wait = this.runs_wait
        self._running.update(this.started_runs)
        self._running.difference_update(this.ended_runs)
        self._wakeful.update(this.wakeful_runs)
        self._wakeful.difference_update(this.ended_runs)
        self._stopping.difference_update(this.over)
        self._claims.apply(this)
        for run_id, at in this.waits.items():
            if at is None:
                self._waits.pop(run_id, None)
            else:
                self._waits[run_id] = at
        for spec in this.launch:
            self._executor.launch(spec)
        stop = {key: reason for key, reason in this.stop if key not in self._stopping}
        self._stopping.update(stop)
        self._executor.stop(stop)

    def resume(self, db: Connection) -> list[AttemptSpec]:
        """Read the runs of this engine again, such as those it took over.

        Returns the attempts to adopt, except those `live` in the executor.
        """
        self._ledger = None
        self._definitions.refresh()
        runs = {run.id: run for run in run_store.runs_of_engine(db, self.engine_id) if run.state is RunState.RUNNING}
        self._running = set(runs)
        self._wakeful = {run.id for run in runs.values() if keeps_awake(self._definitions.of(db, run), run)}
        # The next pass checks each once and finds out what it waits for.
        self._waits = {run_id: run.queued_at for run_id, run in runs.items()}
        found = run_store.live_attempts(db, self.engine_id)
        self.look_for_runs = True
        specs = [
            self._definitions.spec(db, runs[attempt.run_id], attempt)
            for attempt in found
            if attempt.state is not AttemptState.READY
        ]
        self._claims.resume(db, runs, [attempt for attempt in found if attempt.state is AttemptState.READY], specs)
        return [spec for spec in specs if spec.key not in self.live]

    def _advance(self, this: Pass, db: Connection, touched: Iterable[str]) -> None:
        """Take the next steps of each of the runs."""
        ledger = this.ledger
        for run_id in touched:
            run = ledger.run(run_id)
            if run is None or run.state is not RunState.RUNNING or run.engine_id != self.engine_id:
                this.waits[run_id] = None
                continue
            task_runs = ledger.task_runs(run_id)
            definition = self._definitions.of(db, run)
            plan = next_steps(definition, task_runs, ledger.now, cancelling=run.cancel_reason is not None)
            for task_id in plan.start if not self.halting else ():
                number = task_runs[task_id].attempts + 1
                ledger.move_task_run(task_runs[task_id], TaskRunState.RUNNING, attempts=number, retry_at=None)
                ledger.add_attempt(Attempt(run_id, task_id, number, engine_id=self.engine_id))
                ready = this.ready_elsewhere if self._definitions.elsewhere(definition, task_id) else this.ready
                ready.append(AttemptKey(run_id, task_id, number))
            for task_id, reason in plan.skip:
                ledger.move_task_run(task_runs[task_id], TaskRunState.SKIPPED, reason)
            if plan.end is not None:
                ended = ledger.move_run(run, *plan.end)
                limit = definition.deadlines.shorter_than
                if limit is not None and ended.state is RunState.SUCCEEDED and ended.started_at is not None:
                    this.done.append(Length(ended, "", limit, ended.started_at, ended.finished_at))
                this.ended_runs.append(run_id)
            this.waits[run_id] = plan.wake_at

    def _start_runs(self, this: Pass, db: Connection) -> None:
        """Start queued runs while there is room."""
        ledger = this.ledger
        # The query below must see which runs just ended.
        ledger.flush_runs()
        queue.one_engine_at_a_time(db)
        owner = self.engine_id if self._own_runs_only else None
        admission = Admission(self._max_runs, len(self._running) - len(this.ended_runs), owner)
        admission.holds = self._backfilling.holds
        room = self._admit(this, db, admission, lambda full, room: queue.queued_runs(db, full, room, owner=owner))
        if room > 0 and self._backfilling.present and not self._own_runs_only:
            room = self._admit(this, db, admission, lambda full, _: queue.queued_backfill_runs(db, full))
        this.runs_wait = queue.any_queued(db, owner=owner)
        ended = len(this.ended_runs)
        self._advance(this, db, list(this.started_runs))
        # A run without tasks ends at once and frees its slot.
        this.more_runs = len(this.ended_runs) > ended or (room <= 0 < admission.room and this.runs_wait)
        # A backfill may go on beside what started instead.
        this.more_runs |= self._backfilling.again or (self._backfilling.gave_way and bool(this.started_runs))

    def _admit(
        self, this: Pass, db: Connection, admission: Admission, queued: Callable[[set[str], int], list[Run]]
    ) -> int:
        """Start those of the queued runs that are admitted. Returns the room that is left in this pass."""
        ledger = this.ledger
        counted = False  # of interest only where a workflow has a limit
        full: set[str] = set()
        while (room := min(admission.room, STARTS_AT_ONCE - len(this.started_runs))) > 0:
            candidates = queued(full, room)
            self._definitions.learn(db, {(run.workflow_id, run.version) for run in candidates})
            limits = {run.id: self._definitions.of(db, run).max_active_runs for run in candidates}
            if not counted and any(limit is not None for limit in limits.values()):
                counted = True
                admission.by_workflow = Counter(queue.running_counts(db))
            before = len(full)
            chosen: dict[str, Run] = {}
            for run in candidates:
                hold = admission.hold(run, limits[run.id])
                if hold is None:
                    admission.admit(run)
                    ledger.know_run(run)
                    chosen[run.id] = run
                elif hold.rule is Rule.MAX_ACTIVE_RUNS:
                    full.add(run.workflow_id)
            ledger.load_runs(chosen)
            for run in chosen.values():
                self._start(this, run, self._definitions.of(db, run))
            ledger.flush_runs()
            if len(candidates) < room or (len(full) == before and not chosen):
                break
        return room

    def _start(self, this: Pass, run: Run, definition: Workflow) -> None:
        ledger = this.ledger
        ledger.move_run(run, RunState.RUNNING, run.reason, engine_id=self.engine_id)
        this.started_runs.append(run.id)
        if (limit := definition.deadlines.longer_than) is not None:
            this.begun.append(Length(run, "", limit, ledger.now))
        if keeps_awake(definition, run):
            this.wakeful_runs.append(run.id)
        known = ledger.task_runs(run.id)
        for position, task in enumerate(definition.tasks):
            if task.id not in known:
                ledger.add_task_run(TaskRun(run.id, task.id, position))
