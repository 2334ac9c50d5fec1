"""What the scheduler needs is taken from it for a while: FAULTS 12 to 18."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import databases
import pytest
import soak
from machine import MEMORY_LIMITS, find_process_limits

from workflow_scheduler.processes.start_file import read_start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits, mounts and sh")
LOCKED_SECONDS = 60 if os.environ.get("SCHEDULER_LONG_TESTS") else 8
TICKING = (
    "id: w\ntasks:\n  - {id: a, command: sh, args: [-c, 'echo \"$RUN_ID $TASK_ID $ATTEMPT\" >> starts']}\nschedules:\n"
)
CATCHUPS = ("all", "latest", "none")
ALWAYS = "  - {id: s, every: 1s, catchup: all, overlap: allow}\n"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator:
    """Makes homes whose scheduler runs and ticks each second, and ends them."""
    made: list[soak.Home] = []

    def make(folder: Path, url: str | None = None, schedules: str = ALWAYS) -> soak.Home:
        folder.mkdir(exist_ok=True)
        home = soak.Home(folder, url)
        made.append(home)
        (folder / "w.yaml").write_text(TICKING + schedules)
        home.command("workflow", "apply", str(folder / "w.yaml"))
        home.serve()
        return home

    yield make
    for home in made:
        home.kill()


def fires(home: soak.Home, schedule: str = "s") -> list[dict]:
    return home.command("fires", "list", "--schedule", schedule)


def runs(home: soak.Home) -> list[dict]:
    return home.command("runs", "list", "-n", "0")


def assert_nothing_is_lost(home: soak.Home) -> None:
    soak.drain(home, ["s"])
    found = soak.count(home, {"s": 1})
    assert (found["lost"], found["duplicate"], found["started_twice"]) == (0, 0, 0)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size at the folder, for as long as it is needed."""
    folder.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Leave no byte of the disk; `filler` is the file in the way."""
    for block in (b"x" * 100_000, b"x"):
        with (folder / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(block):
                pass


@pytest.mark.needs("root")
def test_a_full_disk_is_said_and_survived(tmp_path: Path, serving, until) -> None:
    with small_disk(tmp_path / "small", 24) as folder:
        (folder / ".env").write_text("MIN_FREE_MB=0\n")
        home = serving(folder)
        until(lambda: len(fires(home)) >= 3)
        fill(folder)
        time.sleep(4)  # fires fall due that find no room
        assert home.process is not None
        assert home.process.poll() is None
        (folder / "filler").unlink()
        known = len(fires(home))
        until(lambda: len(fires(home)) >= known + 3)
        until(lambda: runs(home)[0]["state"] == "succeeded" or runs(home)[1]["state"] == "succeeded")
        assert_nothing_is_lost(home)


@pytest.mark.needs("root")
def test_a_disk_that_fills_up_under_a_running_script_costs_output_and_no_exit_code(
    tmp_path: Path, serving, until
) -> None:
    go = tmp_path / "go"
    loud = f"echo; while [ ! -e {go} ]; do sleep 0.05; done; head -c 3000000 /dev/zero; exit 7"
    with small_disk(tmp_path / "small", 30) as folder:
        (folder / ".env").write_text("MIN_FREE_MB=5\n")
        (folder / "loud.yaml").write_text(f"id: loud\ntasks: [{{id: a, command: sh, args: [-c, '{loud}']}}]\n")
        home = serving(folder)
        try:
            home.command("workflow", "apply", str(folder / "loud.yaml"))
            until(lambda: home.command("status")["running"])
            home.command("run", "loud", "--id", "r", "--detach")
            until(lambda: list(folder.glob("attempts/r/*/stdout.log")))
            fill(folder)
            known = fires(home)
            go.touch()
            until(lambda: "MIN_FREE_MB" in home.command("status")["lack_of_room"])
            # Neither what fell due meanwhile nor the script's end finds room, and neither is given up.
            until(lambda: datetime.now(UTC) > datetime.fromisoformat(known[-1]["nominal_utc"]) + timedelta(seconds=3))
            assert home.command("runs", "show", "r")["state"] == "running"
            assert len(fires(home)) <= len(known) + 1
            (folder / "filler").unlink()
            until(lambda: home.command("runs", "show", "r")["state"] != "running")
            (attempt,) = home.command("runs", "show", "r")["tasks"][0]["attempts"]
            assert (attempt["state"], attempt["exit_code"]) == ("failed", 7)
            assert "some of its output was lost: No space left on device" in attempt["reason"]
            assert_nothing_is_lost(home)
        finally:
            home.kill()


@pytest.mark.needs("root")
def test_a_disk_below_the_guard_starts_nothing_and_says_so(tmp_path: Path, serving, until) -> None:
    with small_disk(tmp_path / "small", 40) as folder:
        (folder / ".env").write_text("MIN_FREE_MB=20\n")
        home = serving(folder)
        until(lambda: any(run["state"] == "succeeded" for run in runs(home)))
        (folder / "filler").write_bytes(b"x" * 25_000_000)
        until(lambda: "MIN_FREE_MB" in home.command("status")["lack_of_room"])
        until(lambda: "no task is started until there is room" in (folder / "scheduler.log").read_text())
        waiting = len(fires(home))
        until(lambda: len(fires(home)) >= waiting + 2)
        assert home.command("status")["runs_queued"] >= 2
        (folder / "filler").unlink()
        until(lambda: home.command("status")["runs_queued"] == 0)
        assert_nothing_is_lost(home)


def test_a_locked_database_is_waited_for(tmp_path: Path, serving, until) -> None:
    home = serving(tmp_path / "home")
    until(lambda: len(fires(home)) >= 2)
    with contextlib.closing(sqlite3.connect(tmp_path / "home/jobs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = other.execute("SELECT count(*) FROM fires").fetchone()[0]
        time.sleep(LOCKED_SECONDS)
        assert other.execute("SELECT count(*) FROM fires").fetchone()[0] == before
        other.execute("ROLLBACK")
    assert home.process is not None
    assert home.process.poll() is None
    until(lambda: len(fires(home)) >= before + LOCKED_SECONDS)
    assert_nothing_is_lost(home)


def test_postgresql_is_restarted_again_and_again(tmp_path: Path, serving, until) -> None:
    with databases.cluster() as template:
        home = serving(tmp_path / "home", databases.fresh(template))
        for _ in range(4):
            known = len(fires(home))
            until(lambda known=known: len(fires(home)) >= known + 2)
            databases.restart(template)
        known = len(fires(home))
        until(lambda: len(fires(home)) >= known + 2)
        assert_nothing_is_lost(home)


def test_postgresql_comes_back_and_each_schedule_makes_up_as_it_says(tmp_path: Path, serving, until) -> None:
    policies = "".join(
        f"  - {{id: {catchup}, every: 1s, catchup: {catchup}, overlap: allow}}\n" for catchup in CATCHUPS
    )
    with databases.cluster() as template:
        home = serving(tmp_path / "home", databases.fresh(template), policies)
        until(lambda: len(fires(home, "none")) >= 2)
        databases.restart(template, away=14)  # more than the ten seconds that count as on time

        def planned(one: str) -> list[dict]:
            """What is due just now may wait for the next pass."""
            return [fire for fire in fires(home, one) if fire["disposition"] != "pending"]

        until(
            lambda: all(
                any("late" in fire["reason"] or fire["count"] > 5 for fire in planned(catchup)) for catchup in CATCHUPS
            )
        )
        kinds = {catchup: {fire["disposition"] for fire in planned(catchup)} for catchup in CATCHUPS}
        assert kinds["all"] == {"queued"}
        assert kinds["latest"] == {"queued", "coalesced"}
        assert kinds["none"] == {"queued", "skipped_too_old"}
        soak.drain(home, kinds)
        found = soak.count(home, dict.fromkeys(kinds, 1))
        assert (found["lost"], found["duplicate"], found["started_twice"]) == (0, 0, 0)


def test_without_a_descriptor_left_what_was_refused_waits(scheduler, until) -> None:
    import resource

    (scheduler.home / "w.yaml").write_text(
        "id: w\ntasks:\n"
        "  - {id: a, command: sh, args: [-c, 'while [ ! -e go ]; do sleep 0.1; done'], depends_on: []}\n"
        "  - {id: b, command: 'true', depends_on: []}\n"
    )
    scheduler("workflow", "apply", "w.yaml")
    scheduler("workflow", "create", "first")
    scheduler("task", "add", "first", "--command", "true")
    scheduler("start")
    assert scheduler.json("run", "first")["state"] == "succeeded"  # one keeper is there, and no more can be
    pid = scheduler.json("status")["pid"]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, before[1]))
    try:
        scheduler("run", "w", "--id", "r", "--detach")

        def refused() -> bool:
            tries = [attempt for task in scheduler.json("runs", "show", "r")["tasks"] for attempt in task["attempts"]]
            return any("Too many open files" in attempt["reason"] for attempt in tries)

        until(refused)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")
    assert [len(task["attempts"]) for task in scheduler.json("runs", "show", "r")["tasks"]] == [1, 1]
    assert scheduler.json("status")["pid"] == pid


@contextlib.contextmanager
def no_further_process(pid: int) -> Iterator[None]:
    """The process cannot fork meanwhile. Root is bound by control groups only, everybody else by the limit."""
    import resource

    if os.geteuid() != 0:
        before = resource.prlimit(pid, resource.RLIMIT_NPROC)
        resource.prlimit(pid, resource.RLIMIT_NPROC, (0, before[1]))  # only root may raise the hard limit
        yield
        resource.prlimit(pid, resource.RLIMIT_NPROC, before)
        return
    root = find_process_limits()
    assert root is not None
    group = root / f"scheduler_test_{os.getpid()}"
    before = next(
        line for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines() if line.split(":")[1] in ("pids", "")
    )
    group.mkdir()
    try:
        (group / "pids.max").write_text("1")
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        (root / before.split(":")[2].lstrip("/") / "cgroup.procs").write_text(str(pid))
        group.rmdir()


@pytest.mark.needs("process limit")
def test_a_refused_fork_is_tried_again(scheduler, until) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "sh", "--arg", "-c", "--arg", "echo $RUN_ID >> starts")
    scheduler("start")
    scheduler("run", "w", "--id", "first")
    (start,) = scheduler.home.glob("attempts/first/*/start")
    keeper = read_start(str(start.parent))["keeper"]["pid"]

    def tries() -> list[dict]:
        return [attempt for task in scheduler.json("runs", "show", "r")["tasks"] for attempt in task["attempts"]]

    with no_further_process(keeper):
        scheduler("run", "w", "--id", "r", "--detach")
        until(lambda: any("Resource temporarily unavailable" in attempt["reason"] for attempt in tries()))
        assert scheduler.json("runs", "show", "r")["state"] == "running"
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")
    assert [(attempt["number"], attempt["state"]) for attempt in tries()] == [(1, "succeeded")]
    assert (scheduler.home / "starts").read_text().split() == ["first", "r"]


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written below the folder meanwhile. Root is bound by the mount only, everybody else by rights."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_read_only_home_is_one_clear_sentence_at_the_start(scheduler, fresh: bool) -> None:
    if not fresh:
        scheduler("workflow", "create", "w")
        scheduler("start")
        scheduler("stop")
    with read_only(scheduler.home):
        for word in ("start", "serve"):
            said = scheduler(word, code=5)
            assert said.stdout == ""
            assert len(said.stderr.splitlines()) == 1
            assert f"make {scheduler.home} and its files writable" in said.stderr
    scheduler("start")


def test_a_script_that_somebody_kills_failed_for_that(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "sh", "--arg", "-c", "--arg", "kill -9 $$")
    run = scheduler.json("run", "w", code=1)
    assert "signal 9 (SIGKILL); another process killed it" in run["reason"]


@pytest.mark.needs("memory limit")
def test_a_script_that_the_kernel_kills_for_memory_failed_for_that(scheduler) -> None:
    group = MEMORY_LIMITS / f"scheduler_test_{os.getpid()}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text("30000000")
        eat = f"echo $$ > {group}/cgroup.procs; exec {sys.executable} -c 'bytearray(10**9).count(1)'"
        scheduler("workflow", "create", "w")
        scheduler("task", "add", "w", "--command", "sh", "--arg", "-c", "--arg", eat)
        run = scheduler.json("run", "w", code=1)
        assert "signal 9 (SIGKILL); the kernel ran out of memory" in run["reason"]
    finally:
        group.rmdir()
