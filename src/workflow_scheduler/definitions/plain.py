"""Definitions as plain values, without fields at their default."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from workflow_scheduler.domain.deadlines import parse_finish_by
from workflow_scheduler.domain.fields import Kind, declared_fields
from workflow_scheduler.domain.output_file import OutputFile

__all__ = ["plain_of"]


def plain_of(thing: Any) -> dict[str, Any]:
    """The declared fields of a task, a workflow, policies or a part of them, in their order."""
    plain: dict[str, Any] = {}
    for field in declared_fields(thing.__class__):
        value = getattr(thing, field.attribute)
        if field.needed or value != field.default:
            plain[field.name] = value if value is None else _PLAIN.get(field.about.kind, _as_it_is)(value)
    return plain


def _as_it_is(value: Any) -> Any:
    return value


def _short(value: float) -> float:
    """A whole number of seconds without its point."""
    return int(value) if float(value).is_integer() else value


def _length(value: float | str) -> float | str:
    return value if isinstance(value, str) else _short(value)


def _finish_by(text: str) -> str | dict[str, Any]:
    asked = parse_finish_by(text)
    if asked.calendar is None:
        return text
    return {"at": f"{asked.hour:02}:{asked.minute:02}", "business_day": asked.business_day, "calendar": asked.calendar}


_NUMBER_OR_FLAG = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?|true|false", re.ASCII)


def _value(value: Any) -> Any:
    """As people write it: a number or a flag without quotes, if that says the same."""
    if isinstance(value, tuple | list):
        return [_value(part) for part in value]
    if not isinstance(value, str) or not _NUMBER_OR_FLAG.fullmatch(value):
        return value
    plain = json.loads(value)
    return plain if json.dumps(plain) == value else value


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items()}


_PLAIN: dict[Kind, Callable[[Any], Any]] = {
    Kind.FACTOR: _short,
    Kind.DURATION: _short,
    Kind.CHOICE: lambda choice: choice.value,
    Kind.ARGUMENTS: lambda args: args if isinstance(args, str) else list(args),
    Kind.CODES: list,
    Kind.NAMES: list,
    Kind.FILES: lambda files: [file.path if file == OutputFile(file.path) else plain_of(file) for file in files],
    Kind.VALUE: _value,
    Kind.WORDS: _value,
    Kind.VALUES: _values,
    Kind.PARAMETERS: lambda params: {name: plain_of(parameter) for name, parameter in params.items()},
    Kind.VARIABLES: dict,
    Kind.SOURCES: dict,
    Kind.USES: list,
    Kind.FINISH_BY: _finish_by,
    Kind.LENGTH: _length,
    Kind.PART: plain_of,
}
