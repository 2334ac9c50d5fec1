"""Parses whole numbers from untrusted input: int() accepts digits of every script, and any length."""

from __future__ import annotations

__all__ = ["parse_count"]

LONGEST = 18
"""The most digits that every database can store."""


def parse_count(text: str) -> int | None:
    """The non-negative number; None for anything but a few of the digits 0 to 9."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
