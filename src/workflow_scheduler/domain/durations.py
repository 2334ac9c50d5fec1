"""Spans of time as people write them: `90`, `90s`, `5m`, `1h30m`, `2d`, `2w`."""

from __future__ import annotations

import re

from .errors import InvalidInput

__all__ = ["format_duration", "parse_duration", "with_unit"]

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WEEK = 7 * 86400
_PARTS = re.compile(
    r"(?:(?P<w>\d+(?:\.\d+)?)w)?(?:(?P<d>\d+(?:\.\d+)?)d)?(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
LONGEST = 366 * 86400.0


def parse_duration(text: str, what: str = "duration", *, unit_needed: bool = False) -> float:
    """Seconds; a number alone is seconds, unless a unit is needed. InvalidInput for anything else, and past a year."""
    compact = text.strip().lower().replace(" ", "")
    if len(compact) <= 40 and _NUMBER.fullmatch(compact):
        if unit_needed:
            raise InvalidInput(
                f"The {what} {compact!r} has no unit; write {compact}s for seconds, {compact}m for minutes or {compact}h for hours."
            )
        compact += "s"
    match = _PARTS.fullmatch(compact) if compact.isascii() and len(compact) <= 40 else None
    if not compact or match is None:
        raise InvalidInput(
            f"The {what} {text[:40]!r} is invalid; write seconds, or for example 90s, 5m, 1h30m, 2d or 2w."
        )
    seconds = sum(float(match[unit] or 0) * size for unit, size in (("w", _WEEK), *_UNITS.items()))
    if seconds > LONGEST:
        raise InvalidInput(f"The {what} {text!r} is longer than a year; choose a shorter one.")
    return seconds


def with_unit(text: str) -> str:
    """Adds the unit (seconds) to durations stored when the last number could omit it."""
    return f"{text.rstrip()}s" if text.rstrip()[-1:].isdigit() else text


def format_duration(seconds: float) -> str:
    """`1h 5m`, `12.3s`: short, for people."""
    if seconds < 60:
        return f"{seconds:.1f}s" if seconds < 10 and seconds % 1 else f"{seconds:.0f}s"
    parts = []
    left = round(seconds)
    for unit, size in _UNITS.items():
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join(parts[:2])
