"""Workers: listed, shown, drained, resumed, and given other labels or slots. To invite and to remove one are commands."""

from __future__ import annotations

from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.workers import change
from workflow_scheduler.operations.workers.show import show_worker, worker_list
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.workers import WorkerAnswer, WorkerChange, WorkerDetail

__all__ = ["router"]

router = new_router("workers")
ONE = f"{API}/workers/{{worker}}"


@router.get(f"{API}/workers", response_model=list[WorkerAnswer])
def list_workers(request: CurrentRequest) -> list[Plain]:
    """The other machines that run tasks of this scheduler, and what runs on them. Empty if DB_URL is not PostgreSQL."""
    return [plain(worker) for worker in worker_list(request.context.database, request.now)]


@router.get(ONE, response_model=WorkerDetail)
def show(request: CurrentRequest, worker: str) -> Plain:
    """A worker: its machine, its state, and what runs there."""
    return _shown(request, worker)


@router.patch(ONE, response_model=WorkerDetail)
def edit(request: CurrentRequest, worker: str, given: WorkerChange) -> Plain:
    """Change the labels or the slots of a worker. It need not be started again."""
    said = [
        "" if given.labels is None else f"labels: {', '.join(given.labels) or 'none'}",
        "" if given.slots is None else f"slots: {given.slots}",
    ]
    change.edit_worker(request.changing("; ".join(filter(None, said))), worker, given.labels, given.slots)
    return _shown(request, worker)


@router.post(f"{ONE}/drain", response_model=WorkerDetail)
def drain(request: CurrentRequest, worker: str) -> Plain:
    """Give a worker nothing more. What runs there continues."""
    change.drain(request.changing(), worker)
    return _shown(request, worker)


@router.post(f"{ONE}/resume", response_model=WorkerDetail)
def resume(request: CurrentRequest, worker: str) -> Plain:
    """Give tasks to a draining worker again."""
    change.resume(request.changing(), worker)
    return _shown(request, worker)


def _shown(request: RequestContext, worker: str) -> Plain:
    return plain(show_worker(request.context.database, worker, request.now))
