"""The environment variables that describe a script's run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from .placeholders import Moment
from .run import Run

__all__ = ["FACTS", "facts", "moment_of"]

FACTS = (
    "workflow_id",
    "workflow_version",
    "run_id",
    "task_id",
    "attempt",
    "schedule_id",
    "scheduled_time",
    "scheduled_date",
    "scheduled_zone",
    "due_time",
)
"""Their names as placeholders; in upper case, those of the variables."""


def facts(run: Run, task_id: str, number: int, zone: ZoneInfo) -> dict[str, str]:
    """The variables of one attempt; `zone` is that of the home, for runs without a schedule. A schedule's fire is due at
    another time than scheduled if its calendar moved it, or by its jitter."""
    nominal = run.nominal or run.queued_at
    of_run = _of_run(run.workflow_id, run.version, run.id, run.schedule_id, nominal, run.due, _zone_of(run, zone))
    return {**of_run, "TASK_ID": task_id, "ATTEMPT": str(number)}


@lru_cache(maxsize=256)
def _of_run(
    workflow_id: str,
    version: int,
    run_id: str,
    schedule_id: str | None,
    nominal: datetime,
    moved: datetime | None,
    zone: ZoneInfo,
) -> Mapping[str, str]:
    """The same for each attempt of the run."""
    due = moved or nominal
    return {
        "WORKFLOW_ID": workflow_id,
        "WORKFLOW_VERSION": str(version),
        "RUN_ID": run_id,
        "SCHEDULE_ID": schedule_id or "",
        "SCHEDULED_TIME": _text(nominal),
        "SCHEDULED_DATE": f"{nominal.astimezone(zone):%Y-%m-%d}",
        "SCHEDULED_ZONE": zone.key,
        "DUE_TIME": _text(due),
        "BUSINESS_DATE": f"{due.astimezone(zone):%Y-%m-%d}",
    }


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _zone_of(run: Run, home: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(run.timezone) if run.timezone else home
    except (KeyError, ValueError, OSError):  # no longer known to this machine
        return home


def moment_of(values: Mapping[str, str]) -> Moment:
    """What dates are computed from, from an attempt's variables."""
    return Moment(datetime.fromisoformat(values["SCHEDULED_TIME"]), ZoneInfo(values["SCHEDULED_ZONE"]))
