"""Models of requests and answers that are made from declared fields."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflow_scheduler.definitions.kinds import KINDS
from workflow_scheduler.definitions.models import PARTS, Parameters
from workflow_scheduler.domain.fields import Declared, Kind, declared_fields

__all__ = ["answered", "requested"]

_ANSWERED: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.TIME: str,
    Kind.IDENTIFIER: str,
    Kind.FLAG: bool,
    Kind.COUNT: int,
    Kind.DURATION: float,
    Kind.NAMES: list[str],
    Kind.SOURCES: dict[str, Any],
    Kind.PATH: str,
    Kind.VARIABLES: dict[str, str],
    Kind.VALUES: dict[str, Any],
    Kind.PARAMETERS: dict[str, dict[str, Any]],
    Kind.FINISH_BY: str,
    Kind.LENGTH: float | str,
    Kind.PART: dict[str, Any],
}


def requested(kind: type[Any]) -> dict[str, Any]:
    """Fields that a request may give, each as in definitions; null gives one its default. Those of a part may be given by themselves."""
    fields: dict[str, Any] = {}
    for field in declared_fields(kind):
        if field.about.kind is Kind.PART:
            part = type(field.default)
            fields[field.name] = (PARTS[part] | None, Field(None, description=_words(field)))
            fields |= {one.alone: _requested(one) for one in declared_fields(part)}
        elif not field.needed:
            fields[field.name] = _requested(field)
    return fields


def _requested(field: Declared) -> Any:
    written = Parameters if field.about.kind is Kind.PARAMETERS else KINDS[field.about.kind].written(field)
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    return (written | None if field.optional else written), Field(default, description=_words(field))


def answered(kind: type[Any], *, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """Fields that an answer gives, all of them."""
    return {
        field.name: _answered(field) for field in declared_fields(kind) if not field.needed and field.name not in leave
    }


def _answered(field: Declared) -> Any:
    value = _ANSWERED.get(field.about.kind) or type(field.default)
    return (value | None if field.optional else value), Field(description=_words(field))


def _words(field: Declared) -> str:
    unset = f" Null: {field.about.unset}." if field.about.unset else ""
    unit = " In seconds." if field.about.kind is Kind.DURATION else ""
    return f"{field.about.help}{unit}{unset}"
