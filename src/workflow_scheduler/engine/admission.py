"""Decides which queued runs may start: nine rules, each with its reason. Pure: no database, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import field
from enum import StrEnum

from workflow_scheduler.domain.policies import OverlapScope
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run

__all__ = ["Admission", "Hold", "Rule"]


class Rule(StrEnum):
    """Why a run is held back."""

    OWNER = "owner"
    MAX_RUNS = "max_runs"
    MAX_ACTIVE_RUNS = "max_active_runs"
    SCHEDULE_OVERLAP = "schedule_overlap"
    WORKFLOW_OVERLAP = "workflow_overlap"
    BACKFILL_PAUSED = "backfill_paused"
    BACKFILL_WINDOW = "backfill_window"
    BACKFILL_GIVES_WAY = "backfill_gives_way"
    EXCLUSIVE_RUN = "exclusive_run"


@dataclass(frozen=True, slots=True)
class Hold:
    rule: Rule
    reason: str
    """A sentence."""


@dataclass(slots=True)
class Admission:
    """The runs in progress and those admitted so far. Runs are checked before they are admitted, longest waiting first.

    `owner`: the engine that starts only runs reserved for it; None starts only unreserved runs. Workflows
    and schedules in progress may be left out if the checked runs cannot overlap with them. `waiting`: the workflows that have
    a queued run of no backfill. `holds`: why backfills start no run of a schedule now.
    """

    max_runs: int
    running: int
    owner: int | None = None
    by_workflow: Counter[str] = field(default_factory=Counter)
    schedules: set[str] = field(default_factory=set)
    workflows: set[str] = field(default_factory=set)
    alone: set[str | None] = field(default_factory=set)
    """Schedules and workflows with a run in progress that allows no other beside it."""
    waiting: Collection[str] = ()
    holds: Mapping[tuple[str, str], Hold] = field(default_factory=dict)

    @property
    def room(self) -> int:
        return max(0, self.max_runs - self.running)

    def hold(self, run: Run, limit: int | None) -> Hold | None:
        """What keeps a run from starting now; None if it may start. `limit`: its workflow's max_active_runs."""
        if run.engine_id != self.owner:
            return Hold(Rule.OWNER, "It is reserved for the command that requested it.")
        if not self.room:
            return Hold(Rule.MAX_RUNS, f"MAX_THREADS is {self.max_runs}.")
        if limit is not None and self.by_workflow[run.workflow_id] >= limit:
            return Hold(Rule.MAX_ACTIVE_RUNS, f"max_active_runs of {run.workflow_id} is {limit}.")
        if run.exclusive and run.schedule_id in self.schedules:
            return Hold(Rule.SCHEDULE_OVERLAP, f"Runs of schedule {run.schedule_id} may not overlap.")
        if run.exclusive and run.exclusive_scope == OverlapScope.WORKFLOW and run.workflow_id in self.workflows:
            return Hold(Rule.WORKFLOW_OVERLAP, f"Runs of {run.workflow_id} may not overlap.")
        return None if run.backfill_id is None else self._hold_of_backfill(run, run.backfill_id)

    def _hold_of_backfill(self, run: Run, backfill_id: str) -> Hold | None:
        """A run of a backfill gives way to the others of its workflow."""
        if (hold := self.holds.get((backfill_id, run.schedule_id or ""))) is not None:
            return hold
        if run.workflow_id in self.waiting:
            return Hold(
                Rule.BACKFILL_GIVES_WAY, f"A run of {run.workflow_id} that belongs to no backfill starts first."
            )
        if {run.schedule_id, f"workflow {run.workflow_id}"} & self.alone:
            return Hold(
                Rule.EXCLUSIVE_RUN, f"A run of {run.workflow_id} is in progress that may not overlap with others."
            )
        return None

    def admit(self, run: Run) -> None:
        self.running += 1
        self.by_workflow[run.workflow_id] += 1
        self.workflows.add(run.workflow_id)
        if run.schedule_id is not None:
            self.schedules.add(run.schedule_id)
        if run.exclusive:
            whole = run.exclusive_scope == OverlapScope.WORKFLOW
            self.alone.add(f"workflow {run.workflow_id}" if whole else run.schedule_id)
