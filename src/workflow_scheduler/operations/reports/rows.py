"""A report, worst first."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.runs.late import LateRow
from workflow_scheduler.operations.runs.overview_rows import FailedRow, ZonedSkippedRow
from workflow_scheduler.operations.schedules.due import ScheduleDue

__all__ = ["Backup", "Change", "Counts", "Failure", "Moved", "Report", "Retried", "Slower", "UnusualOutput"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the due times of a span. `due` is the sum of the others. `made_good`: of `done`, those that a retry by hand made good.
    `not_run`: they were due, and had no run; `left_out`: by a calendar, a pause, or on request."""

    due: int
    done: int
    made_good: int
    failed: int
    unknown: int
    cancelled: int
    in_progress: int
    not_run: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Failure(FailedRow):
    """`difference`: the most surprising one from the last good run, for the first of them."""

    difference: str


@dataclass(frozen=True, slots=True)
class Retried:
    """A task that succeeded only after a retry. `runs`: in this span; `week`: in the last seven days."""

    workflow_id: str
    task_id: str
    runs: int
    attempts: int
    week: int


@dataclass(frozen=True, slots=True)
class Slower:
    """A run that succeeded and took longer than is usual on such a day. In seconds: its own, and the median."""

    workflow_id: str
    run_id: str
    seconds: float
    usual: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A fire of the next day that a calendar moves, or leaves out (`due_utc` is None)."""

    workflow_id: str
    schedule_id: str
    timezone: str
    nominal_utc: datetime
    due_utc: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class UnusualOutput:
    """An output file of a success that is much smaller or larger than usual."""

    at: datetime
    workflow_id: str
    run_id: str
    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest one. `kept`: how many are kept; 0: none is made."""

    kept: int
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    actor: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """`sentence`: the whole in one. Lists have at most `MOST` entries; `counts` has all. `others`: runs by hand, by state.
    `overdue`: due, and without a disposition yet. `coming`: due times within a day. `messages_failed`: not delivered."""

    since: datetime
    until: datetime
    sentence: str
    counts: Counts
    failed: tuple[Failure, ...]
    not_run: tuple[ZonedSkippedRow, ...]
    overdue: tuple[ScheduleDue, ...]
    late: tuple[LateRow, ...]
    unusual: tuple[UnusualOutput, ...]
    retried: tuple[Retried, ...]
    slower: tuple[Slower, ...]
    others: dict[str, int]
    next: tuple[ScheduleDue, ...]
    coming: int
    moved: tuple[Moved, ...]
    free_bytes: int
    backup: Backup
    messages_failed: int
    changes: tuple[Change, ...]

    @property
    def green(self) -> bool:
        """Whether there is nothing that anybody should look at."""
        bad = self.failed or self.not_run or self.overdue or self.late or self.unusual or self.retried
        return not (bad or self.messages_failed)
