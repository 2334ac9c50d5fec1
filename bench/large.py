"""100,000 schedules, and a million past runs."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ours import Home, idle
from sqlalchemy import insert

from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.engine import planner
from workflow_scheduler.storage import catalog, runs, tables


def many_schedules(count: int) -> dict[str, float]:
    """Seconds to apply them, milliseconds to look for the next due one, seconds to plan all of them at once."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        workflows = [
            {
                "id": f"w{w}",
                "tasks": [{"id": "a", "command": "/bin/true"}],
                "schedules": [
                    {"id": f"s{w}_{n}", "cron": f"{dice.randrange(60)} {dice.randrange(24)} * * {dice.randrange(7)}"}
                    for n in range(100)
                ],
            }
            for w in range(count // 100)
        ]
        began = time.perf_counter()
        home.apply(*workflows)
        found = {"apply": time.perf_counter() - began}
        home.command("start")
        found["memory"], found["cpu"] = idle(home)
        home.command("stop")
        times = []
        for _ in range(20):
            began = time.perf_counter()
            home.app.database.write(
                lambda db: (planner.plan(db, datetime.now(UTC), lambda _: None), catalog.next_due(db))
            )
            times.append(time.perf_counter() - began)
        found["wake"] = statistics.median(times) * 1000
        later = datetime.now(UTC) + timedelta(days=8)
        began = time.perf_counter()
        while home.app.database.write(lambda db: planner.plan(db, later, lambda _: None)):
            pass
        found["plan"] = time.perf_counter() - began
        home.app.close()
    return found


def many_runs(count: int) -> dict[str, float]:
    """Milliseconds of whole commands over so many past runs, and what of it is the start of the program."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.apply(*({"id": f"w{n}", "tasks": [{"id": "a", "command": "/bin/true"}]} for n in range(20)))
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
        [sys.executable, "-m", "workflow_scheduler", "status"],
        env=home.env | {"SCHEDULER_HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return str(folder)


def fill(home: Home, count: int) -> None:
    """Finished runs, one each minute up to now, each with its task run and its attempt."""
    now = datetime.now(UTC)
    for start in range(0, count, 20_000):
        rows: dict[Any, list[dict[str, Any]]] = {tables.runs: [], tables.task_runs: [], tables.attempts: []}
        for number in range(start, min(start + 20_000, count)):
            at = now - timedelta(minutes=count - number)
            done = {"started_at": at, "finished_at": at + timedelta(seconds=1), "reason": "exit code 0"}
            name = f"r{number:08}"
            run = Run(name, f"w{number % 20}", 1, RunState.SUCCEEDED, at, **done)
            rows[tables.runs].append(runs._run_values(run))
            rows[tables.task_runs].append(
                runs._task_values(TaskRun(name, "a", 0, TaskRunState.SUCCEEDED, attempts=1, **done))
            )
            rows[tables.attempts].append(
                runs._attempt_values(Attempt(name, "a", 1, AttemptState.SUCCEEDED, exit_code=0, **done))
            )
        home.app.database.write(
            lambda db, rows=rows: [db.execute(insert(table), values) for table, values in rows.items()]
        )


def whole_command(words: list[str], env: dict[str, str] | None = None, times: int = 11) -> float:
    """The median of a command's wall-clock time in milliseconds, from its start to its end."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        command = [sys.executable, "-m", "workflow_scheduler", *words]
        subprocess.run(command, env=env or dict(os.environ), stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    json.dump(
        many_schedules(int(sys.argv[2])) if sys.argv[1] == "schedules" else many_runs(int(sys.argv[2])), sys.stdout
    )
