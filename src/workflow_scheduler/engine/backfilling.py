"""Creates the runs of backfills: as many at once as each allows, in its order, while nothing else of its workflow waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from workflow_scheduler.domain.backfill import Backfill, BackfillFire, BackfillState, Source, change_state
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage import catalog, present_backfills, queries_backfills, queue
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.triggers.windows import is_open, opens_after

from .admission import Hold, Rule
from .reuse import reused_tasks
from .run_definitions import RunDefinitions
from .unit_of_work import UnitOfWork

__all__ = ["Backfilling", "finished_event", "holds_of", "opening_of"]


def holds_of(backfills: Iterable[Backfill], now: datetime) -> dict[tuple[str, str], Hold]:
    """Why the runs of a backfill for a schedule do not start now, by backfill and schedule; those that may are missing."""
    holds: dict[tuple[str, str], Hold] = {}
    for backfill in backfills:
        for schedule_id, source in backfill.sources.items():
            if backfill.state is BackfillState.PAUSED:
                holds[backfill.id, schedule_id] = Hold(Rule.BACKFILL_PAUSED, f"Its backfill {backfill.id} is paused.")
            elif backfill.between and not is_open(backfill.between, now, source.timezone):
                holds[backfill.id, schedule_id] = Hold(
                    Rule.BACKFILL_WINDOW,
                    f"Its backfill starts runs between {backfill.between.start:%H:%M} and {backfill.between.end:%H:%M}.",
                )
    return holds


def opening_of(backfill: Backfill, now: datetime) -> datetime | None:
    """When the next of its windows opens that is closed now."""
    if backfill.between is None:
        return None
    zones = {source.timezone for source in backfill.sources.values()}
    closed = [zone for zone in zones if not is_open(backfill.between, now, zone)]
    return min((opens_after(backfill.between, now, zone) for zone in closed), default=None)


class Backfilling:
    """What one engine knows of backfills. Without any, a pass that looks for changes costs one query, others none."""

    def __init__(self, definitions: RunDefinitions) -> None:
        self.present = True
        """Whether there was a backfill, or a run of one, that has not ended."""
        self.holds: Mapping[tuple[str, str], Hold] = {}
        self.opens_at: datetime | None = None
        """When the next window opens."""
        self.gave_way = False
        """Whether one created no run although it has times left and room: another run of its workflow waits, or it may not."""
        self.created = False
        self.again = False
        """Whether a run that it created has ended already, so that the next can be created at once."""
        self._definitions = definitions

    def step(self, db: Connection, ledger: UnitOfWork, *, look: bool) -> None:
        """Create runs and finish backfills, in the caller's transaction. `look`: new backfills may have come."""
        self.gave_way = self.created = self.again = False
        if look:
            self.present = present_backfills.any_present(db)
        if not self.present:
            self.holds, self.opens_at = {}, None
            return
        # The queries below must see which runs just ended, and those of another engine, too.
        ledger.flush_runs()
        queue.one_engine_at_a_time(db)
        now = ledger.now
        found = store.open_backfills(db)
        self.holds = holds_of([backfill for backfill, _ in found], now)
        openings = [opening_of(backfill, now) for backfill, _ in found if backfill.state is BackfillState.ACTIVE]
        self.opens_at = min((at for at in openings if at is not None), default=None)
        for backfill, running in found:
            self._advance(db, ledger, backfill, running)

    def _advance(self, db: Connection, ledger: UnitOfWork, backfill: Backfill, running: int) -> None:
        free = backfill.parallel - running
        schedules = [name for name in backfill.sources if (backfill.id, name) not in self.holds]
        fires = store.next_fires(db, backfill, schedules, free) if free > 0 and schedules else []
        if fires:
            if newest := catalog.newest_of(db, [backfill.workflow_id]).get(backfill.workflow_id):
                self._create(db, ledger, backfill, fires, newest)
        elif free > 0 and store.has_left(db, backfill.id):
            self.gave_way = True
        elif not running:
            ended = change_state(backfill, BackfillState.FINISHED, ledger.now)
            store.update_backfill(db, backfill, ended)
            ledger.events.append(finished_event(db, ended))

    def _create(
        self, db: Connection, ledger: UnitOfWork, backfill: Backfill, fires: list[BackfillFire], newest: catalog.Newest
    ) -> None:
        runs = [self._run(db, ledger.now, backfill, fire, newest) for fire in fires]
        store.set_run(db, backfill.id, [(fire, run.id) for fire, run in zip(fires, runs, strict=True)])
        run_store.add_runs(db, runs)
        for run in runs:
            if run.over:
                self.again = True
                ledger.events.append(
                    Event(
                        ledger.now,
                        "run.failed",
                        run.workflow_id,
                        run.id,
                        schedule_id=run.schedule_id,
                        reason=run.reason,
                    )
                )
            elif run.retry_of is not None:
                definition = self._definitions.of(db, run)
                run_store.add_task_runs(db, reused_tasks(db, definition, run.retry_of, run.id))
        self.created = True
        crash_point("backfill.run_created")

    def _run(
        self, db: Connection, now: datetime, backfill: Backfill, fire: BackfillFire, newest: catalog.Newest
    ) -> Run:
        """The run of one time. If its parameters do not fit, it has failed already."""
        source = backfill.sources[fire.schedule_id]
        old = run_store.find_run(db, fire.retry_of) if fire.retry_of is not None else None
        cause = f"backfill {backfill.id}, started by {backfill.created_by}"
        if old is not None:
            cause = f"retry of {old.id} by {cause}"
        run = Run(
            id=new_run_id(now),
            workflow_id=backfill.workflow_id,
            version=backfill.version or newest.version,
            state=RunState.QUEUED,
            queued_at=now,
            reason=cause,
            schedule_id=fire.schedule_id,
            nominal=fire.nominal,
            due=fire.due,
            exclusive=source.exclusive,
            exclusive_scope=source.exclusive_scope,
            retry_of=old.id if old is not None else None,
            started_by=backfill.created_by,
            cause=cause,
            timezone=source.timezone,
            backfill_id=backfill.id,
        )
        declared = newest.params if backfill.version is None else self._definitions.of(db, run).params
        given = {**source.params, **backfill.params}
        if old is not None:
            given = {name: value for name, value in (old.params or {}).items() if name in declared} or given
        if not declared and not given:
            return run
        try:
            return replace(run, params=resolve(declared, given, _moment(db, fire, source)))
        except InvalidInput as error:
            return replace(run, state=RunState.FAILED, reason=str(error), finished_at=now)


def _moment(db: Connection, fire: BackfillFire, source: Source) -> Moment:
    days = calendar_store.days_of(db, [source.calendar]).get(source.calendar) if source.calendar else None
    return Moment.within(fire.nominal, source.timezone, days)


def finished_event(db: Connection, backfill: Backfill) -> Event:
    counts = queries_backfills.fire_counts(db, [backfill.id])[backfill.id]
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items(), key=lambda item: -item[1]))
    at = backfill.finished_at or backfill.created_at
    return Event(at, "backfill.finished", backfill.workflow_id, reason=f"{backfill.id}: {words}")
