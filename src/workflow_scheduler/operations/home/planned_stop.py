"""A stop for a time that somebody named: until then it is no trouble that the scheduler does not run."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.json_file import read_json, write_json

__all__ = ["PlannedStop", "end_planned_stop", "plan_stop", "planned_stop"]

_NAME = "planned-stop.json"


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """Times are UTC."""

    since: datetime
    until: datetime
    by: str


def plan_stop(home: Path, stop: PlannedStop) -> None:
    """Record it, in a file: the database may be stopped, too. OSError."""
    write_json(home / _NAME, {**asdict(stop), "since": stop.since.isoformat(), "until": stop.until.isoformat()})


def planned_stop(home: Path) -> PlannedStop | None:
    """The last one, also after its time; None if the scheduler has started since."""
    found = read_json(home / _NAME)
    try:
        since, until = (datetime.fromisoformat(found[name]).astimezone(UTC) for name in ("since", "until"))
        return PlannedStop(since, until, str(found["by"])[:100])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def end_planned_stop(home: Path) -> None:
    """The scheduler starts."""
    with contextlib.suppress(OSError):
        (home / _NAME).unlink(missing_ok=True)
