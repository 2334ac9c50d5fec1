"""What is asked about a workflow, and what the answer depends on besides its record."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.schedules.planning import Planning

__all__ = ["Question", "Situation"]


@dataclass(frozen=True, slots=True)
class Question:
    """`at`: a time as people write it; `run`: an ID, a unique part of it, or `last`; `task`: one of its tasks; `next`: what is
    due next. Without any of them: the last due time that was no success."""

    workflow_id: str
    at: str | None = None
    run: str | None = None
    task: str | None = None
    next: bool = False
    schedule: str | None = None

    def __post_init__(self) -> None:
        asked = [
            name
            for name, given in (("at", self.at), ("run", self.run or self.task), ("next", self.next or None))
            if given is not None
        ]
        if len(asked) > 1:
            raise InvalidInput(f"Ask by one of at, run and next, not by {' and '.join(asked)}.")
        if self.schedule is not None and (self.run or self.task):
            raise InvalidInput("A run belongs to one schedule already; leave out schedule.")


@dataclass(frozen=True, slots=True)
class Situation:
    """How things are now. `timezone`: of the home. `lack_of_room`: a sentence about a full disk."""

    planning: Planning
    max_runs: int
    lack_of_room: str
    timezone: str

    @property
    def now(self) -> datetime:
        return self.planning.now
