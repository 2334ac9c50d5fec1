"""Dagu, the binary that DAGU names: a folder of YAML files, `start-all` and its REST API. Prints JSON.

Written for Dagu 2, from its documentation. Its sign-in is turned off, so that no user has to be created first.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from served import Served, Work, copied, daily, main, now, until

DAGU = os.environ.get("DAGU", "dagu")
RUNNING = ("not_started", "queued", "running", "waiting")


class Dagu(Served):
    api = "/api/v1/dags?perPage=1"

    def __init__(self) -> None:
        super().__init__()
        self.dags = self.folder / "dags"
        self.prints = self.folder / "prints"
        for folder in (self.dags, self.prints):
            folder.mkdir()
        self.env = {
            **self.env,
            "DAGU_HOME": str(self.folder),
            "DAGU_AUTH_MODE": "none",
            "DAGU_SKIP_EXAMPLES": "true",
            "DAGU_CHECK_UPDATES": "false",
        }

    @property
    def version(self) -> str:
        done = subprocess.run([DAGU, "version"], env=self.env, capture_output=True, text=True, check=True)
        return (done.stdout or done.stderr).strip().splitlines()[-1]

    def define(self, works: Sequence[Work]) -> None:
        for work in works:
            # JSON is YAML. A single command writes down when it began.
            command = " ".join(work.command)
            if work.at is not None:
                command += f" > {self.prints / work.name}"
            steps = [{"name": task, "command": command, "depends": list(before)} for task, before in work.tasks.items()]
            about: dict[str, Any] = {"type": "graph", "max_active_steps": 10, "steps": steps}
            if work.at is not None:
                about["schedule"] = [{"at": f"{work.at:%Y-%m-%dT%H:%M:00Z}"}]
            elif work.cron:
                about["schedule"] = work.cron
            (self.dags / f"{work.name}.yaml").write_text(json.dumps(about))

    def server(self) -> list[str]:
        return [DAGU, "start-all", "--host", "127.0.0.1", "--port", str(self.port)]

    def trigger(self, name: str) -> str:
        return f"/api/v1/dags/{name}/start"

    def seconds(self, name: str) -> float:
        """From the request to the answer that it has finished: its record has whole seconds only."""
        began = time.perf_counter()
        run_id = self.ask("POST", self.trigger(name))["dagRunId"]
        status: dict[str, Any] = {}

        def ended() -> bool:
            status.update(self.ask("GET", f"/api/v1/dag-runs/{name}/{run_id}")["dagRun"])
            return status["statusLabel"] not in RUNNING

        until(ended, 0.02)
        if status["statusLabel"] != "succeeded":
            raise SystemExit(json.dumps(status)[:2000])
        return time.perf_counter() - began

    def due(self) -> datetime:
        """Its schedules have whole minutes."""
        return (now() + timedelta(seconds=70)).replace(second=0, microsecond=0)

    def printed(self, names: Sequence[str]) -> list[float]:
        texts = [file.read_text() for name in names if (file := self.prints / name).exists()]
        return [float(text) for text in texts if text.endswith("\n")]

    def finished(self, names: Sequence[str]) -> int:
        runs = self.ask("GET", "/api/v1/dag-runs?status=4&limit=500")["dagRuns"]
        return len({run["name"] for run in runs} & set(names))

    def applied(self, works: Sequence[Work]) -> float | None:
        """Its definitions are the files in its folder: they are copied."""
        self.define(works)
        return copied(self.dags)

    def lists(self, sizes: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
        self.define(daily(sizes["workflows"]))
        first = {"help": [DAGU, "--help"], "workflows": [DAGU, "ls", "--last"]}
        timed = self.commands(first, sizes)
        subprocess.run([DAGU, "start", "w0"], env=self.env, stdout=subprocess.DEVNULL, check=True)
        self.define(daily(sizes["many_workflows"]))
        self.copy_run(sizes["runs"])
        then = {
            "many_workflows": [DAGU, "ls", "--last"],
            "runs": [DAGU, "history", "--limit", "100"],
            "status": [DAGU, "status", "w0"],
            "schedules": [DAGU, "ls", "--next"],
        }
        return {**self.commands(then, sizes), **timed}

    def copy_run(self, count: int) -> None:
        """A history of this many runs, one each minute up to now: the record of a real one with other names and times."""
        records = self.folder / "data" / "dag-runs"
        real = next(records.rglob("dag-run_*"))
        root = next(folder for folder in real.parents if folder.name == "dag-runs")
        # Its newest versions leave the time out of the name.
        dated, run_id = re.fullmatch(r"dag-run_(\d{8}_\d{6}Z_)?(.+)", real.name).groups()
        for number in range(1, count):
            at = datetime.now(UTC) - timedelta(minutes=number)
            new_id = f"{number:08}{run_id[8:]}"
            stamp = f"{at:%Y%m%d_%H%M%SZ_}" if dated else ""
            copy = root / f"{at:%Y/%m/%d}" / f"dag-run_{stamp}{new_id}"
            shutil.copytree(real, copy)
            for status in copy.rglob("status.jsonl"):
                _dated(status, run_id, new_id, at)


def _dated(status: Path, run_id: str, new_id: str, at: datetime) -> None:
    lines = [json.loads(line) for line in status.read_text().replace(run_id, new_id).splitlines() if line.strip()]
    for line in lines:
        line |= {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name in ("startedAt", "finishedAt") if line.get(name)}
    status.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main(Dagu)
