"""How definitions write secrets: where each is kept, and which of them a task receives."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from workflow_scheduler.domain.secrets import Delivery

__all__ = ["Sources", "Uses"]

_MOST = 100
_USE = {
    "anyOf": [
        {"type": "string", "maxLength": 120},
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "as": {"enum": list(Delivery)}},
            "required": ["name"],
            "additionalProperties": False,
        },
    ]
}
_SOURCE = {
    "anyOf": [
        {"type": "string", "pattern": "^(env|file|store|keyring|credential):"},
        {
            "type": "object",
            "properties": {
                "command": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": _MOST},
                "timeout": {"type": ["string", "number"]},
                "keep": {"type": ["string", "number"]},
            },
            "required": ["command"],
            "additionalProperties": False,
        },
    ]
}


def _uses(value: Any) -> Any:
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part]
    parts = [value] if isinstance(value, dict) else value
    return [_use(part) for part in parts] if isinstance(parts, list) else parts


def _use(part: Any) -> Any:
    """`{name: X, as: file}` as `X:file`, the form of commands."""
    if not isinstance(part, dict) or not {"name"} <= part.keys() <= {"name", "as"}:
        return part
    delivery = part.get("as", Delivery.ENV)
    return part["name"] if delivery == Delivery.ENV else f"{part['name']}:{delivery}"


Uses = Annotated[
    list[Annotated[str, Field(max_length=120)]],
    BeforeValidator(_uses),
    WithJsonSchema({"type": "array", "items": _USE, "maxItems": _MOST}),
    Field(max_length=_MOST),
]
Sources = Annotated[
    dict[str, Annotated[Annotated[str, Field(max_length=5000)] | dict[str, Any], WithJsonSchema(_SOURCE)]],
    Field(max_length=_MOST),
]
