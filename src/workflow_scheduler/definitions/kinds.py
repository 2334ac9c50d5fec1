"""For each kind of field: its form in files, its value, and how the value is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from workflow_scheduler.domain.deadlines import FARTHEST_DAY, USUAL, parse_finish_by
from workflow_scheduler.domain.durations import LONGEST, parse_duration
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.expected_codes import (
    CODE,
    CODES_PATTERN,
    HIGHEST,
    LOWEST,
    MOST_CODES,
    expected_codes,
)
from workflow_scheduler.domain.fields import Declared, Kind
from workflow_scheduler.domain.identifiers import MAX_LENGTH, PATTERN
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.wall_time import normal_time

from .secret_forms import Sources, Uses

__all__ = ["KINDS", "Form", "Identifier", "Text", "duration_written", "names_written"]


def duration_written(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except InvalidInput as error:
        raise ValueError(str(error).rstrip(".")) from None


def _length(value: Any) -> Any:
    return USUAL if isinstance(value, str) and value.strip().lower() == USUAL else duration_written(value)


def _finish_by(value: Any) -> Any:
    """As one text: `06:00`, or `06:00 +1 CALENDAR`."""
    if isinstance(value, dict):
        value = _day_and_time(value)
    if not isinstance(value, str):
        return value
    try:
        return str(parse_finish_by(value))
    except InvalidInput as error:
        raise ValueError(str(error).rstrip(".")) from None


def _day_and_time(value: dict[Any, Any]) -> str:
    if not value.keys() <= {"at", "business_day", "calendar"} or "at" not in value:
        raise ValueError("write at, and for an open day business_day and calendar")
    if value.keys() == {"at"}:
        return str(value["at"])
    if len(value) < 3:
        raise ValueError("business_day counts the open days of a calendar; give both")
    return f"{value['at']} {value['business_day']} {value['calendar']}"


def _time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return normal_time(value)
    except InvalidInput as error:
        raise ValueError(str(error).rstrip(".")) from None


def _codes(value: Any) -> Any:
    """Each code as a number: pydantic would read `0-7` as -7, and `true` as 1."""
    parts = value if isinstance(value, list | tuple) else [value]
    codes: list[Any] = []
    for part in parts:
        try:
            codes += expected_codes(part) if isinstance(part, str) else [part]
        except InvalidInput as error:
            raise ValueError(str(error).rstrip(".")) from None
    return codes[: MOST_CODES + 1]  # one more than allowed, so that the error can be reported


def _whole(value: Any) -> Any:
    """Strictly: pydantic would read `0-7` as -7, and `true` as 1."""
    if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value)):
        raise PydanticCustomError("int_parsing", "is not a whole number")
    return value


def names_written(value: Any) -> Any:
    return [part for part in re.split(r"[\s,]+", value) if part] if isinstance(value, str) else value


def _words(value: Any) -> Any:
    return (
        [str(word) if isinstance(word, int | float) else word for word in value] if isinstance(value, list) else value
    )


def _scalar(value: Any) -> Any:
    """A value as a file has it: each is a text there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return [_scalar(part) for part in value] if isinstance(value, list | tuple) else value


_DURATION_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.wdhms ]+$"}]}
_CODE_SCHEMA = {
    "anyOf": [{"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}, {"type": "string", "pattern": f"^({CODE})$"}]
}
_CODES_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": _CODE_SCHEMA, "minItems": 1, "maxItems": MOST_CODES},
        {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST},
        {"type": "string", "pattern": CODES_PATTERN},
    ]
}
Identifier = Annotated[str, Field(json_schema_extra={"pattern": PATTERN, "maxLength": MAX_LENGTH})]
Text = Annotated[str, Field(max_length=32_000)]
_Duration = Annotated[
    float, BeforeValidator(duration_written), Field(ge=0, le=LONGEST, json_schema_extra=_DURATION_SCHEMA)
]
_Time = Annotated[
    str, BeforeValidator(_time), Field(max_length=60, json_schema_extra={"examples": ["2027-01-01 06:00"]})
]
_Length = Annotated[
    float | Literal["usual"],
    BeforeValidator(_length),
    WithJsonSchema({"anyOf": [*_DURATION_SCHEMA["anyOf"], {"const": USUAL}]}),
]
_FINISH_BY_SCHEMA = {
    "anyOf": [
        {"type": "string", "examples": ["06:00", "06:00 +1 bavaria"]},
        {
            "type": "object",
            "properties": {
                "at": {"type": "string"},
                "business_day": {"type": "integer", "minimum": 0, "maximum": FARTHEST_DAY},
                "calendar": {"type": "string", "pattern": PATTERN, "maxLength": MAX_LENGTH},
            },
            "required": ["at"],
            "additionalProperties": False,
        },
    ]
}
_FinishBy = Annotated[str, BeforeValidator(_finish_by), WithJsonSchema(_FINISH_BY_SCHEMA)]
_ExitCode = Annotated[int, Field(ge=LOWEST, le=HIGHEST), BeforeValidator(_whole)]
_ExitCodes = Annotated[
    list[_ExitCode], Field(min_length=1, max_length=MOST_CODES), BeforeValidator(_codes), WithJsonSchema(_CODES_SCHEMA)
]
_Name = Annotated[str, Field(max_length=100)]
_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
_Value = Annotated[
    list[Text] | Text,
    BeforeValidator(_scalar),
    WithJsonSchema({"anyOf": [_SCALAR_SCHEMA, {"type": "array", "items": _SCALAR_SCHEMA}]}),
]


def _count(field: Declared) -> Any:
    # The bounds come before the validator; otherwise the JSON Schema would lack them.
    return Annotated[int, Field(ge=field.about.lowest, le=field.about.highest), BeforeValidator(_whole)]


def _duration_of(field: Declared) -> Any:
    return _Duration if field.about.highest is None else Annotated[_Duration, Field(le=field.about.highest)]


@dataclass(frozen=True, slots=True)
class Form:
    """`written`: the type that pydantic reads. `value`: the domain's value of what it read."""

    written: Callable[[Declared], Any]
    value: Callable[[Any], Any] = lambda value: value


KINDS: dict[Kind, Form] = {
    Kind.IDENTIFIER: Form(lambda _: Identifier),
    Kind.TEXT: Form(lambda _: Text),
    Kind.PATH: Form(lambda _: Text),
    Kind.FLAG: Form(lambda _: bool),
    Kind.COUNT: Form(_count),
    Kind.FACTOR: Form(lambda field: Annotated[float, Field(ge=field.about.lowest, le=field.about.highest)]),
    Kind.DURATION: Form(_duration_of),
    Kind.TIME: Form(lambda _: _Time),
    Kind.CHOICE: Form(lambda field: type(field.default)),
    Kind.ARGUMENTS: Form(
        lambda _: Annotated[list[Text], BeforeValidator(_words)] | Text,
        value=lambda args: args if isinstance(args, str) else tuple(args),
    ),
    Kind.CODES: Form(lambda _: _ExitCodes, value=lambda codes: tuple(dict.fromkeys(codes))),
    Kind.NAMES: Form(lambda _: Annotated[list[_Name], BeforeValidator(names_written)], value=tuple),
    Kind.VALUE: Form(lambda _: _Value, value=lambda value: tuple(value) if isinstance(value, list) else value),
    Kind.WORDS: Form(
        lambda _: Annotated[
            list[Text], BeforeValidator(_scalar), WithJsonSchema({"type": "array", "items": _SCALAR_SCHEMA})
        ],
        value=tuple,
    ),
    Kind.FINISH_BY: Form(lambda _: _FinishBy),
    Kind.LENGTH: Form(lambda _: _Length),
    Kind.VALUES: Form(lambda _: dict[_Name, _Value]),
    Kind.VARIABLES: Form(lambda _: dict[Annotated[str, Field(pattern=r"^[^=\x00]+$")], Text]),
    Kind.SOURCES: Form(lambda _: Sources),
    Kind.USES: Form(lambda _: Uses, value=tuple),
}
"""Without those that are made of models: see `models`."""
