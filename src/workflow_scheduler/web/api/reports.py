"""The report of the night."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from workflow_scheduler.operations.reports.report import compose
from workflow_scheduler.operations.reports.span import DEFAULT, parse_since
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.reports import ReportAnswer

__all__ = ["router"]

router = new_router("state")


@router.get(f"{API}/report", response_model=ReportAnswer)
def show_report(request: CurrentRequest, since: Annotated[str, Query(max_length=60)] = DEFAULT) -> Plain:
    """What became of every due time since then, worst first, and what comes.

    `since`: `yesterday 18:00`, `today 06:00`, `12h` (ago), or an ISO date or time; without an offset in the zone of the home.
    """
    context, settings = request.context, request.context.settings
    found = compose(
        context.database,
        settings.home,
        parse_since(since, request.now, settings.timezone),
        request.now,
        free_bytes=context.free_bytes,
        backups_kept=settings.backups_kept,
        timezone=settings.timezone,
    )
    return plain(found)
