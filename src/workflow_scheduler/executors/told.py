"""Checks what a worker reports before anything relies on it: its machine may be broken, or another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.processes.start_file import STREAMS

from .base import Report

__all__ = ["LONGEST_REASON", "told_values"]

LONGEST_REASON = 10_000
"""Characters of a reason that are read."""
_ENDS = frozenset(
    {
        AttemptState.SUCCEEDED,
        AttemptState.FAILED,
        AttemptState.TIMED_OUT,
        AttemptState.CANCELLED,
        AttemptState.UNKNOWN,
    }
)
_YEARS = range(2000, 2200)
_LONGEST_DIGEST = 64


def told_values(kind: type[Report], told: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a report's fields that were told. KeyError, TypeError or ValueError for what it cannot be."""
    names = {field.name for field in fields(kind)} & _READ.keys() & told.keys()
    values = {name: _READ[name](told[name]) for name in names}
    if values.get("script") is not None:  # kept under its digest
        _text(values["facts"]["script"]["hash"], _LONGEST_DIGEST)
    return values


def _text(value: Any, longest: int | None = None) -> str:
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        raise TypeError(f"no text: {value!r:.100}")
    return value


def _whole(value: Any, bits: int = 64) -> int:
    if type(value) is not int or value.bit_length() >= bits:
        raise TypeError(f"no whole number of {bits} bits: {value!r:.100}")
    return value


def _time(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None or found.year not in _YEARS:
        raise ValueError(f"no time with its offset: {value:.100}")
    return found


def _facts(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"no facts: {value!r:.100}")
    return value


def _output(value: Any) -> Mapping[str, Any]:
    """A file, as `output_checks` describes it."""
    found = _facts(value)
    _text(found["path"])
    for name in ("proof", "reason"):
        _maybe(_text)(found[name])
    for name in ("size", "lines"):
        _maybe(_whole)(found.get(name))
    return found


def _stream(value: Any) -> str:
    if value not in STREAMS:
        raise ValueError(f"no stream: {value!r:.100}")
    return _text(value)


def _state(value: Any) -> AttemptState:
    if (state := AttemptState(value)) not in _ENDS:
        raise ValueError(f"no end: {value:.100}")
    return state


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _each(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise TypeError(f"no list: {value!r:.100}")
        return tuple(map(read, value))

    return read_all


_READ: Mapping[str, Callable[[Any], Any]] = {
    "at": _time,
    "pid": lambda value: _whole(value, 32),
    "exit_code": _maybe(_whole),
    "reason": lambda value: _text(value)[:LONGEST_REASON],
    "state": _state,
    "started_at": _maybe(_time),
    "finished_at": _maybe(_time),
    "outputs": _each(_output),
    "streams": _each(_stream),
    "facts": _maybe(_facts),
    "script": _maybe(_text),
    "seen": _maybe(_facts),
}
"""How each field is read, whatever kind of report has it."""
