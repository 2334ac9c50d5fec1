"""What stands in the log of an attempt that ended: its identifiers, its output files, the scripts' own words."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.engine.run_log import OUTPUT_SHOWN, RunLog
from workflow_scheduler.executors.base import Outcome

NOW = datetime(2026, 11, 28, tzinfo=UTC)
KEY = "r", "a", 1


@pytest.fixture
def written(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    journal = RunLog(logging.getLogger("test.journal"), lambda _: tmp_path)

    def write(*kinds: str, **facts: object) -> list[tuple[str, str]]:
        caplog.clear()
        events = [Event(NOW, kind, "w", "r", "a", 1, reason="why") for kind in kinds]
        journal.write(events, [Outcome(KEY, AttemptState.FAILED, "", **facts)])
        return [(record.levelname, record.getMessage()) for record in caplog.records]

    return write


WHERE = "workflow=w run=r task=a attempt=1"


def test_what_goes_its_way_is_silent_and_alike_lines_are_written_in_one(written) -> None:
    assert written("attempt.ready", "task.running", "attempt.launching", "task.succeeded") == []
    assert written("run.queued", "run.running", "run.failed", "run.unknown") == [
        ("INFO", f"{WHERE} run queued: why\n{WHERE} run running: why"),
        ("ERROR", f"{WHERE} run failed: why\n{WHERE} run unknown: why"),
    ]


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("attempt.succeeded", "INFO"),
        ("attempt.cancelled", "INFO"),
        ("attempt.failed", "ERROR"),
        ("attempt.timed_out", "ERROR"),
        ("attempt.unknown", "ERROR"),
    ],
)
def test_an_end_has_its_exit_code_and_time(written, kind: str, level: str) -> None:
    ((found, text),) = written(kind, exit_code=0, started_at=NOW, finished_at=NOW + timedelta(seconds=1.5), streams=())
    assert found == level
    assert text == f"{WHERE} {kind.replace('.', ' ').replace('_', ' ')}: why exit_code=0 seconds=1.500"


def test_an_end_has_its_output_files_and_the_end_of_its_output(written, tmp_path) -> None:
    outputs = (
        {"path": "x.csv", "proof": "changed", "reason": ""},
        {"path": "y.csv", "proof": "", "reason": "missing\x1b"},
    )
    (tmp_path / "stdout.log").write_text("a" * 200 + "\n" + "b\tc\n" + "d" * OUTPUT_SHOWN + "\n")
    ((_, text),) = written("attempt.failed", outputs=outputs)
    lines = text.splitlines()
    assert lines[0] == f"{WHERE} attempt failed: why"
    assert lines[1:3] == ["    output | x.csv: changed", "    output | y.csv: missing\\x1b"]
    assert "bytes before this are in" in lines[3]
    assert lines[-1].startswith("    stdout | d")
    assert "aaa" not in text
