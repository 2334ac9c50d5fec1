"""What all models of the API share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workflow_scheduler.domain.identifiers import MAX_LENGTH, PATTERN

__all__ = ["Answer", "Identifier", "Moment", "Request", "Text"]


def _storable(text: str) -> str:
    """A text that every database takes."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds a NUL character or half a surrogate pair; remove it")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Identifier = Annotated[str, Field(pattern=PATTERN, max_length=MAX_LENGTH, examples=["nightly"])]
Moment = Annotated[str, Field(examples=["2026-11-24T01:00:00Z"])]
"""ISO 8601 in UTC."""


class Request(BaseModel):
    """A misspelt name is an error, not something silently left out."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What operations answer, as it is; each name that they give stands in the model."""

    model_config = ConfigDict(extra="forbid")
