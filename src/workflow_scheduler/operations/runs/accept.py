"""Accepts the unusual output files of a run: what they have is usual from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Attempt
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.transactions import Connection, Database, write_and_wake
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import output_sizes as store
from workflow_scheduler.storage import runs

__all__ = ["AcceptedRow", "accept_outputs"]


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """`unusual`: what was."""

    task: str
    path: str
    unusual: str


def accept_outputs(database: Database, run_id: str, by: str, now: datetime) -> list[AcceptedRow]:
    """Have what earlier files had count at the ratio to which these changed. Refused if nothing is unusual, or it is accepted
    already."""

    def work(db: Connection) -> list[AcceptedRow]:
        run = runs.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        accepted = []
        for _, attempts in runs.task_history(db, run_id):
            # Of several attempts that failed, the last one has the figures that count.
            attempt = next((one for one in reversed(attempts) if any(map(_is_open, one.outputs))), None)
            if attempt is None:
                continue
            for output in filter(_is_open, attempt.outputs):
                at, item = run.nominal or run.queued_at, str(output["item"])
                store.rescale(db, run.workflow_id, attempt.task_id, item, at, output["ratios"])
                accepted.append(AcceptedRow(attempt.task_id, str(output["path"]), str(output["unusual"])))
            store.mark_accepted(db, attempt.key, _with_mark(attempt, f"{by}, {now:%Y-%m-%d %H:%M} UTC"))
            words = f"accepted by {by}"
            event = Event(now, "output.accepted", run.workflow_id, *attempt.key, run.schedule_id, words)
            event_store.record_events(db, [event])
        if not accepted:
            raise Refused(f"The run {run_id} has no unusual output file that is not accepted.")
        return accepted

    return write_and_wake(database, work)


def _is_open(output: Mapping[str, Any]) -> bool:
    return bool(output.get("unusual")) and not output.get("accepted")


def _with_mark(attempt: Attempt, mark: str) -> list[Mapping[str, Any]]:
    return [{**output, "accepted": mark} if _is_open(output) else output for output in attempt.outputs]
