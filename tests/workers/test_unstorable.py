"""What a worker reports and PostgreSQL never takes: it holds up nothing else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import worker_rows
from workers.working import Scheduler

from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.executors.base import NotLaunched, Outcome, Report, Started
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.storage.worker_desk import PART, WorkerDesk
from workflow_scheduler.workers.contact import Contact
from workflow_scheduler.workers.reporting import Reporting
from workflow_scheduler.workers.sending import Sending

if sys.platform == "win32":
    pytest.skip("the server's socket is POSIX", allow_module_level=True)

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
ONE, TWO, THREE = (AttemptKey("r", name, 1) for name in ("a", "b", "c"))
RULE = "ALTER TABLE worker_reports ADD CONSTRAINT rule CHECK (report::text NOT LIKE '%bad%')"


@pytest.fixture
def desk(scheduling: Scheduler, tmp_path: Path) -> Iterator[WorkerDesk]:
    """Of the worker x, which has claimed three attempts."""
    made = worker_rows.desk(scheduling.database, scheduling.url, "x", tmp_path, slots=3)
    made.hello("host", {"pid": 1, "place": {}}, "1", 1)
    for key in (ONE, TWO, THREE):
        scheduling.give("x", key, "")
    assert len(made.claim(3)) == 3
    yield made
    made.database.close()


def tell(desk: WorkerDesk, until: Callable[..., Any], *reports: Report) -> None:
    """Report them together, and wait until none is left."""
    stored: list[AttemptKey] = []
    reporting = Reporting(desk, Contact(lambda: None), stored.append)
    for report in reports:
        reporting.tell(report)
    reporting.start()
    ended = [report.key for report in reports if not isinstance(report, Started)]
    until(lambda: stored == ended)
    reporting.close()


def ended(key: AttemptKey, **options: Any) -> Outcome:
    return Outcome(key, AttemptState.SUCCEEDED, "exit code 0", 0, NOW, NOW, **options)


def nested(depth: int) -> Any:
    """Deeper than JSON is written."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"script": {"path": "bad"}}, 'new row for relation "worker_reports" violates check constraint "rule"'),
        ({"inputs": nested(100_000)}, "maximum recursion depth exceeded"),
        ({"free": 10**5000}, "Exceeds the limit"),
    ],
    ids=["rule", "depth", "number"],
)
def test_one_end_that_is_refused_is_told_without_details_and_the_others_whole(
    scheduling: Scheduler,
    desk: WorkerDesk,
    until: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    facts: dict[str, Any],
    why: str,
) -> None:
    scheduling.database.write(lambda db: db.run(RULE))
    with caplog.at_level(logging.ERROR):
        tell(desk, until, ended(ONE, facts={"free": 1}), ended(TWO, facts=facts), ended(THREE, facts={"free": 3}))
    for key, free in ((ONE, 1), (THREE, 3)):
        assert scheduling.outcome(key)["facts"] == {"free": free}
    bare = scheduling.outcome(TWO)
    assert (bare["state"], bare["exit_code"], bare["facts"]) == ("succeeded", 0, None)
    assert bare["reason"].startswith(f"succeeded; the database does not take more of what its machine reported ({why}")
    assert scheduling.state(TWO) == "ended"
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"The database does not take a report of r/b/1 ({why}")
    assert line.endswith(": exit code 0")


def test_a_start_that_is_refused_is_left_out_and_a_reason_replaced(
    scheduling: Scheduler, desk: WorkerDesk, until: Callable[..., Any]
) -> None:
    rule = RULE.replace("'%bad%'", "'%\"pid\": 7%'")
    for refused in (RULE, rule.replace("rule", "other")):
        scheduling.database.write(lambda db, refused=refused: db.run(refused))  # type: ignore[misc]
    tell(desk, until, Started(ONE, NOW, 7), NotLaunched(TWO, "bad"), ended(THREE))
    assert scheduling.told(ONE) == []
    assert scheduling.state(ONE) == "claimed"
    (told,) = scheduling.told(TWO)
    assert told["reason"].startswith("the database does not take more of what its machine reported (")
    assert scheduling.state(TWO) == "waiting"
    assert scheduling.outcome(THREE)["state"] == "succeeded"


def test_output_that_is_refused_does_not_keep_its_end_back(
    scheduling: Scheduler, desk: WorkerDesk, until: Callable[..., Any], tmp_path: Path
) -> None:
    """The second of three parts is."""
    rule = f"ALTER TABLE worker_output ADD CONSTRAINT rule CHECK (position <> {PART} OR task_id <> 'a')"
    scheduling.database.write(lambda db: db.run(rule))
    sent: list[Outcome] = []
    sending = Sending(desk, Contact(lambda: None), tmp_path, sent.append)
    for key in (ONE, TWO):
        folder = attempt_folder(tmp_path, key)
        folder.mkdir(parents=True)
        (folder / "stdout.log").write_bytes(b"x" * (2 * PART + 1))
        sending.finish(ended(key))
    sending.start()
    until(lambda: len(sent) == 2)
    sending.close()
    reasons = {outcome.key: outcome.reason for outcome in sent}
    assert reasons[TWO] == "exit code 0"
    assert reasons[ONE].startswith(
        "exit code 0; some of its output was lost: the database does not take it (new row for "
    )
    assert (len(scheduling.output(ONE)), len(scheduling.output(TWO))) == (PART, 2 * PART + 1)
