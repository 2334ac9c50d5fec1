"""The state of the home: overview, health, doctor, log, and the event stream."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Header, Query, Request, Response

from workflow_scheduler import __version__
from workflow_scheduler.domain.numbers import parse_count
from workflow_scheduler.operations.access.secrets import secret_variables
from workflow_scheduler.operations.home.doctor import Finding, examine_home, examine_opened
from workflow_scheduler.operations.home.log_tail import last_lines, lines_after
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.late import late_list
from workflow_scheduler.operations.runs.overview import engine_state, overview
from workflow_scheduler.operations.runs.overview_rows import EngineState
from workflow_scheduler.operations.schedules.planner_pause import pause_planner, resume_planner
from workflow_scheduler.operations.schedules.planning import planner_state
from workflow_scheduler.service.state import installed_path
from workflow_scheduler.settings import unknown_variables
from workflow_scheduler.web.metrics import CONTENT_TYPE, exposition
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.late import LateAnswer
from workflow_scheduler.web.schemas.state import FindingAnswer, HealthAnswer, LogAnswer, OverviewAnswer, PlannerAnswer
from workflow_scheduler.web.stream import EventStream, Hub

__all__ = ["router"]

router = new_router("state")


@router.get(f"{API}/overview", response_model=OverviewAnswer)
def show_overview(request: CurrentRequest) -> Plain:
    """What is running, what failed since yesterday, what comes next, and the last day by hour."""
    database = request.context.database
    return {
        "engine": plain(_engine(request)),
        "planner": plain(planner_state(database)),
        **plain(overview(database, request.now, request.context.settings.home)),
    }


@router.get(f"{API}/late", response_model=list[LateAnswer])
def show_late(
    request: CurrentRequest,
    workflow: Annotated[str | None, Query(max_length=100, description="only of this workflow")] = None,
) -> list[Plain]:
    """What is late, takes too long, is at risk or has not succeeded for too long, now; the worst first."""
    return [plain(row) for row in late_list(request.context.database, request.now, workflow)]


@router.get(f"{API}/health", response_model=HealthAnswer)
def show_health(request: CurrentRequest) -> Plain:
    """The state of the scheduler, its database and its disk."""
    engine, lack = _engine(request), request.context.lack_of_room()
    return {
        "status": "ok" if engine.working else "degraded",
        "version": __version__,
        "engine": plain(engine),
        "database": request.context.database.shown_url,
        "disk": {"free_bytes": request.context.free_bytes(), "problem": lack},
    }


def _engine(request: CurrentRequest) -> EngineState:
    return engine_state(
        request.context.database, request.context.scheduler(), request.now, request.context.lack_of_room()
    )


@router.get(f"{API}/doctor", response_model=list[FindingAnswer])
def show_doctor(request: CurrentRequest) -> list[Plain]:
    """Health checks: what keeps this home from working and what to do."""
    context = request.context
    home = context.settings.home
    opened = examine_opened(
        context.database,
        home,
        request.now,
        timezone=context.settings.timezone,
        lack_of_room=context.lack_of_room(),
        free_bytes=context.free_bytes(),
        installed_path=installed_path(home),
        interpreters=context.settings.interpreters,
        notify_plan=context.notify_plan,
    )
    settings = (
        Finding("settings", "warning", words, f"correct or remove it in {home / '.env'}")
        for words in unknown_variables(home, lambda: secret_variables(context.database))
    )
    return [asdict(finding) for finding in (*examine_home(home), *settings, *opened)]


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def show_metrics(request: CurrentRequest, http_request: Request) -> Response:
    """Metrics for Prometheus. Needs a token or a session."""
    hub: Hub = http_request.app.state.hub
    return Response(exposition(request, hub.count()), headers={"content-type": CONTENT_TYPE})


@router.get(f"{API}/planner", response_model=PlannerAnswer)
def show_planner(request: CurrentRequest) -> Plain:
    """Whether all schedules are paused."""
    return plain(planner_state(request.context.database))


@router.post(f"{API}/planner/pause", response_model=PlannerAnswer)
def pause(request: CurrentRequest) -> Plain:
    """Pause all schedules. Runs in progress continue, and new runs can be started."""
    pause_planner(request.changing(), request.now, request.visitor.name)
    return plain(planner_state(request.context.database))


@router.post(f"{API}/planner/resume", response_model=PlannerAnswer)
def resume(request: CurrentRequest) -> Plain:
    """Resume schedules. Fires due in the meantime are recorded as skipped."""
    resume_planner(request.context.database, request.now, request.changing())
    return plain(planner_state(request.context.database))


@router.get(f"{API}/log", response_model=LogAnswer)
def show_log(
    request: CurrentRequest,
    tail: Annotated[int, Query(ge=1, le=5000, description="how many lines from the end")] = 200,
    after: Annotated[
        int | None, Query(ge=0, le=2**53, description="instead of tail: what was added after this position")
    ] = None,
) -> Plain:
    """The end of scheduler.log, or what was added to it."""
    lines, position = (
        last_lines(request.context.log, tail) if after is None else lines_after(request.context.log, after)
    )
    return {"lines": lines, "position": position}


@router.get(f"{API}/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
def show_events(
    request: CurrentRequest,
    http_request: Request,
    last_event_id: Annotated[
        str | None, Header(max_length=20, description="the last event received; the stream continues after it")
    ] = None,
) -> Response:
    """Server-sent events: every event as it happens.

    `data` is JSON: kind (such as run.succeeded), seq, at, workflow_id, run_id, task_id, attempt, schedule_id, reason.
    Kind catalog.changed: workflows or schedules were changed. Kind stream.reset: too much happened; load again. Kind
    stream.opened comes first: what was answered with the same `mark` in its header X-Mark is still what is there.
    """
    hub: Hub = http_request.app.state.hub
    return EventStream(hub, request.admission, parse_count(last_event_id or ""))
