"""Identifiers: what may be one, and how the next free one is made up."""

from __future__ import annotations

import re
from collections.abc import Container

from .errors import InvalidInput

__all__ = ["MAX_LENGTH", "PATTERN", "check_identifier", "first_unused"]

MAX_LENGTH = 100
PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
_ALLOWED = re.compile(PATTERN, re.ASCII)
# Windows gives these names to devices, with any ending: a folder cannot be called so.
# Source: Microsoft, "Naming Files, Paths, and Namespaces".
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$", re.IGNORECASE)


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
    if _DEVICES.match(text):
        raise InvalidInput(f"The {kind} ID {text!r} is the name of a Windows device; choose another.")
    return text


def first_unused(prefix: str, taken: Container[str]) -> str:
    """`prefix_1`, or the next number whose identifier is not in `taken`."""
    number = 1
    while f"{prefix}_{number}" in taken:
        number += 1
    return f"{prefix}_{number}"
