"""Decides which queued runs may start: five rules, each with its reason. Pure: no database, no clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from workflow_scheduler.domain.policies import OverlapScope
from workflow_scheduler.domain.run import Run

__all__ = ["Admission", "Hold", "Rule"]


class Rule(StrEnum):
    """Why a run is held back."""

    OWNER = "owner"
    MAX_RUNS = "max_runs"
    MAX_ACTIVE_RUNS = "max_active_runs"
    SCHEDULE_OVERLAP = "schedule_overlap"
    WORKFLOW_OVERLAP = "workflow_overlap"


@dataclass(frozen=True, slots=True)
class Hold:
    rule: Rule
    reason: str
    """A sentence; all rules but the first concern other runs in progress."""


@dataclass(slots=True)
class Admission:
    """The runs in progress and those admitted so far. Runs are checked before they are admitted, longest waiting first.

    `owner`: the engine that starts only runs reserved for it; None starts only unreserved runs. Workflows
    and schedules in progress may be left out if the checked runs cannot overlap with them.
    """

    max_runs: int
    running: int
    owner: int | None = None
    by_workflow: Counter[str] = field(default_factory=Counter)
    schedules: set[str] = field(default_factory=set)
    workflows: set[str] = field(default_factory=set)

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
        return None

    def admit(self, run: Run) -> None:
        self.running += 1
        self.by_workflow[run.workflow_id] += 1
        self.workflows.add(run.workflow_id)
        if run.schedule_id is not None:
            self.schedules.add(run.schedule_id)
