"""An engine and a worker, with real commands: how a run looks from outside while it is on another machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import databases
import pytest
import worker_rows
from operated import Commands
from patience import PATIENCE
from worker_loop import Working

from workflow_scheduler.cli.show_run import show_run
from workflow_scheduler.cli.show_workers import show_detail, state_words
from workflow_scheduler.domain.explanation import Explanation
from workflow_scheduler.domain.placement import PROTOCOL, Place, WhenUnreachable
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.dependencies import Dependencies, EngineOptions
from workflow_scheduler.engine.loop import Engine
from workflow_scheduler.executors import worker as worker_module
from workflow_scheduler.executors.base import ReportTo
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.executors.placed import PlacedExecutor
from workflow_scheduler.executors.records import LocalRecords
from workflow_scheduler.executors.worker import WorkerExecutor
from workflow_scheduler.operations.condition import Holder
from workflow_scheduler.operations.explanations.explain import explain
from workflow_scheduler.operations.explanations.machines import with_placements
from workflow_scheduler.operations.explanations.question import Question, Situation
from workflow_scheduler.operations.home.doctor_home import Finding
from workflow_scheduler.operations.runs import output
from workflow_scheduler.operations.runs.detail_rows import AttemptRow, RunDetail
from workflow_scheduler.operations.runs.running import why_running
from workflow_scheduler.operations.runs.show import get_run
from workflow_scheduler.operations.runs.start import cancel_run, request_run
from workflow_scheduler.operations.schedules.planning import planning_of
from workflow_scheduler.operations.workers.doctor import examine_workers
from workflow_scheduler.operations.workers.show import show_worker
from workflow_scheduler.operations.workflows.edit import change_workflow
from workflow_scheduler.storage import workers
from workflow_scheduler.storage.database import Database

ERP = Place("erp")


class Machines:
    """A scheduler, and a worker that begins when the test says so."""

    def __init__(self, database: Database, url: str, folder: Path) -> None:
        self.database = database
        self.home = folder / "scheduler"
        self.commands = Commands(database, "UTC")
        self.desk = worker_rows.desk(database, url, "erp", folder, slots=1)
        self.worker = Working(self.desk, folder / "worker")
        self.worker.executor.limit(1)
        self.engine = self.begin()

    def begin(self) -> Engine:
        def connect(report: ReportTo) -> PlacedExecutor:
            return PlacedExecutor(
                LocalExecutor(self.home, report),
                lambda told: WorkerExecutor(self.database, self.home, told),
                report,
            )

        parts = Dependencies(
            self.database,
            connect,
            LocalRecords(self.home),
            lambda run, task_id, attempt: {"RUN_ID": run.id, "TASK_ID": task_id},
            journal=lambda _: None,
            alive=lambda identity: identity["pid"] == 1,
            free=lambda: 1_000_000,
            upkeep=lambda now, _: None,
        )
        return Engine(parts, EngineOptions("scheduler", 10, 5, {"pid": 1}))

    def make(self, *tasks: Task, **options: Any) -> None:
        now = datetime.now(UTC)
        self.commands.create_workflow("w", now)
        self.commands.change_workflow("w", lambda workflow: replace(workflow, tasks=tasks, **options), now)

    def start(self) -> str:
        return request_run(self.database, "w", datetime.now(UTC))

    def step(self) -> None:
        self.engine.inbox.take()
        self.engine.step(datetime.now(UTC))

    def until(self, true: Callable[[], object]) -> None:
        give_up = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < give_up
            self.step()
            time.sleep(0.01)

    def run(self, run_id: str) -> RunDetail:
        return get_run(self.database, self.home, run_id)

    def attempt(self, run_id: str, task: str = "a") -> AttemptRow:
        return next(found for found in self.run(run_id).tasks if found.id == task).attempts[-1]

    def state(self, run_id: str) -> str:
        """Of the first task's last attempt; empty before there is one."""
        attempts = self.run(run_id).tasks[0].attempts
        return attempts[-1].state if attempts else ""

    def explained(self, run_id: str, **asked: Any) -> Explanation:
        now = datetime.now(UTC)
        planning = planning_of(self.database, Holder(1, self.engine.id), now)
        return explain(self.database, Question("w", run=run_id, **asked), Situation(planning, 10, "", "UTC"))


@pytest.fixture
def machines(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.setattr(worker_module, "LOOK_EVERY", 0.05)
    url = databases.fresh(postgres, databases.MIGRATED)
    database = Database(url, tmp_path)
    database.open()
    made = Machines(database, url, tmp_path)
    yield made
    made.engine.close()
    made.worker.close()
    made.desk.database.close()
    worker_rows.drop_roles(database)
    database.close()
    databases.drop(postgres, url)


def introduce(machines: Machines, home: str, home_id: str) -> None:
    """The worker was started in that home."""
    machines.desk.hello("host", {"pid": 1, "home": home, "place": {"home_id": home_id}}, "1", PROTOCOL)


def shown(machines: Machines, run_id: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `runs show` prints, without spaces: long paths are folded."""
    run = with_placements(machines.database, machines.run(run_id), "UTC")
    with click.Context(click.Command("show"), obj=SimpleNamespace(home=None)):
        show_run(run, "UTC")
    return "".join(capsys.readouterr().out.split())


def unspaced(words: str) -> str:
    return "".join(words.split())


def python(task: str, code: str, **options: Any) -> Task:
    return Task(task, sys.executable, ("-c", code), **options)


UNTIL_GO = "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.02)\n"


def test_a_chain_over_two_machines(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.make(
        python("a", "import os; print(os.getcwd())"),
        python("b", "import os, sys; print(os.getcwd(), file=sys.stderr); sys.exit(3)", place=ERP),
        python("c", "", place=ERP),
    )
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.run(run_id).state == "failed")
    here, there = machines.attempt(run_id, "a"), machines.attempt(run_id, "b")
    assert (here.worker, there.worker) == (None, "erp")
    assert Path(here.stdout).read_text().strip() == str(machines.home)
    assert Path(there.stderr).read_text().strip() == str(machines.worker.home)
    assert (there.exit_code, there.reason) == (3, "exit code 3 (expected 0)")
    with click.Context(click.Command("show"), obj=SimpleNamespace(home=None)):
        show_run(machines.run(run_id), "UTC")
    shown = capsys.readouterr().out
    assert "    attempt 1: exit code 0" in shown
    assert "    attempt 1 on erp: exit code 3" in shown


def test_why_it_waits_is_explained(machines: Machines) -> None:
    machines.make(python("a", ""), place=Place(labels=("l", "sap")))
    run_id = machines.start()
    machines.until(lambda: machines.state(run_id) == "launching")

    def verdict() -> str:
        return machines.explained(run_id).verdict.partition(" waits: ")[2]

    assert verdict() == "task a waits for a machine; no worker has all of its labels (l, sap)."
    machines.database.write(lambda db: workers.set_labels(db, "erp", ["l", "sap"], 1))
    assert verdict() == "task a waits for a machine; invited, and has not joined yet: erp."
    machines.desk.hello("host", {"pid": 1, "place": {"boot": "b"}}, "1", PROTOCOL)
    machines.until(lambda: verdict() == "task a waits for a machine; erp is about to take it.")
    query = "SELECT state FROM assignments"
    machines.until(lambda: machines.database.read(lambda db: db.value(query)) == "offered")
    assert verdict() == "task a waits for a machine; erp is about to take it.", "its own slot is not another's"
    machines.worker.start()
    machines.until(lambda: machines.run(run_id).state == "succeeded")


def test_a_machine_with_a_full_slot_is_named_and_then_what_runs_there(machines: Machines) -> None:
    machines.make(python("a", UNTIL_GO, depends_on=()), python("b", UNTIL_GO, depends_on=()), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    machines.until(
        lambda: {task.attempts[-1].state for task in machines.run(run_id).tasks if task.attempts} >= {"running"}
    )
    running = "a" if machines.attempt(run_id, "a").state == "running" else "b"
    waiting = "b" if running == "a" else "a"
    found = machines.explained(run_id, task=running).verdict
    assert "it runs on machine erp" in found
    machines.until(lambda: "was taken by machine erp" in machines.explained(run_id, task=waiting).verdict)
    since = "UPDATE workers SET silent_at = '2026-11-30 02:14:00+00', heartbeat_at = '2026-11-30 02:14:00+00'"
    machines.database.write(lambda db: db.run(since))
    assert (
        "runs on machine erp, which is silent since 2026-11-30 02:14 +00:00"
        in machines.explained(run_id, task=running).verdict
    )
    verdict = machines.explained(run_id, task=waiting).verdict
    assert "silent since 2026-11-30 02:14 +00:00: whether it has started there is not known" in verdict
    machines.until(lambda: machines.attempt(run_id, running).reason == "machine erp silent since 2026-11-30 02:14:00Z")
    machines.database.write(lambda db: db.run("UPDATE workers SET silent_at = NULL, heartbeat_at = clock_timestamp()"))
    machines.until(lambda: machines.attempt(run_id, running).reason == "")
    (machines.worker.home / "go").touch()
    machines.until(lambda: machines.run(run_id).state == "succeeded")


def test_a_task_that_may_start_elsewhere_says_when_and_a_late_end_is_shown_and_does_not_count(
    machines: Machines,
) -> None:
    ten_years = timedelta(days=3650)
    unreachable = WhenUnreachable(ten_years.total_seconds(), elsewhere=True)
    machines.make(python("a", UNTIL_GO), place=Place(labels=("l",)), when_unreachable=unreachable)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.state(run_id) == "running")
    silent = "UPDATE workers SET silent_at = :since, heartbeat_at = :since"

    def fall_silent(year: int) -> None:
        since = datetime(year, 11, 30, 2, 14, tzinfo=UTC)
        machines.database.write(lambda db: db.run(silent, since=since))

    fall_silent(2026)
    words = "which is silent since 2026-11-30 02:14 +00:00 (it starts elsewhere at 2036-11-27 02:14 +00:00)"
    assert words in machines.explained(run_id).verdict
    fall_silent(2006)
    machines.until(lambda: machines.attempt(run_id).number == 2)
    machines.until(lambda: "does not count" in machines.run(run_id).tasks[0].attempts[0].reason)
    first = machines.run(run_id).tasks[0].attempts[0]
    assert first.state == "unknown"
    assert "machine erp has been silent since 2006-11-30 02:14:00Z, for more than 3650d" in first.reason
    assert "; machine erp reported later: cancelled (given up: " in first.reason
    (machines.worker.home / "go").touch()
    machines.database.write(lambda db: db.run("UPDATE workers SET heartbeat_at = clock_timestamp()"))
    machines.until(lambda: machines.run(run_id).state == "succeeded")
    assert [attempt.state for attempt in machines.run(run_id).tasks[0].attempts] == ["unknown", "succeeded"]
    events = machines.database.read(
        lambda db: db.column("SELECT kind FROM events WHERE run_id = :run_id", run_id=run_id)
    )
    assert events.count("attempt.late") == 1


def test_output_and_activity_are_seen_from_here_while_it_runs_there(machines: Machines) -> None:
    machines.make(python("a", UNTIL_GO), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.state(run_id) == "running")
    log = Path(machines.attempt(run_id).stdout)
    assert not log.exists()
    output.attempt(machines.database, machines.home, run_id, "a", 1)
    machines.until(lambda: log.exists() and log.read_text() == "begun\n")
    (look,) = why_running(machines.database, machines.home, run_id).looks
    assert (look.last_line, look.occasion) == ("begun", "now")
    assert any("python" in process.name for process in look.processes)
    (machines.worker.home / "go").touch()
    machines.until(lambda: machines.run(run_id).state == "succeeded")


def test_cancelling_ends_the_command_there(machines: Machines) -> None:
    machines.make(python("a", UNTIL_GO), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.state(run_id) == "running")
    cancel_run(machines.database, run_id, datetime.now(UTC))
    machines.until(lambda: machines.run(run_id).state == "cancelled")
    assert machines.attempt(run_id).state == "cancelled"


def test_the_next_engine_goes_on_with_what_runs_there(machines: Machines) -> None:
    machines.make(python("a", "open('count', 'a').write('x')\n" + UNTIL_GO), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.state(run_id) == "running")
    machines.engine.close()
    (machines.worker.home / "go").touch()
    machines.engine = machines.begin()
    machines.until(lambda: machines.run(run_id).state == "succeeded")
    assert (machines.worker.home / "count").read_text() == "x"
    assert Path(machines.attempt(run_id).stdout).read_text() == "begun\n"


def test_a_run_keeps_the_files_that_it_began_with(machines: Machines, tmp_path: Path) -> None:
    """Its second task starts after they were changed."""
    folder, go = tmp_path / "definitions", tmp_path / "go"
    folder.mkdir()
    (folder / "load.py").write_text(
        f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\nprint(open('x.sql').read())\n"
    )
    machines.make(*(Task(name, "load.py", place=ERP) for name in ("a", "b")))

    def started_with(text: str) -> str:
        (folder / "x.sql").write_text(text)
        now = datetime.now(UTC)
        change_workflow(machines.database, "w", lambda old: replace(old, files=("load.py", "x.sql")), now, folder)
        return machines.start()

    machines.worker.start()
    first = started_with("old")
    machines.until(lambda: machines.state(first) == "running")
    second = started_with("new")
    go.touch()
    machines.until(lambda: {machines.run(run_id).state for run_id in (first, second)} == {"succeeded"})
    for run_id, text in ((first, "old"), (second, "new")):
        for task in ("a", "b"):
            assert (machines.home / "attempts" / run_id / f"{task}.1" / "stdout.log").read_text().strip() == text


def test_an_attempt_says_which_files_it_had_and_where_they_lie(
    machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the run, on the terminal and in an explanation: the same words."""
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "load.py").write_text("import sys; sys.exit(3)")
    (folder / "x.sql").write_text("select 1")
    machines.make(Task("a", "load.py", place=ERP), python("b", "", place=Place()))
    now = datetime.now(UTC)
    change_workflow(machines.database, "w", lambda old: replace(old, files=("load.py", "x.sql")), now, folder)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.run(run_id).state == "failed")
    files = machines.attempt(run_id).files
    assert files is not None
    copy = machines.worker.home / "attempts" / run_id / "a.1" / "files"
    assert (files.count, files.size, files.folder) == (2, 31, str(copy))
    assert (copy / "x.sql").read_text() == "select 1"
    words = f"2 files, 31 bytes, bundle {files.hash[:8]}; the attempt's copy is in {copy} on machine erp until a day after its end"
    assert files.sentence == words
    assert unspaced(f"files: {words}") in shown(machines, run_id, capsys)
    (launch,) = [gate for gate in machines.explained(run_id, task="a").gates if gate.code == "launch"]
    assert launch.fact == f"task a started, attempt 1; files: {words}"
    introduce(machines, "C:\\worker", "h")
    there = machines.attempt(run_id).files
    assert there == replace(
        files,
        folder=f"C:\\worker\\attempts\\{run_id}\\a.1\\files",
        sentence=words.replace(str(copy), f"C:\\worker\\attempts\\{run_id}\\a.1\\files"),
    )
    introduce(machines, "/elsewhere", "another home")
    machines.database.write(lambda db: db.run("DELETE FROM bundles"))
    assert unspaced(
        f"files: bundle {files.hash[:8]}, which is not stored any more; the attempt's copy is in attempts/{run_id}/a.1/files in "
        "the home of machine erp until a day after its end"
    ) in shown(machines, run_id, capsys)


def test_an_attempt_without_files_says_nothing_of_them(machines: Machines, tmp_path: Path) -> None:
    """Its workflow has some, and it runs on the scheduler's machine."""
    (tmp_path / "x").touch()
    machines.make(python("a", ""), python("b", "", place=ERP))
    change_workflow(machines.database, "w", lambda old: replace(old, files=("x",)), datetime.now(UTC), tmp_path)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: machines.run(run_id).state == "succeeded")
    assert machines.attempt(run_id, "a").files is None
    assert machines.attempt(run_id, "b").files is not None


def test_what_a_machine_cannot_start_says_so_everywhere_and_is_tried_again(
    machines: Machines, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is where the folder of its attempts should be."""
    (machines.worker.home / "attempts").touch()
    machines.make(python("a", "print(1)"), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    why = "erp could not start it (the attempt's folder cannot be written: "
    machines.until(lambda: f"task a waits for a machine; {why}" in machines.explained(run_id).verdict)
    machines.until(lambda: ", and it is tried again at " in machines.explained(run_id).verdict)
    assert unspaced(f"it waits for a machine; {why}") in shown(machines, run_id, capsys)
    query = "SELECT reason FROM events WHERE run_id = :run_id AND kind = 'attempt.ready' AND reason <> ''"
    machines.until(lambda: machines.database.read(lambda db: db.column(query, run_id=run_id)))
    reason = machines.database.read(lambda db: db.column(query, run_id=run_id))[0]
    assert reason.startswith("machine erp could not start it: the attempt's folder cannot be written: ")
    (machines.worker.home / "attempts").unlink()
    machines.until(lambda: machines.run(run_id).state == "succeeded")
    assert machines.explained(run_id, task="a").verdict_code == "succeeded"


def test_what_is_cancelled_between_two_tries_never_starts(machines: Machines) -> None:
    (machines.worker.home / "attempts").touch()
    machines.make(python("a", "print(1)"), place=ERP)
    machines.worker.start()
    run_id = machines.start()
    machines.until(lambda: "could not start it" in machines.explained(run_id).verdict)
    cancel_run(machines.database, run_id, datetime.now(UTC))
    machines.until(lambda: machines.run(run_id).state == "cancelled")
    assert (machines.desk.claim(9), machines.desk.held()) == ([], [])


def test_a_machine_that_starts_nothing_says_why(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    """As what waits for it does, and what it has taken."""
    machines.make(python("a", ""), place=ERP)
    machines.desk.hello("host", {"pid": 1, "place": {"boot": "b"}}, "1", PROTOCOL)
    run_id = machines.start()
    query = "SELECT state FROM assignments"
    machines.until(lambda: machines.database.read(lambda db: db.value(query)) == "offered")
    machines.desk.claim(1)
    machines.desk.beat(datetime.now(UTC), {"lack": "Only 5 MB are free; free some space."})
    assert (
        "was taken by machine erp, which starts nothing now (Only 5 MB are free; free some space)."
        in machines.explained(run_id).verdict
    )
    other = machines.start()
    machines.until(lambda: machines.state(other) == "launching")
    words = "task a waits for a machine; starts nothing now: erp (Only 5 MB are free; free some space)."
    machines.until(lambda: machines.explained(other).verdict.endswith(words))
    found = show_worker(machines.database, "erp", datetime.now(UTC))
    assert (found.lack, state_words(found, "UTC")) == ("Only 5 MB are free; free some space", "active, starts nothing")
    show_detail(found, "UTC")
    *_, finding = examine_workers(machines.database, datetime.now(UTC))
    assert finding == Finding("erp", "problem", "starts nothing now: Only 5 MB are free", "free some space")
    assert "  Because:        Only 5 MB are free; free some space\n" in capsys.readouterr().out
