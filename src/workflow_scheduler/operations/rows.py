"""Rows, the results of operations, and their plain form: the dictionaries that `--json` and the API write as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from workflow_scheduler.operations.timestamps import iso

__all__ = ["Plain", "inlined", "left_out", "plain", "plain_parts", "widened"]

Plain = dict[str, Any]
"""A row as a dictionary by field name, with times as text, ready for JSON."""

_AS_THEY_ARE = (str, int, float, bool, NoneType)
_R = TypeVar("_R")


def left_out(default: Any) -> Any:
    """A field that the plain form omits while its value is `default`."""
    return field(default=default, metadata={"left_out": True})


def inlined(*leave: str) -> Any:
    """A field whose own fields stand among those of the row, without those to `leave`."""
    return field(metadata={"leave": leave})


def widened(row: Any, kind: Callable[..., _R], **more: Any) -> _R:
    """The same row with more fields."""
    return kind(**{name: getattr(row, name) for name in _form_of(row).fields}, **more)


def plain(row: Any) -> Plain:
    """The row by field name, in order; a trailing `_`, as for keywords, is dropped."""
    form = _form_of(row)
    values = dict(zip(form.names, form.values(row), strict=True))
    for name in form.made_plain:
        value = values[name]
        if value is not None:
            values[name] = iso(value) if type(value) is datetime else plain_parts(value)
    return values if form.fits else form.fitted(values)


def plain_parts(value: Any) -> Any:
    """A value with all its rows and times in plain form."""
    if is_dataclass(value):
        return plain(value)
    if isinstance(value, list | tuple):
        return [plain_parts(part) for part in value]
    if isinstance(value, dict | Mapping):
        return {name: plain_parts(part) for name, part in value.items()}
    return iso(value) if isinstance(value, datetime) else value


class _Form:
    """How rows of one type become plain; computed once because lists of runs are long."""

    def __init__(self, kind: Any) -> None:
        declared, types = fields(kind), get_type_hints(kind)
        self.fields = tuple(part.name for part in declared)
        self.names = tuple(name.rstrip("_") for name in self.fields)
        getter = attrgetter(*self.fields)
        self.values: Callable[[Any], tuple[Any, ...]] = getter if len(declared) > 1 else lambda row: (getter(row),)
        self.made_plain = tuple(
            name.rstrip("_") for name in self.fields if not all(map(_stays, get_args(types[name]) or (types[name],)))
        )
        self._left_out = {part.name: part.default for part in declared if "left_out" in part.metadata}
        self._inlined = {part.name: part.metadata["leave"] for part in declared if "leave" in part.metadata}
        self.fits = not (self._left_out or self._inlined)

    def fitted(self, values: Plain) -> Plain:
        answer: Plain = {}
        for name, value in values.items():
            if name in self._inlined:
                answer |= {part: inner for part, inner in value.items() if part not in self._inlined[name]}
            elif name not in self._left_out or value != self._left_out[name]:
                answer[name] = value
        return answer


def _stays(kind: Any) -> bool:
    """Whether JSON represents values of this type directly; a string enumeration counts as text."""
    return kind in _AS_THEY_ARE or (isinstance(kind, type) and issubclass(kind, str) and issubclass(kind, Enum))


_FORMS: dict[type, _Form] = {}


def _form_of(row: Any) -> _Form:
    kind = type(row)
    form = _FORMS.get(kind)
    return _FORMS.setdefault(kind, _Form(kind)) if form is None else form
