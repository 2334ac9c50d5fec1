"""What the scheduler needs is taken from it for a while: FAULTS 12, 14, 15, 16, 17 and 18."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import databases
import psycopg
import pytest
import soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits, mounts and sh")
LOCKED_SECONDS = 60 if os.environ.get("SCHEDULER_LONG_TESTS") else 8
TICKING = (
    "id: w\ntasks:\n  - {id: a, command: sh, args: [-c, 'echo \"$RUN_ID $TASK_ID $ATTEMPT\" >> starts']}\nschedules:\n"
)
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


def test_a_full_disk_is_said_and_survived(tmp_path: Path, serving, until) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        (folder / ".env").write_text("MIN_FREE_MB=0\n")
        home = serving(folder)
        until(lambda: len(fires(home)) >= 3)
        with (folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 100_000):
                pass
        with (folder / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x"):
                pass
        time.sleep(4)  # fires fall due that find no room
        assert home.process is not None
        assert home.process.poll() is None
        (folder / "filler").unlink()
        known = len(fires(home))
        until(lambda: len(fires(home)) >= known + 3)
        until(lambda: runs(home)[0]["state"] == "succeeded" or runs(home)[1]["state"] == "succeeded")
        assert_nothing_is_lost(home)
    finally:
        home.kill()
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_below_the_guard_starts_nothing_and_says_so(tmp_path: Path, serving, until) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        (folder / ".env").write_text("MIN_FREE_MB=20\n")
        home = serving(folder)
        until(lambda: any(run["state"] == "succeeded" for run in runs(home)))
        (folder / "filler").write_bytes(b"x" * 25_000_000)
        until(lambda: "MIN_FREE_MB" in home.command("status")["lack_of_room"])
        until(lambda: "nothing more is started" in (folder / "scheduler.log").read_text(), 20)
        waiting = len(fires(home))
        until(lambda: len(fires(home)) >= waiting + 2)
        assert home.command("status")["runs_queued"] >= 2
        (folder / "filler").unlink()
        until(lambda: home.command("status")["runs_queued"] == 0)
        assert_nothing_is_lost(home)
    finally:
        home.kill()
        subprocess.run(["umount", "--lazy", folder], check=True)


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
        with psycopg.connect(template.format(name="postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE faults")
        home = serving(tmp_path / "home", template.format(name="faults"))
        for _ in range(4):
            known = len(fires(home))
            until(lambda known=known: len(fires(home)) >= known + 2)
            databases.restart(template)
        known = len(fires(home))
        until(lambda: len(fires(home)) >= known + 2)
        assert_nothing_is_lost(home)


def test_postgresql_comes_back_and_each_schedule_makes_up_as_it_says(tmp_path: Path, serving, until) -> None:
    policies = "".join(
        f"  - {{id: {one}, every: 1s, catchup: {one}, overlap: allow}}\n" for one in ("all", "latest", "none")
    )
    with databases.cluster() as template:
        with psycopg.connect(template.format(name="postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE faults")
        home = serving(tmp_path / "home", template.format(name="faults"), policies)
        until(lambda: len(fires(home, "none")) >= 2)
        databases.restart(template, away=14)  # more than the ten seconds that count as on time
        until(
            lambda: all(
                any("late" in fire["reason"] or fire["count"] > 5 for fire in fires(home, one))
                for one in ("all", "latest", "none")
            )
        )
        kinds = {one: {fire["disposition"] for fire in fires(home, one)} for one in ("all", "latest", "none")}
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
            tries = [one for task in scheduler.json("runs", "show", "r")["tasks"] for one in task["attempts"]]
            return any("Too many open files" in one["reason"] for one in tries)

        until(refused)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "r")["state"] == "succeeded")
    assert [len(task["attempts"]) for task in scheduler.json("runs", "show", "r")["tasks"]] == [1, 1]
    assert scheduler.json("status")["pid"] == pid


def test_a_script_that_somebody_kills_failed_for_that(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "sh", "--arg", "-c", "--arg", "kill -9 $$")
    run = scheduler.json("run", "w", code=1)
    assert "signal 9 (SIGKILL); somebody killed it" in run["reason"]


def test_a_script_that_the_kernel_kills_for_memory_failed_for_that(scheduler) -> None:
    group = Path("/sys/fs/cgroup/memory") / f"scheduler_test_{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text("30000000")
    except OSError:
        pytest.skip("no memory limits can be set here")
    try:
        eat = f"echo $$ > {group}/cgroup.procs; exec {sys.executable} -c 'bytearray(10**9).count(1)'"
        scheduler("workflow", "create", "w")
        scheduler("task", "add", "w", "--command", "sh", "--arg", "-c", "--arg", eat)
        run = scheduler.json("run", "w", code=1)
        assert "signal 9 (SIGKILL); the kernel reports that memory ran out" in run["reason"]
    finally:
        group.rmdir()
