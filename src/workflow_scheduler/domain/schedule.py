"""Schedules and their fires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from .durations import with_unit
from .policies import Policies
from .quick_dataclass import dataclass

__all__ = [
    "CATCHUP_LIMIT",
    "CAUGHT_UP",
    "Disposition",
    "DueFire",
    "Fire",
    "PlannerState",
    "Schedule",
    "ScheduleDefinition",
    "written",
]

CATCHUP_LIMIT = 100
"""At most this many missed fires of one schedule get a run with `catchup: all`."""


CAUGHT_UP = "caught up"
"""Prefix of the reason of a run for a missed fire."""


class Disposition(StrEnum):
    """The result of a fire."""

    QUEUED = "queued"
    COALESCED = "coalesced"
    SKIPPED_OVERLAP = "skipped_overlap"
    SKIPPED_TOO_OLD = "skipped_too_old"
    SKIPPED_PAUSED = "skipped_paused"
    SKIPPED_CALENDAR = "skipped_calendar"
    SKIPPED_REQUEST = "skipped_request"


@dataclass(frozen=True, slots=True)
class PlannerState:
    """How far the planner is with a schedule. Times are UTC."""

    generation: int = 1
    """Grows with each change, so that a planner that read an old version cannot overwrite a new one."""
    cursor: datetime | None = None
    """Every fire up to this time has a disposition."""
    next_due: datetime | None = None
    """None: paused, or never due again."""
    since: datetime | None = None
    """Fires with a nominal time up to this one do not count: they are of its past, however late they would be due."""
    skips: tuple[tuple[datetime, str], ...] = ()
    """Nominal times that a person asked to skip, each with the reason."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of one workflow. `spec` is what `triggers.parse_spec` returns."""

    id: str
    workflow_id: str
    spec: Mapping[str, Any]
    timezone: str
    policies: Policies = Policies()
    planner: PlannerState = PlannerState()
    problem: str = ""
    """A sentence about its unreadable parts, which are replaced by the defaults."""

    @property
    def enabled(self) -> bool:
        return self.policies.enabled

    @property
    def adjusted(self) -> bool:
        """Whether a fire may be due at another time than its nominal one, or not at all."""
        asked = self.policies
        return bool(
            asked.calendar or asked.jitter or asked.from_ or asked.until or asked.paused_until or self.planner.skips
        )

    def with_policies(self, **changes: Any) -> Schedule:
        return replace(self, policies=replace(self.policies, **changes))

    def at(self, cursor: datetime | None, next_due: datetime | None) -> Schedule:
        """The same, with the planner there."""
        planner = self.planner  # spelled out: planning spends much of its time here
        return replace(self, planner=PlannerState(planner.generation, cursor, next_due, planner.since, planner.skips))


@dataclass(frozen=True, slots=True)
class ScheduleDefinition:
    """A schedule as written: `spec` is not checked yet, and without an `id` it gets one from its place."""

    id: str
    spec: Mapping[str, Any]
    timezone: str | None = None
    policies: Policies = Policies()


def written(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec as a person wrote it."""
    found = {name: value for name, value in spec.items() if name != "anchor"}
    if isinstance(every := found.get("every"), str):
        found["every"] = with_unit(every)
    return found


class DueFire(NamedTuple):
    """A fire with the time at which it is due, or why it does not run; `why` also says why it was moved."""

    nominal: datetime
    due: datetime
    disposition: Disposition = Disposition.QUEUED
    why: str = ""

    @property
    def runs(self) -> bool:
        return self.disposition is Disposition.QUEUED


@dataclass(frozen=True, slots=True)
class Fire:
    """One due time of one schedule, or (with `until` and `count`) a series with the same disposition."""

    schedule_id: str
    nominal: datetime
    disposition: Disposition
    reason: str = ""
    run_id: str | None = None
    until: datetime | None = None
    count: int = 1
    due: datetime | None = None
    """When it was due, if not at its nominal time."""
