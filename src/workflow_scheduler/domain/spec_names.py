"""The names of the parts of a schedule's trigger, as in definitions."""

from __future__ import annotations

__all__ = ["DETAILS", "ONE_TRIGGER", "PERIODS", "SPEC", "TRIGGERS"]

TRIGGERS = ("cron", "times", "every", "interval", "at", "business_day", "at_start")
DETAILS = {"days": "times", "at_time": "every", "starting": "at_time"}
"""What belongs to another part of a spec."""
ONE_TRIGGER = "Give exactly one of cron, times, every, interval, at, business_day and at_start."
SPEC = (*TRIGGERS, *DETAILS)
"""All names of a spec that a person writes."""
PERIODS = {"week": 7, "month": 31, "quarter": 92, "year": 366}
"""Of business days, each with its most days."""
