"""What is recorded of the beginning of an attempt, as far as it can be read: another machine or a person may have written it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["readable_facts"]


def readable_facts(stored: Any) -> dict[str, Any]:
    """The parts that have the form in which `executors.attempt_facts` finds them."""
    if not isinstance(stored, dict):
        return {}
    kept = {name: value for name, value in stored.items() if name in _FORMS and _FORMS[name](value)}
    for name, fits in _NAMED.items():
        if isinstance(stored.get(name), dict):
            kept[name] = {key: value for key, value in stored[name].items() if fits(value)}
    return kept


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _size(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**63


def _parts(**forms: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(fits(value.get(name)) for name, fits in forms.items())


_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "scheduler": _text,
    "key": _text,
    "free": _size,
    "peak": _size,
    "program": _parts(path=_text),
    "script": _parts(path=_text, hash=_text, at=_text),
}
_NAMED: Mapping[str, Callable[[Any], bool]] = {
    "inputs": _parts(path=_text, size=_size, at=_text),
    "env": _text,
}
