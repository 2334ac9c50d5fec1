"""Moments as every surface writes them."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["iso"]


def iso(moment: datetime | None) -> str | None:
    """`2026-03-08T07:00:00Z`; fractions of a second only where there are some."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
