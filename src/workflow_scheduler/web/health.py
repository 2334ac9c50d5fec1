"""Whether the web interface responds."""

from __future__ import annotations

__all__ = ["health"]


def health() -> dict[str, str]:
    """Whether the web interface responds. Needs no sign-in and gives no details."""
    return {"status": "ok"}
