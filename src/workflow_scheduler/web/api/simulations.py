"""Simulations: what the scheduler will do."""

from __future__ import annotations

import threading

from anyio import from_thread
from fastapi import Request

from workflow_scheduler.domain.account import Role
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.operations.simulations.apart import Order, simulate_apart
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.problems import Problem
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.simulations import SimulationAnswer, SimulationRequest

__all__ = ["router"]

router = new_router("schedules")
LONGEST = 60.0
"""Seconds for one simulation."""
_one_at_a_time = threading.Lock()


@router.post(f"{API}/simulations", response_model=SimulationAnswer)
def simulate(request: CurrentRequest, connection: Request, given: SimulationRequest | None = None) -> Plain:
    """Show what will run, wait, be late and be skipped. Nothing is run, and nothing is changed.

    One simulation at a time: 429 while another is in progress."""
    given, context = given or SimulationRequest(), request.context
    if given.with_.strip() and not request.visitor.role.covers(Role.AUTHOR):
        raise Problem(403, f"Definitions need the role author, and yours is {request.visitor.role}; ask an admin.")
    settings = context.settings
    order = Order(
        db_url=settings.db_url,
        home=settings.home,
        timezone=settings.timezone,
        now=request.now,
        begin=given.from_ or "",
        length=given.for_,
        text=given.with_,
        assume=given.assume,
        typical=given.durations,
        workflows=tuple(given.workflows),
        limit=given.limit,
        max_runs=given.slots or settings.max_threads,
        max_processes=settings.max_processes,
    )

    def gone() -> bool:
        return from_thread.run(connection.is_disconnected) or not request.admission.holds()

    if not _one_at_a_time.acquire(blocking=False):
        raise Problem(429, "Another simulation is in progress; try again in a few seconds.", {"retry-after": "5"})
    try:
        return simulate_apart(order, LONGEST, gone)
    finally:
        _one_at_a_time.release()
