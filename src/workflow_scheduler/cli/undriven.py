"""Cancels runs, including orphaned ones whose scheduler or `scheduler run` is gone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = ["cancel_by_hand", "cancel_undriven"]

LOOK = 0.05
PATIENCE = 5.0
"""Seconds in which an engine takes over orphaned runs; any other run is still driven by its own engine."""


def cancel_by_hand(app: App, run_id: str) -> tuple[str, str]:
    """Cancel a run; return its state and a message. Refused if it has ended."""
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.runs.show import get_run
    from workflow_scheduler.operations.runs.start import cancel_run

    from .interruption import interruptible

    cancel_run(app.changes, run_id, app.now())
    problem = ""
    if (found := running_scheduler(app.home, app.database)) is not None:
        problem = condition_of(app.database, found, app.now()).problem()
    elif get_run(app.database, app.home, run_id).state == "running":
        with interruptible():
            cancel_undriven(app, "cancelled by hand", [run_id])
    state = get_run(app.database, app.home, run_id).state
    return state, f"Cancelled {run_id}." if state == "cancelled" else f"Cancelling {run_id}. {problem}".rstrip()


def cancel_undriven(app: App, reason: str, run_ids: Sequence[str] | None = None) -> list[str]:
    """Take over and cancel the runs whose engine is gone (or these of them); return their IDs when they have ended."""
    from workflow_scheduler.bootstrap.serving import engine_here
    from workflow_scheduler.operations.runs.start import cancel_runs_of, runs_of

    with engine_here(app, starts=False) as engine:
        deadline = time.monotonic() + PATIENCE
        taken: list[str] = []
        while not taken and time.monotonic() < deadline:
            taken = [run_id for run_id in runs_of(app.database, engine.id) if run_ids is None or run_id in run_ids]
            if not taken and engine.beaten:
                break
            time.sleep(LOOK)
        cancel_runs_of(app.changes, taken, app.now(), reason)
        while set(taken) & set(runs_of(app.database, engine.id)):
            time.sleep(LOOK)
    return taken
