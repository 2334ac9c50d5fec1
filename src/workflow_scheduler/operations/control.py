"""Starts, stops and looks at the scheduler process of a home."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.engine.lock import holder
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection, Database

from .waking import write_and_wake

__all__ = ["READY", "running_scheduler", "start_scheduler", "stop_scheduler"]

READY = "ready"
"""The line with which `serve --announce` says that it plans and runs."""
STOP_PATIENCE = 30.0


def running_scheduler(home: Path) -> dict[str, Any] | None:
    """Its pid, engine number and start; None if no scheduler runs in this home."""
    return holder(home)


def start_scheduler(home: Path, *, web: bool = True) -> dict[str, Any]:
    """Start the scheduler in the background and return when it is ready. Refused if it runs already."""
    if (found := holder(home)) is not None:
        raise Refused(f"The scheduler is already running in {home} (pid {found.get('pid')}).")
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), "serve", "--announce"]
    command += [] if web else ["--no-web"]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=home,
            text=True,
            encoding="utf-8",
            errors="replace",
            **_detached(),
        )
    except OSError as error:
        raise Unreachable(f"The scheduler could not be started ({error}); try 'scheduler serve' to see more.") from None
    said: list[str] = []
    for line in process.stdout or ():
        if line.strip() == READY:
            return holder(home) or {}
        said.append(line.strip())
    code = process.wait()
    words = " ".join(part for part in said if part) or "it said nothing"
    raise SchedulerError(f"The scheduler did not start (exit code {code}): {words}")


def stop_scheduler(database: Database, home: Path, how: str) -> int:
    """Ask the scheduler to end ("leave", "wait" or "kill" what runs) and return its pid when it has.

    Refused if it does not run; Unreachable if it does not end.
    """
    found = holder(home)
    if found is None:
        raise Refused(f"The scheduler is not running in {home}; start it with 'scheduler start'.")
    engine_id = found.get("engine_id")

    def work(db: Connection) -> None:
        engine_store.request_stop(db, int(engine_id or 0), how)

    write_and_wake(database, work)
    deadline = time.monotonic() + STOP_PATIENCE
    while holder(home) is not None or alive(found.get("identity", {})):
        if how == "leave" and time.monotonic() > deadline:
            raise Unreachable(
                f"The scheduler (pid {found.get('pid')}) did not stop in {STOP_PATIENCE:.0f} s; look at scheduler.log."
            )
        time.sleep(0.05)
    return int(found.get("pid", 0))


def _detached() -> dict[str, Any]:
    """What keeps the scheduler running when this terminal closes."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
