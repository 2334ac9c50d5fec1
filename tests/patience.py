"""How long a test waits for what has to come."""

from __future__ import annotations

__all__ = ["PATIENCE"]

PATIENCE = 240.0
"""Seconds after which what was waited for is taken to be stuck. Long, so that no test fails because the machine is busy."""
