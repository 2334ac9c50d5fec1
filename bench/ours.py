"""This project, with everything that it records: the real command, the real scheduler, timed from its own record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from workflow_scheduler.bootstrap import App, open_app
from workflow_scheduler.operations.home.running import running_scheduler
from workflow_scheduler.operations.runs.lists import open_runs, run_list
from workflow_scheduler.operations.runs.rows import AttemptRow, RunRow
from workflow_scheduler.operations.runs.show import get_run
from workflow_scheduler.operations.runs.start import request_run

# The tasks that must show when they began print it themselves: what the record says is a little earlier.
NOW = {"command": "/bin/date", "args": ["+%s.%N"]}


class Home:
    """A fresh home, which stays until everything is measured.

    ext4 does not use an inode again for minutes after its file was deleted: among thousands of those each new file costs a
    search, and whoever is measured next seems slower by half.
    """

    def __init__(self, **settings: int) -> None:
        self.folder = folder = Path(tempfile.mkdtemp())
        self.env = {**os.environ, "SCHEDULER_HOME": str(folder), "WEB": "0", "PYTHONDONTWRITEBYTECODE": ""}
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.app: App = open_app(str(folder), create=True)

    @contextmanager
    def running(self) -> Iterator[Home]:
        """With a scheduler, which is killed at the end."""
        self.command("start")
        try:
            yield self
        finally:
            self.command("stop", "--kill")
            self.app.close()

    def command(self, *words: str) -> None:
        command = [sys.executable, "-m", "workflow_scheduler", *words]
        subprocess.run(command, env=self.env, stdout=subprocess.DEVNULL, check=True)

    def apply(self, *workflows: dict[str, Any]) -> None:
        file = self.folder / "workflows.yaml"
        file.write_text("\n---\n".join(map(json.dumps, workflows)))
        self.command("workflow", "apply", str(file))

    def run(self, workflow: str) -> str:
        return request_run(self.app.database, workflow, datetime.now(UTC))

    def wait(self, number: int) -> list[dict[str, Any]]:
        """Until so many runs are over; returns them."""
        while True:
            # A cheap question: who is measured on the same two cores must not be slowed down by being watched.
            if not any(open_runs(self.app.database).values()):
                runs = run_list(self.app.database, limit=None)
                # Some may have begun between the two questions.
                if len(runs) >= number and all(run.finished_at for run in runs):
                    if {run.state for run in runs} != {"succeeded"}:
                        raise AssertionError(runs)
                    return runs
            time.sleep(0.1)

    def printed(self, run_id: str, task: str = "a") -> float:
        return float((self.folder / "attempts" / run_id / f"{task}.1" / "stdout.log").read_text())


def seconds(run: RunRow, start: str = "queued_at") -> float:
    return float((run.finished_at - getattr(run, start)).total_seconds())


def throughput() -> dict[str, float]:
    """Chain of 50, fan-out of 200 ten at a time, and 200 runs that fall due at once."""
    true = {"command": "/bin/true"}
    found = {}
    with Home(MAX_PROCESSES=10, MAX_THREADS=200).running() as one:
        chain = {"id": "chain", "tasks": [{"id": f"t{n}", **true} for n in range(50)]}
        fan = {"id": "fan", "tasks": [{"id": f"t{n}", **true, "depends_on": []} for n in range(200)]}
        one.apply(chain, fan, {"id": "warm", "tasks": [{"id": f"t{n}", **true, "depends_on": []} for n in range(10)]})
        one.run("warm")
        one.wait(1)
        for name, measure in (("chain", lambda run: seconds(run) / 50), ("fan", lambda run: 200 / seconds(run))):
            run_id = one.run(name)
            runs = {run.id: run for run in one.wait(2 if name == "chain" else 3)}
            found["fan_out" if name == "fan" else name] = measure(runs[run_id])
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=6)
        one.apply(
            *(
                {"id": f"b{n}", "tasks": [{"id": "a", **true}], "schedules": [{"id": f"s{n}", "at": due.isoformat()}]}
                for n in range(200)
            )
        )
        ends = [run.finished_at for run in one.wait(203)]
        found["burst"] = 200 / (max(ends) - due).total_seconds()
    return found


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def start_latency(schedules: int) -> tuple[float, float]:
    """From the nominal moment of so many schedules in the same second to what their commands print, in a scheduler that
    has fired before."""
    with Home(MAX_PROCESSES=10, MAX_THREADS=1000).running() as one:
        # A first fire, which has the keepers started and the statements compiled.
        first = {"at": (datetime.now(UTC) + timedelta(seconds=2)).isoformat()}
        ten = [{"id": f"t{n}", "command": "/bin/true", "depends_on": []} for n in range(10)]
        one.apply({"id": "warm", "tasks": ten, "schedules": [first]})
        one.wait(1)
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5 + schedules // 60)
        one.apply(
            *(
                {"id": f"w{n}", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": f"s{n}", "at": due.isoformat()}]}
                for n in range(schedules)
            )
        )
        runs = [run for run in one.wait(schedules + 1) if run.workflow_id != "warm"]
        return percentiles([one.printed(run.id) - due.timestamp() for run in runs])


def one_schedule(fires: int = 60) -> tuple[float, float]:
    """The same for one schedule of every second."""
    with Home().running() as one:
        one.apply({"id": "w", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": "s", "every": "1s"}]})
        runs = one.wait(fires + 2)[:-2]  # the first ones start their keepers
        late = [one.printed(run.id) - run.nominal_utc.timestamp() for run in runs]
        return percentiles(late)


def output_latency(times: int = 30) -> tuple[float, float]:
    """From the close of an output file, held open by another process, to what the next task prints."""
    late = []
    with Home().running() as one:
        write = {"id": "write", "command": "sh", "args": ["-c", "echo x >> out"], "output_files": "out"}
        one.apply({"id": "w", "tasks": [write, {"id": "a", **NOW}]})
        for number in range(times + 2):
            with (one.folder / "out").open("a"):
                run_id = one.run("w")
                while not any(task.state == "checking_outputs" for task in attempts(one, run_id)):
                    time.sleep(0.01)
                time.sleep(0.3)  # the waiter watches by now
                closed = time.time()
            one.wait(number + 1)
            late.append(one.printed(run_id) - closed)
    return percentiles(late[2:])


def attempts(one: Home, run_id: str) -> list[AttemptRow]:
    return [attempt for task in get_run(one.app.database, one.app.home, run_id).tasks for attempt in task.attempts]


def idle(one: Home, over: float = 60) -> tuple[float, float]:
    """Proportional memory in MB, and seconds of CPU a minute, of a scheduler with nothing to do."""
    time.sleep(15)
    process = psutil.Process(int((running_scheduler(one.folder) or {})["pid"]))
    before = process.cpu_times()
    time.sleep(over)
    after = process.cpu_times()
    used = (after.user + after.system - before.user - before.system) * 60 / over
    return process.memory_full_info().pss / 1e6, used
