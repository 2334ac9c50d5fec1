"""Reads schedules: lists, fires, previews and the calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Response

from workflow_scheduler.definitions.documents import changed_policies
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.schedules.calendar import MOST_ENTRIES, Per, calendar
from workflow_scheduler.operations.schedules.forecast import parse_moment, preview_of, with_clock_changes
from workflow_scheduler.operations.schedules.pending import pending_fire
from workflow_scheduler.operations.schedules.planning import planning_of, with_overdue
from workflow_scheduler.operations.schedules.show import (
    coming_fires,
    fire_list,
    get_schedule,
    schedule_page,
    schedule_row,
)
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.schedules import (
    CalendarAnswer,
    FireRow,
    PreviewAnswer,
    PreviewRequest,
    ScheduleDetail,
    SchedulePage,
)

__all__ = ["router"]

router = new_router("schedules")
SHOWN = 5
Identifier = Annotated[str | None, Query(max_length=100)]
When = Annotated[str | None, Query(max_length=60, examples=["2026-11-24T00:00:00Z"])]


@router.get(f"{API}/schedules", response_model=SchedulePage)
def list_schedules(
    request: CurrentRequest,
    workflow: Identifier = None,
    q: Annotated[
        str, Query(max_length=100, description="text in the schedule ID, the workflow or the description")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Plain:
    """List schedules with their next fire, a page at a time."""
    page = schedule_page(request.context.database, limit=limit, cursor=cursor, q=q, workflow_id=workflow)
    return {"items": [with_overdue(row, request.now) for row in page.items], "next_cursor": page.next_cursor}


@router.post(f"{API}/schedules/preview", response_model=PreviewAnswer)
def preview(request: CurrentRequest, given: PreviewRequest) -> Plain:
    """Describe a trigger in plain English, with its next fires in UTC and in its zone. Nothing is stored."""
    zone = given.timezone or request.context.settings.timezone
    spec = given.spec()
    # The zone is checked with the spec, before a start without an offset is read in it.
    asked = changed_policies(Policies(), given.policies())
    database, name = request.context.database, given.id or ""
    preview_of(database, name, spec, zone, asked, request.now, 1, request.now)
    start = parse_moment(given.start, "start", zone) if given.start else request.now
    return plain(preview_of(database, name, spec, zone, asked, start, given.count, request.now))


@router.get(f"{API}/schedules/{{schedule}}", response_model=ScheduleDetail)
def show_schedule(
    request: CurrentRequest, schedule: str, response: Response, count: Annotated[int, Query(ge=0, le=1000)] = SHOWN
) -> Plain:
    """A schedule with its next fires."""
    found = get_schedule(request.context.database, schedule)
    response.headers["etag"] = f'"{found.planner.generation}"'
    fires = (
        coming_fires(request.context.database, found, max(found.planner.cursor or request.now, request.now), count)
        if count
        else []
    )
    return {
        **with_overdue(schedule_row(found), request.now),
        "fires": [plain(fire) for fire in with_clock_changes(fires)],
    }


@router.get(f"{API}/schedules/{{schedule}}/fires", response_model=list[FireRow])
def list_fires(
    request: CurrentRequest, schedule: str, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[Plain]:
    """The newest `limit` fires and their results, oldest first, followed by what is due and not yet planned."""
    context = request.context
    pending = pending_fire(context.database, schedule, planning_of(context.database, context.scheduler(), request.now))
    fires = [*fire_list(request.context.database, schedule, limit), *([pending] if pending else [])]
    return [plain(fire) for fire in fires[-limit:]]


@router.get(f"{API}/calendar", response_model=CalendarAnswer)
def show_calendar(
    request: CurrentRequest,
    from_: Annotated[When, Query(alias="from", description="an ISO 8601 time; default: a day ago")] = None,
    to: When = None,
    per: Annotated[Per, Query(description="by day, for at most 62 days, or by hour, for at most 3 days")] = "day",
    zone: Annotated[
        str | None, Query(max_length=100, description="the zone whose days are counted; default: TIMEZONE")
    ] = None,
    entries: Annotated[
        int, Query(ge=0, le=MOST_ENTRIES, description="the most entries; 0: the totals alone")
    ] = MOST_ENTRIES,
) -> Plain:
    """Past and coming fires of all schedules. Many fires of one schedule in a day or hour are one entry."""
    start = parse_moment(from_, "from") if from_ else request.now - timedelta(days=1)
    end = parse_moment(to, "to") if to else start + timedelta(days=7 if per == "day" else 2)
    timezone = zone or request.context.settings.timezone
    database = request.context.database
    return plain(calendar(database, start, end, request.now, per=per, timezone=timezone, entries=entries))
