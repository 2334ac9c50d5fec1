"""Sentences about what a model refuses, in terms of the format, not of the library."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from .models import (
    BusinessDayModel,
    OutputFileModel,
    ParameterModel,
    RetryModel,
    ScheduleModel,
    TaskModel,
)
from .source_map import Path

__all__ = ["meant_name", "sentences_of"]

_WORDS = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not a text",
    "list_type": "is not a list; write [one, two], or one item per line after '- '",
    "dict_type": "is not a set of names and values; write `name: value`",
    "model_type": "is not a set of names and values; write `name: value`",
    "model_attributes_type": "is not a set of names and values; write `name: value`",
}


def sentences_of(
    error: ValidationError, value: Any, model: type[BaseModel], called: Mapping[str, str] | None = None
) -> list[tuple[Path, str]]:
    """The place of each mistake in `value`, and a sentence, which names fields by their name in `called`."""
    found = [(_path_of(detail, value), detail) for detail in _meant(error)]
    return list(dict.fromkeys((path, _sentence(detail, path, model, called)) for path, detail in found))


def _meant(error: ValidationError) -> Iterator[Any]:
    """The errors without those of the other type in a union: a mapping was not meant as a path."""
    for detail in error.errors():
        if detail["loc"][-1:] != ("constrained-str",) or not isinstance(detail["input"], dict | list):
            yield detail


def _path_of(detail: Any, value: Any) -> Path:
    """The location without what pydantic adds to it: a name for each type of a union, an index in a text."""
    path: list[str | int] = []
    last = len(detail["loc"]) - 1
    for at, part in enumerate(detail["loc"]):
        missing = at == last and detail["type"] == "missing"
        if isinstance(value, list) and isinstance(part, int):
            path.append(part)
            value = value[part] if part < len(value) else None
        elif isinstance(value, dict) and isinstance(part, str) and (part in value or missing):
            path.append(part)
            value = value.get(part)
    return tuple(path)


def _sentence(error: Any, path: Path, model: type[BaseModel], called: Mapping[str, str] | None) -> str:
    names = [part for part in path if isinstance(part, str)]
    name, kind = (names[-1] if names else ""), error["type"]
    name = (called or {}).get(name, name)
    if path[:1] == ("params",) and len(names) > 2:
        name = f"{path[1]}: {name}"
    value = repr(error.get("input"))
    shown = value if len(value) <= 60 else value[:57] + "…"
    if kind == "extra_forbidden":
        meant = meant_name(path, model)
        hint = f"did you mean {meant!r}?" if meant else f"known are: {', '.join(_names_at(path[:-1], model))}."
        return f"{name!r} is not a known name here; {hint}"
    if kind == "missing":
        return f"{name!r} is missing; write `{name}: …`."
    if kind in _WORDS:
        return f"{name}: {shown} {_WORDS[kind]}."
    if kind in ("enum", "literal_error"):
        return f"{name}: {shown} is not allowed; write {error['ctx']['expected']}."
    if kind in ("too_long", "string_too_long"):
        parts = "entries" if kind == "too_long" else "characters"
        return f"{name}: more than {error['ctx']['max_length']:,} {parts}; use fewer."
    text = str(error["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        whole = not path or isinstance(path[-1], int)  # about several fields of it
        return f"{text[0].upper()}{text[1:]}." if whole else f"{name}: {text}."
    return f"{name}: {shown}: {text[0].lower()}{text[1:]}."


def meant_name(path: Path, model: type[BaseModel]) -> str:
    """The known name that the unknown one at the end of the path resembles, or an empty text."""
    near = difflib.get_close_matches(str(path[-1]), _names_at(path[:-1], model), 1)
    return near[0] if near else ""


def _names_at(path: Path, model: type[BaseModel]) -> list[str]:
    here: dict[str | int, type[BaseModel]] = {
        "retry": RetryModel,
        "schedules": ScheduleModel,
        "business_day": BusinessDayModel,
        "tasks": TaskModel,
        "output_files": OutputFileModel,
    }
    if path[:1] == ("params",):
        return list(ParameterModel.model_fields)
    for part in reversed(path):
        if part in here:
            return list(here[part].model_fields)
    return list(model.model_fields)
