"""Two schedulers, each in a home of its own, on one PostgreSQL database: FAULTS 10 and 11."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import databases
import pytest
import soak
from pair import Pair
from patience import PATIENCE

from workflow_scheduler.processes.identity import alive
from workflow_scheduler.processes.start_file import read_start

if sys.platform == "win32":  # a mark would come too late: below stand signals that are no names there
    pytest.skip("its workflows are for sh, and its signals POSIX", allow_module_level=True)

SHARED = """
id: {workflow}
max_active_runs: {limit}
tasks:
  - id: a
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; echo "begin {workflow} $PWD" >> {folder}/marks;
                sleep 0.2; echo "end {workflow} $PWD" >> {folder}/marks']
schedules:
  - {{id: {workflow}, every: 1s, catchup: all, overlap: allow}}
"""
SLOW = """
id: slow
tasks:
  - id: a
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts; while [ ! -e {folder}/go ]; do sleep 0.05; done; exit 7']
    expected_exit_codes: [7]
  - id: b
    command: sh
    args: [-c, 'echo "$RUN_ID $TASK_ID $ATTEMPT" >> {folder}/starts']
"""


def begin_slow(pair, until) -> str:
    """A run of two tasks whose first script waits for a file; the first home runs it."""
    pair.apply(SLOW)
    pair.first.command("run", "slow", "--id", "r", "--detach")
    until(lambda: pair.starts() == {"r a 1": 1})
    return "r"


@pytest.fixture
def pair(tmp_path: Path, postgres: str) -> Iterator[Pair]:
    made = Pair(tmp_path, databases.fresh(postgres))
    yield made
    (tmp_path / "go").touch()
    for home in (made.first, made.second):
        home.kill()


def test_two_schedulers_share_the_work_and_its_limits(pair, until) -> None:
    for home in (pair.first, pair.second):
        (home.folder / ".env").write_text("MAX_THREADS=2\nMAX_PROCESSES=2\n")
    for workflow, limit in (("one", 1), ("two", 2), ("many", 100)):
        pair.apply(SHARED, workflow=workflow, limit=limit)
    pair.first.serve()
    pair.second.serve()

    def marks() -> list[list[str]]:
        file = pair.folder / "marks"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    until(lambda: Counter(where for kind, _, where in marks() if kind == "begin").most_common()[1:])
    until(lambda: len(marks()) > 60)
    pair.first.folder.joinpath("starts").symlink_to(pair.folder / "starts")
    soak.drain(pair.first, ["one", "two", "many"])
    found = soak.count(pair.first, {"one": 1, "two": 1, "many": 1})
    assert (found["lost"], found["duplicate"], found["started_twice"], found["unknown"]) == (0, 0, 0, 0)
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for kind, workflow, _ in marks():
        running[workflow] += 1 if kind == "begin" else -1
        most[workflow] = max(most[workflow], running[workflow])
    assert (most["one"], most["two"] <= 2) == (1, True)
    assert {run["state"] for run in pair.second.command("runs", "list", "-n", "0")} == {"succeeded"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_other_one_goes_on_with_a_script_that_runs(pair, until, how: signal.Signals) -> None:
    pair.first.serve()
    run_id = begin_slow(pair, until)
    pair.serve_hastily(pair.second)
    pair.first.process.send_signal(how)
    pair.first.process.wait(PATIENCE)
    log = pair.second.folder / "scheduler.log"
    until(lambda: log.exists() and "takes over the work" in log.read_text())
    assert pair.run(run_id)["state"] == "running"
    (pair.folder / "go").touch()
    until(lambda: pair.run(run_id)["state"] != "running")
    run = pair.run(run_id)
    assert (run["state"], [attempt["exit_code"] for attempt in run["tasks"][0]["attempts"]]) == ("succeeded", [7])
    assert pair.starts() == {"r a 1": 1, "r b 1": 1}


def test_one_that_stood_still_past_its_lease_ends_itself_and_begins_nothing(pair, until) -> None:
    pair.first.serve()
    run_id = begin_slow(pair, until)
    (start,) = pair.first.folder.glob("attempts/*/*/start")
    keeper = read_start(str(start.parent))["keeper"]
    pair.stop_first()
    try:
        pair.serve_hastily(pair.second)
        log = pair.second.folder / "scheduler.log"
        until(lambda: log.exists() and "takes over the work" in log.read_text())
        assert alive(keeper)
        (pair.folder / "go").touch()
        until(lambda: pair.run(run_id)["state"] != "running")
        # What it would report, and start, is there when it wakes up.
        pair.second.command("run", "slow", "--id", "later", "--detach")
        until(lambda: pair.run("later")["state"] == "succeeded")
        before = [pair.run(name) for name in (run_id, "later")]
    finally:
        pair.first.process.send_signal(signal.SIGCONT)
    assert pair.first.process.wait(PATIENCE) == 0
    assert "was considered dead" in (pair.first.folder / "scheduler.log").read_text()
    assert [pair.run(name) for name in (run_id, "later")] == before
    assert [run["state"] for run in before] == ["succeeded", "succeeded"]
    assert set(pair.starts().values()) == {1}
    until(lambda: not alive(keeper))
