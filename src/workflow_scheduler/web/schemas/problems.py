"""What every error looks like."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer

__all__ = ["PROBLEMS", "ProblemAnswer"]


class ProblemAnswer(Answer):
    """RFC 9457."""

    type: str = Field(examples=["urn:workflow-scheduler:outdated"])
    code: str = Field(examples=["outdated"], description="stable, for programs; the sentence in detail is for people")
    title: str = Field(examples=["Precondition Failed"])
    status: int = Field(examples=[412])
    detail: str = Field(examples=["'nightly' was changed meanwhile, to 3; look at it again, then change that."])
    about: dict[str, str] = Field(
        {}, examples=[{"workflow": "nightly"}], description="the identifiers that it concerns, by noun"
    )
    errors: list[dict[str, Any]] = Field(
        [],
        examples=[[{"line": 3, "column": 5, "message": "'comand' is not a known name here"}]],
        description="errors in a definition have line and column; errors in a request name the field",
    )


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
    }
    for code, words in (
        ("4XX", "what is wrong and what to do"),
        ("5XX", "what failed or does not respond"),
    )
}
"""For every route of the OpenAPI document."""
