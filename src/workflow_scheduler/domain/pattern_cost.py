"""Refuses regular expressions that could take very long: Python's engine tries every way to match."""

from __future__ import annotations

import re
from re import _parser  # type: ignore[attr-defined]  # its own parse is the only one that cannot differ from it
from typing import Any

from .errors import InvalidInput

__all__ = ["LONGEST_MATCHED", "check_pattern"]

LONGEST_MATCHED = 256
"""The most characters of a text that is matched."""
_LONGEST = 200
_MOST_WAYS = 20_000_000
_TOO_SLOW = "could take very long on some values; use fewer repetitions, and none of what repeats or varies itself."
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_LEAVES = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "AT", "RANGE", "CATEGORY")


def check_pattern(pattern: str) -> None:
    """InvalidInput for what is no regular expression, or one that could take very long."""
    if len(pattern) > _LONGEST:
        raise InvalidInput(f"has {len(pattern):,} characters; use at most {_LONGEST}.")
    try:
        re.compile(pattern)
        ways = _ways(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise InvalidInput(f"is no regular expression ({error}); correct it.") from None
    if ways > _MOST_WAYS:
        raise InvalidInput(_TOO_SLOW)


def _ways(parts: Any) -> int:
    """In how many ways at most the engine may try to match."""
    ways = 1
    for kind, value in parts:
        name = str(kind)
        if name in _REPEATS:
            low, high, body = value
            inner = _ways(body)
            if inner > 1 and high > 1:
                inner = _MOST_WAYS + 1 if high > LONGEST_MATCHED else inner ** min(int(high), 64)
            ways *= inner * (min(int(high), LONGEST_MATCHED) - min(int(low), LONGEST_MATCHED) + 1)
        elif name == "BRANCH":
            ways *= sum(_ways(branch) for branch in value[1])
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            ways *= _ways(value[-1] if name == "SUBPATTERN" else value)
        elif name not in _LEAVES:
            raise InvalidInput("uses a reference or looks around; write it without.")
        ways = min(ways, _MOST_WAYS + 1)
    return ways
