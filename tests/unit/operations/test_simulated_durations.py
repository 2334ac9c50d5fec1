"""What a simulation expects of attempts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.operations.simulations.durations import Assumption, Typical, read_assumptions

TASKS = {"nightly": ["load", "report"], "import": ["load"], "a.b": ["c"]}
HOUR = timedelta(hours=1)


def test_the_median_and_the_ninetieth_percentile() -> None:
    seconds = [timedelta(seconds=second) for second in (9, 1, 2, 3, 4, 5, 6, 7, 8, 100)]
    assert Typical.MEDIAN.of(seconds) == timedelta(seconds=5.5)
    assert Typical.MEDIAN.of(seconds[:3]) == timedelta(seconds=2)
    assert Typical.P90.of(seconds) == timedelta(seconds=9)
    assert Typical.P90.of(seconds[:1]) == timedelta(seconds=9)


def test_a_task_is_named_alone_with_its_workflow_or_by_the_only_workflow_that_it_is() -> None:
    assert read_assumptions([("load", "1h")], TASKS) == {
        ("nightly", "load"): Assumption(HOUR),
        ("import", "load"): Assumption(HOUR),
    }
    assert read_assumptions([("nightly.load", "1h")], TASKS) == {("nightly", "load"): Assumption(HOUR)}
    assert read_assumptions([("a.b.c", "1h"), ("import", "failed")], TASKS) == {
        ("a.b", "c"): Assumption(HOUR),
        ("import", "load"): Assumption(fails=True),
    }


def test_a_task_can_take_long_and_fail_then() -> None:
    for given in ([("report", "1h"), ("report", "failed")], [("report", "failed"), ("report", "1h")]):
        assert read_assumptions(given, TASKS) == {("nightly", "report"): Assumption(HOUR, fails=True)}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("laod", "1h", "There is no task 'laod' to assume anything of; did you mean 'load'?"),
        ("zzzz", "1h", "There is no task 'zzzz' to assume anything of; write TASK, or WORKFLOW.TASK."),
        ("nightly", "1h", "'nightly' is a workflow with 2 tasks; write for example nightly.load."),
        ("load", "often", "The duration assumed of load 'often' is invalid"),
        ("load", "999d", "longer than a year"),
    ],
)
def test_what_cannot_be_assumed(name: str, value: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_assumptions([(name, value)], TASKS)
    assert words in str(caught.value)
