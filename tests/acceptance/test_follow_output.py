"""`scheduler runs logs`: of tasks that never started, of a workflow's last run, and of one that still runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

WAITS = """
import os, sys, time
for n in range(3):
    print("out", n, flush=True)
    sys.stderr.write("half"); sys.stderr.flush()
    while not os.path.exists(f"go{{n}}"): time.sleep(0.01)
    sys.stderr.write(f" and half {{n}}\\n"); sys.stderr.flush()
"""


def add(scheduler, code: str, *words: str) -> None:
    scheduler("task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code, *words)


@pytest.fixture
def running(scheduler, until) -> Iterator[str]:
    """The ID of a run in progress, which goes on when files `go0`, `go1` and `go2` appear."""
    scheduler("workflow", "create", "w")
    add(scheduler, WAITS)
    add(scheduler, "print('second')")
    scheduler("start")
    run_id = scheduler.json("run", "w", "--detach")["id"]
    until(lambda: "out 0" in scheduler("runs", "logs", "w").stdout)
    yield run_id
    for n in range(3):
        (scheduler.home / f"go{n}").touch()
    until(lambda: scheduler.json("runs", "show", run_id)["state"] == "succeeded")


def follow(scheduler, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "workflow_scheduler", "runs", "logs", "-f", *words],
        env={**scheduler.env, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_it_follows_until_the_run_ends(scheduler, running) -> None:
    process = follow(scheduler, "--workflow", "w")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(2)]
    for n in range(3):
        (scheduler.home / f"go{n}").touch()
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 0
    lines += rest.splitlines()
    assert lines[0] == "--- task_1 attempt 1"
    assert [line for line in lines if line.startswith("out")] == [f"out {n}" for n in range(3)]
    assert [line for line in lines if "half" in line] == [f"half and half {n}" for n in range(3)]
    assert lines[-2:] == ["--- task_2 attempt 1", "second"]
    assert f"{running} succeeded" in said


def test_as_json_each_line_is_an_object(scheduler, running) -> None:
    process = follow(scheduler, running, "--json", "--stdout")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert (first["task"], first["attempt"], first["stream"], first["text"]) == ("task_1", 1, "stdout", "out 0")
    for n in range(3):
        (scheduler.home / f"go{n}").touch()
    rest, _ = process.communicate(timeout=60)
    assert [json.loads(line)["text"] for line in rest.splitlines()] == ["out 1", "out 2", "second"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_the_run_alone(scheduler, running, number) -> None:
    process = follow(scheduler, running)
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"scheduler runs logs {running} -f" in said
    assert scheduler.json("runs", "show", running)["state"] == "running"


def test_tasks_that_never_started_say_so(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert "has no run yet" in scheduler("runs", "logs", "--workflow", "w", code=3).stderr
    add(scheduler, "import sys; sys.exit(3)")
    add(scheduler, "print('two')")
    scheduler("run", "w", code=1)
    run = scheduler.json("runs", "show", "w")
    reason = run["tasks"][1]["reason"]
    for arguments in (["last"], ["--workflow", "w"], ["w", "-f"]):
        said = scheduler("runs", "logs", *arguments).stdout
        assert f"--- task_2: never started; skipped: {reason}" in said
    assert "--- task_1 attempt 1: nothing was written" in scheduler("runs", "logs", "w", "--task", "task_1").stdout
    assert "no attempt 2" in scheduler("runs", "logs", "w", "--attempt", "2", code=3).stderr
    assert "no task 'x'" in scheduler("runs", "logs", "w", "--task", "x", code=3).stderr
    scheduler("runs", "logs", code=2)
    scheduler("runs", "logs", "last", "--workflow", "w", code=2)
