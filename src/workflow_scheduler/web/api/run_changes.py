"""Runs started, cancelled and retried, by people, programs and webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Request, Response

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.accept import accept_outputs
from workflow_scheduler.operations.runs.show import get_run
from workflow_scheduler.operations.runs.start import cancel_run, request_run, retry_run
from workflow_scheduler.operations.runs.webhooks import BadSignature, check_signature, take_once
from workflow_scheduler.operations.transactions import Database
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.web.body import check_json
from workflow_scheduler.web.creation import Key, make_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.problems import Problem
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.runs import AcceptedOutputs, NewRun, Retry, Started

__all__ = ["router"]

router = new_router("runs")


@router.post(f"{API}/workflows/{{workflow}}/runs", response_model=Started, status_code=202)
def start(
    request: CurrentRequest, workflow: str, response: Response, given: NewRun | None = None, key: Key = None
) -> Plain:
    """Run a workflow now."""

    def begin(database: Database, run_id: str) -> str:
        return request_run(
            database,
            workflow,
            request.now,
            run_id=run_id,
            by=request.visitor.name,
            params=given.params if given else {},
            timezone=request.context.settings.timezone,
            time=given.for_ if given else None,
        )

    return _begin(request, given.id if given else None, key, begin, response)


@router.post(f"{API}/runs/{{run}}/retry", response_model=Started, status_code=202)
def retry(request: CurrentRequest, run: str, response: Response, given: Retry | None = None, key: Key = None) -> Plain:
    """Retry a run as a new run with its values: only what did not succeed, or everything."""
    wanted = given or Retry()

    def begin(database: Database, run_id: str) -> str:
        return retry_run(
            database,
            run,
            request.now,
            everything=wanted.everything,
            run_id=run_id,
            by=request.visitor.name,
            params=wanted.params,
            timezone=request.context.settings.timezone,
        )

    return _begin(request, None, key, begin, response)


@router.post(f"{API}/runs/{{run}}/cancel", response_model=Started, status_code=202)
def cancel(request: CurrentRequest, run: str) -> Plain:
    """Cancel a run: its commands are asked to stop, then killed."""
    cancel_run(request.changing(), run, request.now, f"cancelled by {request.visitor.name}")
    return {"id": run, "state": get_run(request.context.database, request.context.settings.home, run).state}


@router.post(f"{API}/runs/{{run}}/accept", response_model=AcceptedOutputs)
def accept(request: CurrentRequest, run: str) -> Plain:
    """Accept the unusual output files of a run: their sizes are usual from then on."""
    rows = accept_outputs(request.changing(), run, request.visitor.name, request.now)
    return {"items": [plain(row) for row in rows]}


@router.post("/hooks/{hook}", response_model=Started, status_code=202, tags=["webhooks"])
def call_hook(
    request: CurrentRequest,
    hook: str,
    http_request: Request,
    response: Response,
    x_signature_256: Annotated[str, Header(max_length=100, examples=["sha256=…"])] = "",
    x_timestamp: Annotated[str, Header(max_length=20, examples=["1764000000"])] = "",
) -> Plain:
    """Start a run of the webhook's workflow. The body is JSON or empty, and part of the signature. Its `params` are values for
    the workflow's parameters, if it has any; everything else in it is ignored."""
    context = request.context
    body: bytes = http_request.scope["body"]
    try:
        found = check_signature(context.database, context.secret, hook, x_timestamp, x_signature_256, body, request.now)
    except BadSignature as error:
        raise Problem(401, str(error)) from None
    _refuse_without_scheduler(request)
    actor = f"hook:{found.id}"
    run_id = new_run_id(request.now)
    database = request.changing(run_id, lambda db: take_once(db, x_signature_256, request.now), actor=actor)
    request_run(
        database,
        found.workflow_id,
        request.now,
        run_id=run_id,
        by=actor,
        params=_params_in(body) if get_workflow(context.database, found.workflow_id)[0].params else {},
        timezone=context.settings.timezone,
    )
    return _started(run_id, response)


def _params_in(body: bytes) -> dict[str, Any]:
    """The values in a webhook's body."""
    check_json(body)
    content = json.loads(body) if body else {}
    params = content.get("params", {}) if isinstance(content, dict) else {}
    if not isinstance(params, dict):
        raise InvalidInput('The `params` of the body are no names and values; write {"params": {"name": "value"}}.')
    return params


def _begin(
    request: RequestContext,
    given_id: str | None,
    key: str | None,
    begin: Callable[[Database, str], str],
    response: Response,
) -> Plain:
    _refuse_without_scheduler(request)
    wanted = given_id or new_run_id(request.now)
    run_id = make_once(request, key, wanted, lambda once: begin(request.changing(wanted, once=once), wanted), response)
    if response.status_code is None:
        return _started(run_id, response)
    return {
        **_started(run_id, response),
        "state": get_run(request.context.database, request.context.settings.home, run_id).state,
        "repeated": True,
    }


def _refuse_without_scheduler(request: RequestContext) -> None:
    if request.context.scheduler() is None:
        raise Refused("The scheduler is not running", hint="start it with 'scheduler start'")


def _started(run_id: str, response: Response) -> Plain:
    response.headers["location"] = f"{API}/runs/{run_id}"
    return {"id": run_id, "state": "queued"}
