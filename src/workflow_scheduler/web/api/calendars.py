"""Calendars of open and closed days."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import Query, Response

from workflow_scheduler.definitions.calendars import calendars_in, read_calendar
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.wall_time import normal_date
from workflow_scheduler.operations.calendars.edit import apply_calendars, delete_calendar
from workflow_scheduler.operations.calendars.show import (
    calendar_day,
    calendar_list,
    calendar_text,
    calendar_year,
    get_calendar,
    unless_changed,
)
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, tag_of
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.calendars import (
    BusinessCalendarAnswer,
    BusinessCalendarApplied,
    BusinessCalendarDefinition,
    BusinessCalendarDocument,
    BusinessDayAnswer,
    BusinessYearAnswer,
)
from workflow_scheduler.web.schemas.workflows import DocumentText

__all__ = ["router"]

router = new_router("calendars")
ONE = f"{API}/calendars/{{calendar}}"


@router.get(f"{API}/calendars", response_model=list[BusinessCalendarAnswer])
def list_calendars(request: CurrentRequest) -> list[Plain]:
    """The calendars, and how far their days are known."""
    return [plain(row) for row in calendar_list(request.context.database)]


@router.get(ONE, response_model=BusinessYearAnswer)
def show(
    request: CurrentRequest,
    calendar: str,
    year: Annotated[int | None, Query(ge=1971, le=9998, description="default: the present one")] = None,
) -> Plain:
    """A calendar and the known days of a year, with the reason of each closed day."""
    database = request.context.database
    days = calendar_year(database, calendar, year or request.now.year)
    return {**plain(get_calendar(database, calendar)), **plain(days)}


@router.get(f"{ONE}/days/{{date}}", response_model=BusinessDayAnswer)
def check(request: CurrentRequest, calendar: str, date: str) -> Plain:
    """Whether a day is open, and why it is not."""
    day = datetime.date.fromisoformat(normal_date(date))
    return plain(calendar_day(request.context.database, calendar, day))


@router.put(ONE, response_model=BusinessCalendarApplied)
def put(request: CurrentRequest, calendar: str, given: BusinessCalendarDefinition) -> Plain:
    """Create or replace a calendar and compute its days. Schedules that observe it follow the new days from now on."""
    wanted = read_calendar({"id": calendar, **given.definition})
    if wanted.id != calendar:
        raise InvalidInput(f"The definition is of {wanted.id!r}, not of {calendar!r}; correct its id.")
    (done,) = apply_calendars(request.changing(calendar), [wanted], request.context.settings.home, request.now)
    return plain(done)


@router.get(f"{ONE}/document", response_model=BusinessCalendarDocument)
def show_document(request: CurrentRequest, calendar: str, response: Response) -> Plain:
    """A calendar as YAML."""
    text = calendar_text(request.context.database, calendar)
    response.headers["etag"] = f'"{text.tag}"'
    return {"id": text.id, "yaml": text.yaml}


@router.put(f"{ONE}/document", response_model=BusinessCalendarApplied)
def put_document(
    request: CurrentRequest, calendar: str, given: DocumentText, response: Response, if_match: IfMatch = None
) -> Plain:
    """Create the calendar, or replace the one that If-Match names, from YAML."""
    found = calendars_in(given.yaml, "<text>")
    if [one.id for one in found] != [calendar]:
        raise InvalidInput(f"The text must define the calendar {calendar!r} alone; it starts with 'kind: calendar'.")
    database = request.changing(calendar, unless_changed(calendar, tag_of(if_match)))
    (done,) = apply_calendars(database, found, request.context.settings.home, request.now)
    response.headers["etag"] = f'"{calendar_text(request.context.database, calendar).tag}"'
    return plain(done)


@router.delete(ONE, status_code=204)
def delete(request: CurrentRequest, calendar: str) -> None:
    """Delete a calendar that no schedule observes."""
    delete_calendar(request.changing(calendar), calendar)
