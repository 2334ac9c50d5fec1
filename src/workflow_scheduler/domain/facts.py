"""The environment variables that describe a script's run."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from .run import Run

__all__ = ["facts"]


def facts(run: Run, task_id: str, number: int, zone: ZoneInfo) -> dict[str, str]:
    """The variables of one attempt; `zone` is the time zone of the dates. A schedule's fire is due at another time than
    scheduled if its calendar moved it, or by its jitter."""
    nominal = run.nominal or run.queued_at
    due = run.due or nominal
    return {
        "WORKFLOW_ID": run.workflow_id,
        "WORKFLOW_VERSION": str(run.version),
        "RUN_ID": run.id,
        "TASK_ID": task_id,
        "ATTEMPT": str(number),
        "SCHEDULE_ID": run.schedule_id or "",
        "SCHEDULED_TIME": _text(nominal),
        "SCHEDULED_DATE": f"{nominal.astimezone(zone):%Y-%m-%d}",
        "DUE_TIME": _text(due),
        "BUSINESS_DATE": f"{due.astimezone(zone):%Y-%m-%d}",
    }


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
