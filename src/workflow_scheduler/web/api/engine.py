"""The scheduler itself: service, stop and restart. Installing a service needs an administrator and is not part of the API."""

from __future__ import annotations

from workflow_scheduler.operations.condition import Holder
from workflow_scheduler.operations.home.restart import restart_apart
from workflow_scheduler.operations.home.scheduler_process import ask_to_stop
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.operations.runs.lists import open_runs
from workflow_scheduler.service.state import service_state
from workflow_scheduler.settings import read_settings
from workflow_scheduler.web.bind import check_exposure
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.maintenance import ServiceAnswer, Stop, Stopping

__all__ = ["router"]

router = new_router("engine")


@router.get(f"{API}/service", response_model=ServiceAnswer)
def show_service(request: CurrentRequest) -> Plain:
    """Whether the operating system starts the scheduler of this home, and whether it runs."""
    return service_state(request.context.settings.home)


@router.post(f"{API}/engine/stop", response_model=Stopping, status_code=202)
def stop(request: CurrentRequest, given: Stop | None = None) -> Plain:
    """Stop the scheduler and the web interface. Running scripts continue, and the next start picks them up."""
    how = (given or Stop()).how
    return _stopping(request, how, ask_to_stop(request.changing(how), request.context.settings.home, how, request.now))


@router.post(f"{API}/engine/restart", response_model=Stopping, status_code=202)
def restart(request: CurrentRequest, given: Stop | None = None) -> Plain:
    """Restart the scheduler and the web interface (with PORT=0, at another port).

    Refused if it was not started by `scheduler start`.
    """
    how, home = (given or Stop()).how, request.context.settings.home
    check_exposure(read_settings(home))  # with settings that are wrong by now it would stop, and not come back
    return _stopping(request, how, restart_apart(request.changing(how), home, how, request.now))


def _stopping(request: RequestContext, how: str, found: Holder) -> Plain:
    return {"pid": found.pid or 0, "how": how, "runs_running": open_runs(request.context.database)["running"]}
