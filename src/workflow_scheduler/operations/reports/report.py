"""Composes the report of a span of time, from what is recorded only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.schedule import Disposition
from workflow_scheduler.operations.home.maintenance import backup_list
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.operations.runs.difference import first_change
from workflow_scheduler.operations.runs.last_lines import EXPLAINED, failed_attempt, why_of
from workflow_scheduler.operations.runs.late import late_rows
from workflow_scheduler.operations.runs.overview_rows import ZonedSkippedRow
from workflow_scheduler.operations.runs.pages import zoned_runs
from workflow_scheduler.operations.schedules.due import ScheduleDue
from workflow_scheduler.operations.schedules.skipped import skipped_row
from workflow_scheduler.storage import (
    deliveries,
    planner_pause,
    queries_due,
    queries_explanations,
    queries_reports,
    queries_runs,
)
from workflow_scheduler.storage.calendar import Group, passed_over_groups, passed_over_totals
from workflow_scheduler.storage.database import Connection, Database

from .moved import moved_fires
from .rows import Backup, Change, Counts, Failure, Report, Retried, UnusualOutput
from .slower import slower_runs

__all__ = ["MOST", "compose", "sentence"]

MOST = 50
"""The most entries of each list."""
_LOOKED_AT = 1000
"""Runs that ended badly, of which a retry may have made some good."""
_COMING = 3
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
LEFT_OUT = frozenset({Disposition.SKIPPED_PAUSED, Disposition.SKIPPED_CALENDAR, Disposition.SKIPPED_REQUEST})
"""Due times that somebody wanted to be without a run."""


def compose(
    database: Database,
    home: Path,
    since: datetime,
    now: datetime,
    *,
    free_bytes: Callable[[], int],
    backups_kept: int,
    timezone: str,
) -> Report:
    """What was due since then, what became of it, and what comes. `timezone`: of the home, for times of changed files."""
    keys: dict[str, AttemptKey | None] = {}

    def work(db: Connection) -> Report:
        runs = queries_reports.first_runs(db, since, now)
        bad = [
            run
            for run in queries_runs.ended_badly(db, since, _LOOKED_AT)
            if run.retry_of is None and run.backfill_id is None and run.queued_at >= since - queries_reports.LONGEST
        ]
        good = queries_reports.made_good(db, (run.id for run in bad), since)
        passed = Counter({state: number for _, state, number in passed_over_totals(db, (since, now))})
        counts = _counts(runs, passed, Counter(run.state.value for run in bad if run.id in good and run.schedule_id))
        failed = [run for run in bad if run.id not in good]
        keys.update({run.id: failed_attempt(db, run.id) for run in failed[:EXPLAINED]})
        groups = [group for group in passed_over_groups(db, (since, now), 4 * MOST) if group.state not in LEFT_OUT]
        late = [] if planner_pause.paused(db) else queries_due.late_schedules(db, now - LATE, MOST)
        missed = tuple(late_rows(db, now)[:MOST])
        coming = queries_due.next_schedules(db, _COMING)
        rows = Report(
            since=since,
            until=now,
            sentence="",
            counts=counts,
            failed=tuple(
                widened(row, Failure, why=None, difference=first_change(db, keys.get(row.id), timezone))
                for row in zoned_runs(db, failed[:MOST])
            ),
            not_run=_zoned(db, groups[:MOST]),
            overdue=tuple(ScheduleDue(*one[:4]) for one in late),
            late=missed,
            unusual=tuple(UnusualOutput(*row) for row in queries_reports.unusual_outputs(db, since, now, MOST)),
            retried=_retried(db, since, now),
            slower=slower_runs(db, since, now),
            others={state: number for (scheduled, state), number in sorted(runs.items()) if not scheduled},
            next=tuple(ScheduleDue(*row) for row in coming),
            coming=queries_due.due_until(db, now + _DAY),
            moved=moved_fires(db, now, now + _DAY),
            free_bytes=0,
            backup=Backup(backups_kept, None),
            messages_failed=deliveries.count_by_state(db).get("failed", 0),
            changes=_changes(db, since, now),
        )
        return replace(rows, sentence=sentence(counts, len(late), len(missed), rows.others))

    found = database.read(work)
    newest = next((backup.made_at for backup in backup_list(home)), None)
    # Files are read after the transaction, so that a slow disk does not block the checkpoint of the database's log.
    return replace(
        found,
        failed=tuple(replace(run, why=why_of(home, keys.get(run.id))) for run in found.failed),
        free_bytes=free_bytes(),
        backup=Backup(backups_kept, newest),
    )


def _counts(runs: dict[tuple[bool, str], int], passed: Counter[str], good: Counter[str]) -> Counts:
    """`good`: the runs that ended badly and were made good, by how they ended."""
    of = Counter({state: number for (scheduled, state), number in runs.items() if scheduled})
    left_out = sum(number for state, number in passed.items() if state in LEFT_OUT)
    return Counts(
        due=of.total() + passed.total(),
        done=of["succeeded"] + good.total(),
        made_good=good.total(),
        failed=of["failed"] - good["failed"],
        unknown=of["unknown"] - good["unknown"],
        cancelled=of["cancelled"],
        in_progress=of["queued"] + of["running"],
        not_run=passed.total() - left_out,
        left_out=left_out,
    )


def sentence(counts: Counts, overdue: int = 0, late: int = 0, others: Mapping[str, int] | None = None) -> str:
    """The whole in one sentence. `others`: runs by hand, by state."""
    by_hand = sum((others or {}).get(state, 0) for state in ("failed", "unknown"))
    if counts.due == 0:
        said = "Nothing was due"
    else:
        times = "due time is" if counts.due == 1 else "due times are"
        said = f"{counts.done:,} of {counts.due:,} {times} done"
    parts = [
        (counts.failed, "failed"),
        (counts.unknown, "ended with an unknown result"),
        (counts.not_run, "did not run"),
        (overdue, "overdue"),
        (late, "late or at risk"),
        (counts.cancelled, "cancelled"),
        (counts.in_progress, "in progress"),
        (counts.left_out, "left out as planned"),
        (by_hand, f"run{'' if by_hand == 1 else 's'} by hand failed"),
    ]
    rest = ", ".join(f"{number:,} {words}" for number, words in parts if number)
    return f"{said}{f'; {rest}' if rest else ''}."


def _zoned(db: Connection, groups: Collection[Group]) -> tuple[ZonedSkippedRow, ...]:
    zones = queries_due.timezones(db, {group.schedule_id for group in groups})
    return tuple(
        widened(skipped_row(group), ZonedSkippedRow, timezone=zones.get(group.schedule_id)) for group in groups
    )


def _retried(db: Connection, since: datetime, now: datetime) -> tuple[Retried, ...]:
    found = queries_reports.retried_tasks(db, since, now, MOST)
    week = queries_reports.times_retried(db, sorted({one.workflow_id for one in found}), now - _WEEK, now)
    return tuple(
        Retried(
            one.workflow_id,
            one.task_id,
            one.runs,
            one.attempts,
            max(one.runs, week.get((one.workflow_id, one.task_id), 0)),
        )
        for one in found
    )


_NO_CHANGE = re.compile(r"signed |POST \S*/(session|runs|tickets)$|scheduler (run|runs|web)\b")
"""Who signs in, or starts a run, changes nothing about the nights to come."""


def _changes(db: Connection, since: datetime, now: datetime) -> tuple[Change, ...]:
    """By people."""
    found = queries_explanations.changes_between(db, since, now, 4 * MOST)
    return tuple(Change(*one) for one in found if not _NO_CHANGE.match(one.action))[:MOST]
