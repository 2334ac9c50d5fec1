"""What a schedule does with missed, simultaneous, moved and delayed fires."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .deadlines import ScheduleDeadlines
from .fields import About, Kind, declare
from .quick_dataclass import dataclass

__all__ = ["Catchup", "Collide", "OnClosed", "Overlap", "OverlapScope", "Policies"]


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
    deadlines: ScheduleDeadlines = declare(
        About(Kind.PART, "Deadlines", "When its fires are late. They take the place of the workflow's."),
        default=ScheduleDeadlines(),
    )
    wake: bool = declare(
        About(Kind.FLAG, "Wake Windows", "Wake Windows from sleep for a fire.", off="no-wake", shown="wakes Windows"),
        default=False,
    )
    enabled: bool = declare(About(Kind.FLAG, "Enabled", "Whether it fires.", off="paused"), default=True)
