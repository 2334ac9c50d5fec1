"""Failures that are known again."""

from __future__ import annotations

from pydantic import Field

from .base import Answer, Moment, Request, Text

__all__ = ["FailureList", "FailureNote", "NotedFailure"]


class KnownFailure(Answer):
    """The same failures of a task."""

    workflow_id: str
    task_id: str
    run_id: str = Field(description="the latest")
    line: str = Field(description="its last line")
    count: int
    first_at: Moment
    last_at: Moment
    retried: int = Field(description="how many of the newest were tried again")
    passed: int = Field(description="how many then succeeded")
    note: str = Field(description="the newest; empty: none")
    note_by: str
    note_at: Moment | None


class FailureList(Answer):
    items: list[KnownFailure]


class FailureNote(Request):
    text: Text = Field(min_length=1, max_length=1000, description="what others should know when it happens again")


class NotedFailure(Answer):
    run_id: str
    task_id: str
