"""Creates, pauses, resumes, cancels and retries backfills, each in one transaction."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.backfill import Backfill, BackfillFire, BackfillState, change_state, source_of
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.identifiers import check_identifier, new_run_id
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.engine.cancel import cancel_runs
from workflow_scheduler.operations.lookup import existing_workflow, no_such
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import queries_backfills
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.crash_points import crash_point

from .plan import plan
from .request import BackfillRequest
from .rows import BackfillPlan, RetryRow

__all__ = ["cancel_backfill", "create_backfill", "pause_backfill", "refuse_empty", "resume_backfill", "retry_backfill"]

BY_HAND = "cancelled by hand"


def create_backfill(
    database: Database, request: BackfillRequest, now: datetime, by: str, *, backfill_id: str | None = None
) -> str:
    """Store the backfill; a scheduler starts its runs. Returns its ID. Refused if there is nothing to run."""

    def work(db: Connection) -> str:
        store.one_claim_at_a_time(db)
        planned = plan(db, request, now)
        refuse_empty(planned.plan)
        with_runs = {fire.schedule_id for fire in planned.fires}
        backfill = Backfill(
            check_identifier("backfill", backfill_id or new_run_id(now)),
            request.workflow_id,
            BackfillState.ACTIVE,
            now,
            by[:100],
            request.start,
            request.end,
            request.only,
            request.order,
            request.parallel,
            request.between,
            request.params,
            {
                schedule.id: source_of(schedule, request.parallel)
                for schedule in planned.schedules
                if schedule.id in with_runs
            },
            planned.version,
            planned.as_of,
        )
        store.add_backfill(db, backfill, planned.fires)
        _tell(db, backfill, "created", now, f"{len(planned.fires)} runs, by {by}")
        crash_point("backfill.before_created")
        return backfill.id

    created = write_and_wake(database, work)
    crash_point("backfill.created")
    return created


def refuse_empty(plan: BackfillPlan) -> None:
    if not plan.will_run:
        why = "every time is left out" if plan.moments else "no schedule was due"
        raise Refused(f"There is nothing to run in this range: {why}.")


def pause_backfill(database: Database, backfill_id: str, now: datetime) -> None:
    """Start no more of its runs; those in progress continue."""
    _change(database, backfill_id, now, BackfillState.ACTIVE, BackfillState.PAUSED, "paused")


def resume_backfill(database: Database, backfill_id: str, now: datetime) -> None:
    _change(database, backfill_id, now, BackfillState.PAUSED, BackfillState.ACTIVE, "resumed")


def cancel_backfill(database: Database, backfill_id: str, now: datetime, reason: str = BY_HAND) -> None:
    """Start no more of its runs, and cancel those that have not ended."""

    def work(db: Connection) -> None:
        old = _existing(db, backfill_id)
        if old.over:
            raise Refused(
                f"The backfill {backfill_id} has already ended ({old.state.value}); there is nothing to cancel."
            )
        _save(db, old, BackfillState.CANCELLED, "cancelled", now, reason)
        cancel_runs(db, store.open_runs_of(db, backfill_id), f"its backfill was {reason}", now)

    write_and_wake(database, work)


def retry_backfill(database: Database, backfill_id: str, now: datetime) -> RetryRow:
    """Run the times again whose runs did not succeed, from where they failed, and those that were never run. After its end,
    times that succeeded meanwhile are left out. Refused if another backfill has one of them."""

    def work(db: Connection) -> RetryRow:
        store.one_claim_at_a_time(db)
        old = _existing(db, backfill_id)
        if old.state is BackfillState.PAUSED:
            raise Refused(f"The backfill {backfill_id} is paused; resume it first.")
        existing_workflow(db, old.workflow_id)
        again, never_run = store.retry_fires(db, backfill_id), 0
        if old.over:
            fires = _not_run_since(db, old)
            again = sum(fire.retry_of is not None for fire in fires)
            never_run = len(fires) - again
        if not again and not never_run:
            raise Refused(
                f"The backfill {backfill_id} has no time that did not succeed, so there is nothing to run again."
            )
        if old.over:
            _save(db, old, BackfillState.ACTIVE, "retried", now)
        else:
            _tell(db, old, "retried", now)
        return RetryRow(backfill_id, again, never_run)

    return write_and_wake(database, work)


def _not_run_since(db: Connection, old: Backfill) -> list[BackfillFire]:
    """The times without a run. Those that succeeded after it was created lead to the run that did, and are left out."""
    fires = store.fires_left(db, old.id)
    if not fires:
        return []
    claimed = queries_backfills.claimed_fires(db, list(old.sources))
    if other := next((claimed[fire[:2]] for fire in fires if fire[:2] in claimed), None):
        raise Refused(
            f"The backfill {other} has times of the backfill {old.id} and has not ended; wait until it has, or cancel it."
        )
    first, last = min(fire.nominal for fire in fires), max(fire.nominal for fire in fires)
    runs = queries_backfills.runs_at(db, old.workflow_id, list(old.sources), first, last, old.created_at)
    succeeded = {key: run_id for key, (run_id, state) in runs.items() if state is RunState.SUCCEEDED}
    store.set_run(db, old.id, [(fire, succeeded[fire[:2]]) for fire in fires if fire[:2] in succeeded])
    return [fire for fire in fires if fire[:2] not in succeeded]


def _change(
    database: Database, backfill_id: str, now: datetime, of: BackfillState, to: BackfillState, verb: str
) -> None:
    def work(db: Connection) -> None:
        old = _existing(db, backfill_id)
        if old.state is to:
            raise Refused(f"The backfill {backfill_id} is already {old.state.value}.")
        if old.state is not of:
            raise Refused(f"The backfill {backfill_id} is {old.state.value}, so it cannot be {verb}.")
        _save(db, old, to, verb, now)

    write_and_wake(database, work)


def _save(db: Connection, old: Backfill, to: BackfillState, verb: str, now: datetime, reason: str = "") -> None:
    new = change_state(old, to, now, reason)
    store.update_backfill(db, old, new)
    _tell(db, new, verb, now, reason)


def _tell(db: Connection, backfill: Backfill, verb: str, now: datetime, reason: str = "") -> None:
    words = f"{backfill.id}: {reason}" if reason else backfill.id
    event_store.record_events(db, [Event(now, f"backfill.{verb}", backfill.workflow_id, reason=words)])


def _existing(db: Connection, backfill_id: str) -> Backfill:
    found = store.find_backfill(db, backfill_id, lock=True)
    if found is None:
        raise no_such("backfill", backfill_id)
    return found
