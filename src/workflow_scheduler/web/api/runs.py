"""Reads runs: lists, one with its tasks and attempts, and output."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Query, Response

from workflow_scheduler.domain.run import AttemptKey, RunState
from workflow_scheduler.operations.explanations.machines import with_placements
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.bytes_written import bytes_written
from workflow_scheduler.operations.runs.difference import LAST_GOOD, run_difference
from workflow_scheduler.operations.runs.output import attempt as attempt_of
from workflow_scheduler.operations.runs.output import (
    command_of,
    merged,
    read_part,
    stream_file,
    whole_file,
    wide_output,
)
from workflow_scheduler.operations.runs.pages import run_page
from workflow_scheduler.operations.runs.running import why_running
from workflow_scheduler.operations.runs.show import run_detail
from workflow_scheduler.operations.schedules.forecast import parse_moment
from workflow_scheduler.web.admission import Download
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.problems import Problem
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.running import RunningAnswer
from workflow_scheduler.web.schemas.runs import (
    AttemptAnswer,
    CommandAnswer,
    DifferenceAnswer,
    MergedAnswer,
    RunAnswer,
    RunPage,
)

__all__ = ["router"]

router = new_router("runs")
Identifier = Annotated[str | None, Query(max_length=100)]
Stream = Literal["stdout", "stderr"]
ATTEMPT = f"{API}/runs/{{run}}/tasks/{{task}}/attempts/{{attempt}}"


@router.get(f"{API}/runs", response_model=RunPage)
def list_runs(
    request: CurrentRequest,
    workflow: Identifier = None,
    schedule: Identifier = None,
    backfill: Identifier = None,
    state: RunState | None = None,
    since: Annotated[str | None, Query(max_length=60, description="an ISO 8601 time")] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="text in the run ID, the workflow or the reason")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Plain:
    """Runs, newest first, a page at a time."""
    page = run_page(
        request.context.database,
        limit=limit,
        cursor=cursor,
        workflow_id=workflow,
        schedule_id=schedule,
        backfill_id=backfill,
        state=state,
        since=parse_moment(since, "since") if since else None,
        q=q,
    )
    return plain(page)


@router.get(f"{API}/runs/{{run}}", response_model=RunAnswer)
def show_run(request: CurrentRequest, run: str) -> Plain:
    """A run with its tasks, attempts and dependencies."""
    context, timezone = request.context, request.context.settings.timezone
    found = run_detail(context.database, context.settings.home, run, timezone)
    return plain(with_placements(context.database, found, timezone))


@router.get(f"{API}/runs/{{run}}/difference", response_model=DifferenceAnswer)
def show_difference(
    request: CurrentRequest,
    run: str,
    with_run: Annotated[
        str, Query(alias="with", max_length=100, description="last-good, or the ID of a run")
    ] = LAST_GOOD,
    task: Annotated[str | None, Query(max_length=100, description="default: the first that failed")] = None,
) -> Plain:
    """What differs between a failed task of the run and the last good one, the most surprising first."""
    context = request.context
    settings = context.settings
    return plain(run_difference(context.database, settings.home, run, settings.timezone, with_run=with_run, task=task))


@router.get(f"{API}/runs/{{run}}/running", response_model=RunningAnswer)
def show_running(request: CurrentRequest, run: str) -> Plain:
    """Why a run is still running: the processes of its commands, what they wait for and their last output. Of a run that is
    not running, what was noted when it took too long."""
    return plain(why_running(request.context.database, request.context.settings.home, run))


@router.get(ATTEMPT, response_model=AttemptAnswer)
def show_attempt(request: CurrentRequest, run: str, task: str, attempt: int) -> Plain:
    """One attempt."""
    return plain(attempt_of(request.context.database, request.context.settings.home, run, task, attempt))


@router.get(f"{ATTEMPT}/command", response_model=CommandAnswer)
def show_command(request: CurrentRequest, run: str, task: str, attempt: int) -> Plain:
    """The command as it ran. Values of environment variables are not shown."""
    return plain(command_of(request.context.database, request.context.settings.home, AttemptKey(run, task, attempt)))


@router.get(f"{ATTEMPT}/output", response_model=MergedAnswer)
def show_merged(
    request: CurrentRequest,
    run: str,
    task: str,
    attempt: int,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    stream: Annotated[Stream | None, Query(description="default: both, in the order written")] = None,
    colours: Annotated[
        bool, Query(description="keep colours as SGR sequences, closed at the end of each line")
    ] = False,
) -> Plain:
    """The last lines of standard output and standard error in the order written, with the time of each."""
    home, key = request.context.settings.home, AttemptKey(run, task, attempt)
    return plain(merged(request.context.database, home, key, limit, stream=stream, colours=colours))


@router.get(
    f"{ATTEMPT}/logs/{{stream}}",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, 206: {"content": {"text/plain": {}}}},
)
def show_output(
    request: CurrentRequest,
    run: str,
    task: str,
    attempt: int,
    stream: str,
    download: bool = False,
    range_: Annotated[str | None, Header(alias="range", max_length=60, examples=["bytes=-65536"])] = None,
) -> Response:
    """What the command wrote, as bytes. `Range: bytes=-N` gives its end; ask again from there for what was added.

    Of more than 16 MiB the first and the last half are kept, with a line between them that says how much was cut; the header
    `X-Bytes-Written` then says how much the command wrote. The charset of the content type is UTF-16 where the output is in it.
    """
    path = stream_file(request.context.database, request.context.settings.home, AttemptKey(run, task, attempt), stream)
    text = f"text/plain; charset={wide_output(path) or 'utf-8'}"
    kind = "attachment" if download else "inline"
    headers = {
        "accept-ranges": "bytes",
        "content-disposition": f'{kind}; filename="{run}.{task}.{attempt}.{stream}.log"',
    }
    if (written := bytes_written(path.parent)[path.stem]) is not None:
        headers["x-bytes-written"] = str(written)
    if range_ is None:
        size, blocks = whole_file(path)
        headers["content-length"] = str(size)
        return Download(request.admission, blocks, headers, text)
    part = read_part(path, range_)
    if part is None:
        raise Problem(416, "There is nothing in this range yet; ask again later.", {"content-range": "bytes */*"})
    headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
    return Response(part.data, 206, headers, media_type=text)
