"""A home of this project as it is shipped: recording everything, with its web interface on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stopwatch import answered, free_port, until

from workflow_scheduler.bootstrap import App, open_app
from workflow_scheduler.domain.account import OWNER, Role
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.operations.home.running import needed_scheduler
from workflow_scheduler.operations.runs.lists import open_runs, run_list
from workflow_scheduler.operations.runs.rows import RunRow
from workflow_scheduler.operations.runs.start import request_run

__all__ = ["NOW", "TRUE", "Home", "scheduler"]

# The tasks that must show when they began print it themselves: what the record says is a little earlier.
NOW = {"command": "/bin/date", "args": ["+%s.%N"]}
TRUE = {"command": "/bin/true"}
_OURS = ("SCHEDULER_HOME", "WEB", "PORT", "DB_URL", "MAX_PROCESSES", "MAX_THREADS", "PYTHONUNBUFFERED")


def scheduler(*words: str) -> list[str]:
    return [sys.executable, "-m", "workflow_scheduler", *words]


class Home:
    """A fresh home, which stays until everything is measured.

    ext4 does not use an inode again for minutes after its file was deleted: among thousands of those each new file costs a
    search, and the next measurement seems slower by half.
    """

    def __init__(self, **settings: int) -> None:
        self.folder = folder = Path(tempfile.mkdtemp())
        self.port = free_port()
        around = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.env = {**around, "SCHEDULER_HOME": str(folder), "PYTHONDONTWRITEBYTECODE": ""}
        settings |= {"PORT": self.port}
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.app: App = open_app(str(folder), create=True)

    @contextmanager
    def running(self) -> Iterator[Home]:
        """With a scheduler whose web interface answers, killed at the end."""
        try:
            self.command("start")
            until(lambda: answered(self.port, "/health"))
            yield self
        finally:
            self.command("stop", "--kill")
            self.app.close()

    @property
    def pid(self) -> int:
        """The process of the running scheduler: the web interface and the keepers descend from it."""
        return int(needed_scheduler(self.folder).pid or 0)

    def command(self, *words: str) -> None:
        subprocess.run(scheduler(*words), env=self.env, stdout=subprocess.DEVNULL, check=True)

    def apply(self, *workflows: dict[str, Any]) -> None:
        file = self.folder / "workflows.yaml"
        file.write_text("\n---\n".join(map(json.dumps, workflows)))
        self.command("workflow", "apply", str(file))

    def run(self, workflow: str) -> str:
        return request_run(self.app.database, workflow, datetime.now(UTC))

    def wait(self, number: int) -> list[RunRow]:
        """Until this many runs have finished; returns them."""
        while True:
            # A cheap question: watching must not slow down what is measured on the same two cores.
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

    def visit(self, token: dict[str, str]) -> None:
        """Until the API has answered: the first question has it loaded."""
        until(lambda: answered(self.port, "/api/v1/session", token))

    def token(self, role: Role) -> dict[str, str]:
        """The header with which a program may ask what this role may."""
        made = Accounts(self.app.database).add_token(f"bench-{role.value}", role, OWNER, datetime.now(UTC), 1)
        return {"Authorization": f"Bearer {made.token}"}
