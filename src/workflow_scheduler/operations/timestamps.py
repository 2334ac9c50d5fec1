"""Times as every interface writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["iso", "signed"]


def iso(moment: datetime | None) -> str | None:
    """`2026-03-08T07:00:00Z`; fractions of a second only where there are some."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def signed(change: timedelta) -> str:
    """`+01:00`."""
    minutes = round(change.total_seconds() / 60)
    return f"{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
