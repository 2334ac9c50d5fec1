"""Whole numbers in what others send: Python's own reading takes digits of every script, and numbers of any length."""

from __future__ import annotations

__all__ = ["parse_count"]

LONGEST = 18
"""Digits: what every database takes."""


def parse_count(text: str) -> int | None:
    """The number, from 0 on; None for anything but a few of the digits 0 to 9."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
