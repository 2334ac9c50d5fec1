"""Explanations: why something did not run, waits, failed or will not run."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from workflow_scheduler.operations.explanations.explain import explain
from workflow_scheduler.operations.explanations.question import Question, Situation
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.schedules.planning import planning_of
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.explanations import ExplanationAnswer

__all__ = ["router"]

router = new_router("workflows")
_Name = Annotated[str | None, Query(max_length=100)]


@router.get(f"{API}/workflows/{{workflow}}/explain", response_model=ExplanationAnswer)
def show_explanation(
    request: CurrentRequest,
    workflow: str,
    at: Annotated[str | None, Query(max_length=60)] = None,
    run: _Name = None,
    task: _Name = None,
    next: bool = False,  # noqa: A002  the parameter's name
    schedule: _Name = None,
) -> Plain:
    """Why a workflow did not run at a time, why a run or its task waits or failed, or what is due next.

    Without any of them: about the last due time that was no success. A time without an offset is in the zone of the schedule.
    """
    context = request.context
    planning = planning_of(context.database, context.scheduler(), request.now)
    situation = Situation(planning, context.settings.max_threads, context.lack_of_room(), context.settings.timezone)
    question = Question(workflow, at=at, run=run, task=task, next=next, schedule=schedule)
    return plain(explain(context.database, question, situation))
