"""When a fire is late."""

from __future__ import annotations

from datetime import timedelta

__all__ = ["LATE"]

LATE = timedelta(seconds=10)
"""A fire noticed later than this was missed; the planner checks at least this often."""
