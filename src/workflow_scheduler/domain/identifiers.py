"""Identifiers: their rules, the next free one, and those of runs."""

from __future__ import annotations

import random
import re
from collections.abc import Container
from datetime import UTC, datetime
from functools import lru_cache

from .device_names import is_device
from .errors import InvalidInput

__all__ = ["MAX_LENGTH", "PATTERN", "check_identifier", "first_unused", "new_run_id"]

MAX_LENGTH = 100
PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
_ALLOWED = re.compile(PATTERN, re.ASCII)


def check_identifier(kind: str, text: str) -> str:
    """Return `text` if it can name a `kind` ("workflow", "task", …); InvalidInput says what is allowed."""
    if not text:
        raise InvalidInput(f"The {kind} ID is empty; use letters, digits, '_', '-' and '.'.")
    if len(text) > MAX_LENGTH:
        raise InvalidInput(f"The {kind} ID has {len(text)} characters; use at most {MAX_LENGTH}.")
    if not _ALLOWED.fullmatch(text) or text.endswith("."):
        raise InvalidInput(
            f"The {kind} ID {text!a} cannot be used; use letters, digits, '_', '-' and '.', "
            "starting with a letter, a digit or '_', and not ending with '.'."
        )
    if is_device(text):
        raise InvalidInput(f"The {kind} ID {text!r} is the name of a Windows device; choose another.")
    return text


def first_unused(prefix: str, taken: Container[str]) -> str:
    """`prefix_1`, or the next number whose identifier is not in `taken`."""
    number = 1
    while f"{prefix}_{number}" in taken:
        number += 1
    return f"{prefix}_{number}"


_LETTERS = (b"23456789abcdefghjkmnpqrstuvwxyz" * 9)[:256]
"""One character for each value; none that looks like another."""
_dice = random.Random()  # noqa: S311  identifiers must differ, and need not be secrets


def new_run_id(now: datetime) -> str:
    """Sorts by time, can be read aloud, and is unique: 31**8 per second."""
    tail = _dice.randbytes(8).translate(_LETTERS).decode()
    return f"{_stamp(now)}-{tail}"


@lru_cache(maxsize=8)
def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"
