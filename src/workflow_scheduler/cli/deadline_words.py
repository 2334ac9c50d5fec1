"""The deadlines of a workflow or a schedule in a few words each."""

from __future__ import annotations

from workflow_scheduler.domain.deadlines import ScheduleDeadlines, WorkflowDeadlines
from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.fields import declared_fields

__all__ = ["deadline_words"]


def deadline_words(deadlines: WorkflowDeadlines | ScheduleDeadlines) -> list[str]:
    """`start within 15m`, `finish by 06:00`: those that are given."""
    given = [(field, getattr(deadlines, field.name)) for field in declared_fields(type(deadlines))]
    return [
        field.about.shown.format(value if isinstance(value, str) else format_duration(value))
        for field, value in given
        if value is not None
    ]
