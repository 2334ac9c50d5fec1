"""The environment variables that describe a script's run."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from .run import Run

__all__ = ["FACTS", "facts"]

FACTS = frozenset(
    {
        "WORKFLOW_ID",
        "WORKFLOW_VERSION",
        "RUN_ID",
        "TASK_ID",
        "ATTEMPT",
        "ATTEMPT_FOLDER",
        "SCHEDULE_ID",
        "SCHEDULED_TIME",
        "SCHEDULED_DATE",
    }
)
"""The names of all of them, with that of the attempt's folder, which its executor adds."""


def facts(run: Run, task_id: str, number: int, zone: ZoneInfo) -> dict[str, str]:
    """The variables of one attempt; `zone` is the time zone of the date."""
    due = run.nominal or run.queued_at
    return {
        "WORKFLOW_ID": run.workflow_id,
        "WORKFLOW_VERSION": str(run.version),
        "RUN_ID": run.id,
        "TASK_ID": task_id,
        "ATTEMPT": str(number),
        "SCHEDULE_ID": run.schedule_id or "",
        "SCHEDULED_TIME": due.isoformat().replace("+00:00", "Z"),
        "SCHEDULED_DATE": f"{due.astimezone(zone):%Y-%m-%d}",
    }
