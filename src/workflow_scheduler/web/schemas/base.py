"""What all models of the API share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workflow_scheduler.domain.identifiers import MAX_LENGTH, PATTERN

__all__ = ["Answer", "Fields", "Identifier", "Moment", "Request", "Text"]


def _storable(text: str) -> str:
    """A text that every database takes."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains a NUL character or half a surrogate pair; remove it")
    return text


def _storable_within(value: dict[str, Any]) -> dict[str, Any]:
    """The same for every text in it, at any depth."""
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            _storable(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return value


Fields = Annotated[dict[str, Any], AfterValidator(_storable_within)]
"""Names and values, as in definitions."""
Text = Annotated[str, AfterValidator(_storable)]
Identifier = Annotated[str, Field(pattern=PATTERN, max_length=MAX_LENGTH, examples=["nightly"])]
Moment = Annotated[str, Field(examples=["2026-11-24T01:00:00Z"], json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC."""


class Request(BaseModel):
    """A misspelt name is an error, not something silently left out."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What operations answer, as it is; each name that they give stands in the model."""

    model_config = ConfigDict(extra="forbid")
