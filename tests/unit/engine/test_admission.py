"""Nine rules keep a queued run from starting; each says why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.engine.admission import Admission, Hold, Rule

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def run(run_id: str = "r", workflow: str = "w", schedule: str | None = "w-1", **values: Any) -> Run:
    return Run(run_id, workflow, 1, RunState.QUEUED, NOW, schedule_id=schedule, **values)


def beside(*others: Run, most: int = 10, owner: int | None = None) -> Admission:
    admission = Admission(most, 0, owner)
    for other in others:
        admission.admit(other)
    return admission


@pytest.mark.parametrize(
    ("admission", "asked", "limit", "rule", "reason"),
    [
        (beside(), run(engine_id=7), None, Rule.OWNER, "It is reserved for the command that requested it."),
        (beside(owner=7), run(), None, Rule.OWNER, "It is reserved for the command that requested it."),
        (beside(run("o", "x"), most=1), run(), None, Rule.MAX_RUNS, "MAX_THREADS is 1."),
        (beside(run("o")), run(), 1, Rule.MAX_ACTIVE_RUNS, "max_active_runs of w is 1."),
        (
            beside(run("o")),
            run(exclusive=True),
            None,
            Rule.SCHEDULE_OVERLAP,
            "Runs of schedule w-1 may not overlap.",
        ),
        (
            beside(run("o", schedule=None)),
            run(exclusive=True, exclusive_scope="workflow"),
            None,
            Rule.WORKFLOW_OVERLAP,
            "Runs of w may not overlap.",
        ),
        (
            Admission(10, 0, holds={("b", "w-1"): Hold(Rule.BACKFILL_PAUSED, "Its backfill b is paused.")}),
            run(backfill_id="b"),
            None,
            Rule.BACKFILL_PAUSED,
            "Its backfill b is paused.",
        ),
        (
            Admission(10, 0, waiting=["w"]),
            run(backfill_id="b"),
            None,
            Rule.BACKFILL_GIVES_WAY,
            "A run of w that belongs to no backfill starts first.",
        ),
        (
            beside(run("o", exclusive=True)),
            run(backfill_id="b"),
            None,
            Rule.EXCLUSIVE_RUN,
            "A run of w is in progress that may not overlap with others.",
        ),
        (
            beside(run("o", schedule="w-2", exclusive=True, exclusive_scope="workflow")),
            run(backfill_id="b"),
            None,
            Rule.EXCLUSIVE_RUN,
            "A run of w is in progress that may not overlap with others.",
        ),
    ],
)
def test_each_rule_says_why(admission: Admission, asked: Run, limit: int | None, rule: Rule, reason: str) -> None:
    hold = admission.hold(asked, limit)
    assert hold is not None
    assert (hold.rule, hold.reason) == (rule, reason)


@pytest.mark.parametrize(
    ("admission", "asked", "limit"),
    [
        (beside(), run(exclusive=True), 1),
        (beside(owner=7), run(engine_id=7), None),
        (beside(run("o", "x"), most=2), run(), None),
        (beside(run("o")), run(), 2),
        (beside(run("o", "x")), run(), 1),
        (beside(run("o")), run(), None),
        (beside(run("o", schedule="w-2")), run(exclusive=True), None),
        (beside(run("o", schedule=None)), run(schedule=None, exclusive=True), None),
        (beside(run("o", "x", "x-1")), run(exclusive=True, exclusive_scope="workflow"), None),
        # These rules are for runs of backfills alone, and of one not among themselves.
        (Admission(10, 0, waiting=["w"], holds={("b", "w-1"): Hold(Rule.BACKFILL_PAUSED, "")}), run(), None),
        (beside(run("o", exclusive=True)), run(), None),
        (beside(run("o", backfill_id="b")), run(backfill_id="b"), None),
        (beside(run("o", schedule="w-2", exclusive=True)), run(backfill_id="b"), None),
        (
            Admission(10, 0, waiting=["x"], holds={("c", "w-1"): Hold(Rule.BACKFILL_PAUSED, "")}),
            run(backfill_id="b"),
            None,
        ),
    ],
)
def test_what_no_rule_holds_back_may_start(admission: Admission, asked: Run, limit: int | None) -> None:
    assert admission.hold(asked, limit) is None


def test_what_is_admitted_counts_for_the_next() -> None:
    admission = beside(most=2)
    assert admission.room == 2
    for run_id in ("a", "b"):
        assert admission.hold(run(run_id), 2) is None
        admission.admit(run(run_id))
    assert admission.room == 0
    hold = admission.hold(run("c", "x"), None)
    assert hold is not None
    assert hold.rule is Rule.MAX_RUNS
