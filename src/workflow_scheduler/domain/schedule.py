"""Schedules and their fires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from .durations import with_unit
from .fields import About, Kind, declare

__all__ = [
    "CATCHUP_LIMIT",
    "CAUGHT_UP",
    "LATE",
    "Catchup",
    "Collide",
    "Disposition",
    "DueFire",
    "Fire",
    "OnClosed",
    "Overlap",
    "OverlapScope",
    "PlannerState",
    "Policies",
    "Schedule",
    "ScheduleDefinition",
    "written",
]

CATCHUP_LIMIT = 100
"""At most this many missed fires of one schedule get a run with `catchup: all`."""


LATE = timedelta(seconds=10)
"""A fire noticed later than this was missed; the planner checks at least this often."""


CAUGHT_UP = "caught up"
"""Prefix of the reason of a run for a missed fire."""


class Catchup(StrEnum):
    """What to do about missed fires."""

    LATEST = "latest"  # one run for all of them
    ALL = "all"  # a run for each, at most CATCHUP_LIMIT
    NONE = "none"


class Overlap(StrEnum):
    """What to do when a schedule is due and its previous run has not finished."""

    QUEUE = "queue"  # wait for it; one may wait
    SKIP = "skip"
    ALLOW = "allow"  # side by side
    REPLACE = "replace"  # cancel it and start


class OverlapScope(StrEnum):
    """Which runs count as the previous one."""

    WORKFLOW = "workflow"  # every run of the workflow, however it was started
    SCHEDULE = "schedule"  # the schedule's own


class OnClosed(StrEnum):
    """What becomes of a fire on a closed day of the schedule's calendar."""

    SKIP = "skip"
    RUN = "run"
    NEXT = "next"  # on the next open day
    PREVIOUS = "previous"
    NEXT_IN_MONTH = "next_in_month"  # the modified following rule: the next, unless that is in another month


class Collide(StrEnum):
    """What becomes of a moved fire on a day that has a fire of its own."""

    COALESCE = "coalesce"
    RUN_BOTH = "run_both"


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
class Policies:
    """The policies of a schedule."""

    catchup: Catchup = declare(
        About(
            Kind.CHOICE,
            "Catch-up",
            "What to run for fires missed while the scheduler was down: latest (one run), all, or none.",
            words={"latest": "One run for all", "all": "Each of them", "none": "None"},
            shown="catch-up: {}",
        ),
        default=Catchup.LATEST,
    )
    catchup_window: float | None = declare(
        About(
            Kind.DURATION,
            "Catch-up window",
            "Ignore missed fires older than this.",
            unset="no limit",
            shown="catch-up within {}",
        ),
        default=None,
    )
    overlap: Overlap = declare(
        About(
            Kind.CHOICE,
            "Overlap",
            "If the previous run has not finished: queue, skip, allow or replace it.",
            words={
                "queue": "Queue one run",
                "skip": "Skip the fire",
                "allow": "Run both",
                "replace": "Replace the previous run",
            },
            shown="overlap: {}",
        ),
        default=Overlap.QUEUE,
    )
    overlap_scope: OverlapScope = declare(
        About(
            Kind.CHOICE,
            "Overlap scope",
            "Which runs count as the previous one: all of the workflow, or only the schedule's own.",
            words={"workflow": "Every run of the workflow", "schedule": "This schedule's own"},
            shown="overlap counts: {}",
        ),
        default=OverlapScope.WORKFLOW,
    )
    params: Mapping[str, Any] = declare(
        About(
            Kind.VALUES,
            "Parameters",
            "Values for the workflow's parameters, as NAME=value.",
            option="param",
            shown="{} parameter|{} parameters",
        ),
        factory=dict,
    )
    calendar: str | None = declare(
        About(
            Kind.IDENTIFIER,
            "Calendar",
            "The calendar whose closed days the schedule observes.",
            unset="every day is open",
            shown="calendar {}",
        ),
        default=None,
    )
    on_closed: OnClosed = declare(
        About(
            Kind.CHOICE,
            "On closed days",
            "What becomes of a fire on a closed day: skip it, run it anyway, or move it to the next or previous open day; "
            "next_in_month moves it back instead where the next open day is in another month.",
            words={
                "skip": "Skip the fire",
                "run": "Run anyway",
                "next": "Next open day",
                "previous": "Previous open day",
                "next_in_month": "Next open day of the month, otherwise the previous one",
            },
            shown="closed days: {}",
        ),
        default=OnClosed.SKIP,
    )
    collide: Collide = declare(
        About(
            Kind.CHOICE,
            "Moved onto another fire",
            "What becomes of a moved fire on a day that has a fire already: coalesce both into one run, or run_both.",
            words={"coalesce": "One run for both", "run_both": "Run both"},
            shown="moved fires: {}",
        ),
        default=Collide.COALESCE,
    )
    jitter: float = declare(
        About(
            Kind.DURATION,
            "Jitter",
            "Delay each start by up to this much: always the same delay for the same fire, and no drift.",
            highest=86400,
            shown="jitter up to {}",
        ),
        default=0.0,
    )
    from_: str | None = declare(
        About(
            Kind.TIME,
            "From",
            "No fire before this date or time of the schedule's zone.",
            unset="no limit",
            shown="from {}",
        ),
        default=None,
    )
    until: str | None = declare(
        About(
            Kind.TIME,
            "Until",
            "No fire after this time, or after the end of this date.",
            unset="no limit",
            shown="until {}",
        ),
        default=None,
    )
    paused_until: str | None = declare(
        About(
            Kind.TIME,
            "Paused until",
            "Skip the fires before this date or time, then fire again.",
            unset="not paused",
            shown="paused until {}",
        ),
        default=None,
    )
    wake: bool = declare(
        About(Kind.FLAG, "Wake Windows", "Wake Windows from sleep for a fire.", off="no-wake", shown="wakes Windows"),
        default=False,
    )
    enabled: bool = declare(About(Kind.FLAG, "Enabled", "Whether it fires.", off="paused"), default=True)


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
