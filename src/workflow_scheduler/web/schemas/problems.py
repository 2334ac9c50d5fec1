"""What every error looks like."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer

__all__ = ["PROBLEMS", "ProblemAnswer"]


class ProblemAnswer(Answer):
    """RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Precondition Failed"])
    status: int = Field(examples=[412])
    detail: str = Field(examples=["'nightly' was changed meanwhile, to 3; look at it again, then change that."])
    errors: list[dict[str, Any]] = Field(
        [],
        examples=[[{"line": 3, "column": 5, "message": "'comand' is not a name that is known here"}]],
        description="a definition's errors have line and column, a request's say where",
    )


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "what is wrong, and what to do",
        "content": {"application/problem+json": {"schema": ProblemAnswer.model_json_schema(mode="serialization")}},
    }
}
"""For every route of the OpenAPI document."""
