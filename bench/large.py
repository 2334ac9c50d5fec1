"""100,000 schedules, and a million past runs."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ours import Home, idle

from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.engine import planner
from workflow_scheduler.storage import catalog, runs
from workflow_scheduler.storage.sql import Connection

# All of them match three in the morning, and no two are written alike.
AT_THREE = [
    f"0 {hours} {days} * *" for hours in ("3", "*/3", "1-5", "3,15") for days in ("*", "*/1", "1-31", "1-15,16-31")
]


def many_schedules(count: int) -> dict[str, float]:
    """Seconds to apply them, milliseconds to look for the next due one, seconds to plan all of them at once."""
    dice = random.Random(1)
    found: dict[str, float] = {}
    home = Home()
    found["apply"] = _apply(home, count, lambda: f"{dice.randrange(60)} {dice.randrange(24)} * * {dice.randrange(7)}")
    home.command("start")
    found["memory"], found["cpu"] = idle(home)
    home.command("stop")
    times = []
    for _ in range(20):
        began = time.perf_counter()
        home.app.database.write(
            lambda db: (planner.plan(db, datetime.now(UTC), planner.BATCH, lambda _: None), catalog.next_due(db))
        )
        times.append(time.perf_counter() - began)
    found["wake"] = statistics.median(times) * 1000
    found["away"] = _plan_all(home, datetime.now(UTC) + timedelta(days=8))
    home.app.close()
    home = Home()
    _apply(home, count, lambda: dice.choice(AT_THREE))
    at_three = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
    # Each has been planned up to the minute before, as it would be in a home that runs.
    before = {"cursor_utc": at_three - timedelta(minutes=1), "next_due_utc": at_three}
    home.app.database.write(
        lambda db: db.run("UPDATE schedules SET cursor_utc = :cursor_utc, next_due_utc = :next_due_utc", **before)
    )
    found["plan"] = _plan_all(home, at_three)
    home.app.close()
    return found


def _apply(home: Home, count: int, expression: Callable[[], str]) -> float:
    workflows = [
        {
            "id": f"w{w}",
            "tasks": [{"id": "a", "command": "/bin/true"}],
            "schedules": [{"id": f"s{w}_{n}", "cron": expression(), "overlap_scope": "schedule"} for n in range(100)],
        }
        for w in range(count // 100)
    ]
    began = time.perf_counter()
    home.apply(*workflows)
    return time.perf_counter() - began


def _plan_all(home: Home, now: datetime) -> float:
    began = time.perf_counter()
    while home.app.database.write(lambda db: planner.plan(db, now, planner.BATCH, lambda _: None)):
        pass
    return time.perf_counter() - began


def many_runs(count: int) -> dict[str, float]:
    """Milliseconds of whole commands over so many past runs, and what of it is the start of the program."""
    home = Home()
    fill(home, count)
    home.app.close()
    commands = {"runs list": ["runs", "list"], "runs show": ["runs", "show", "last"], "status": ["status"]}
    commands |= {"runs list of one workflow": ["runs", "list", "--workflow", "w3"]}
    base = whole_command(["workflow", "list"], home.env | {"SCHEDULER_HOME": _empty(home)})
    return {"base": base} | {name: whole_command(words, home.env) for name, words in commands.items()}


def _empty(home: Home) -> str:
    folder = home.folder / "empty"
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "workflow_scheduler", "workflow", "create"],
        env=home.env | {"SCHEDULER_HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return str(folder)


def fill(home: Home, count: int) -> None:
    """Twenty workflows, and finished runs of theirs, one each minute up to now, each with its task run and its attempt."""
    home.apply(*({"id": f"w{n}", "tasks": [{"id": "a", "command": "/bin/true"}]} for n in range(20)))
    now = datetime.now(UTC)
    for start in range(0, count, 20_000):
        done_runs, tasks, attempts = [], [], []
        for number in range(start, min(start + 20_000, count)):
            at = now - timedelta(minutes=count - number)
            done = {"started_at": at, "finished_at": at + timedelta(seconds=1), "reason": "exit code 0"}
            name = f"r{number:08}"
            run = Run(name, f"w{number % 20}", 1, RunState.SUCCEEDED, at, **done)
            done_runs.append(run)
            tasks.append(TaskRun(name, "a", 0, TaskRunState.SUCCEEDED, attempts=1, **done))
            attempts.append(Attempt(name, "a", 1, AttemptState.SUCCEEDED, exit_code=0, **done))

        def work(db: Connection, new=(done_runs, tasks, attempts)) -> None:
            runs.add_runs(db, new[0])
            runs.add_task_runs(db, new[1])
            runs.add_attempts(db, new[2])

        home.app.database.write(work)


def whole_command(words: list[str], env: dict[str, str] | None = None, times: int = 11) -> float:
    """The median of a command's wall-clock time in milliseconds, from its start to its end."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        command = [sys.executable, "-m", "workflow_scheduler", *words]
        done = subprocess.run(command, env=env or dict(os.environ), stdout=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 3):  # 3: status, of a scheduler that does not run
            raise subprocess.CalledProcessError(done.returncode, command)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000
