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

__all__ = [
    "READY",
    "RESTART_MARK",
    "ask_to_stop",
    "detached",
    "needed_scheduler",
    "running_scheduler",
    "start_scheduler",
    "stop_scheduler",
    "wait_for_end",
]

READY = "ready"
"""The line with which `serve --announce` says that it plans and runs."""
RESTART_MARK = "restart"
"""A file in the home while somebody waits to start the scheduler again. Who takes it away does that, or wants it stopped;
left over, it means nothing."""
STOP_PATIENCE = 30.0


def running_scheduler(home: Path) -> dict[str, Any] | None:
    """Its pid, engine number and start; None if no scheduler runs in this home."""
    return holder(home)


def needed_scheduler(home: Path) -> dict[str, Any]:
    """The same, but Refused if no scheduler runs."""
    found = holder(home)
    if found is None:
        raise Refused(f"The scheduler is not running in {home}; start it with 'scheduler start'.")
    return found


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
            **detached(),
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
    """Ask the scheduler to end, as `ask_to_stop` does, and return its pid when it has. Unreachable if it does not end."""
    found = ask_to_stop(database, home, how)
    wait_for_end(home, found, STOP_PATIENCE if how == "leave" else None)
    return int(found.get("pid", 0))


def ask_to_stop(database: Database, home: Path, how: str, *, again: bool = False) -> dict[str, Any]:
    """Ask the scheduler to end ("leave", "wait" or "kill" what runs), and do not wait for it.

    Unless it is to be started `again`, that holds against a restart that was asked for before. Returns what is known of
    it. Refused if it does not run.
    """
    found = needed_scheduler(home)
    engine_id = found.get("engine_id")

    def work(db: Connection) -> None:
        engine_store.request_stop(db, int(engine_id or 0), how)

    write_and_wake(database, work)
    if not again:
        (home / RESTART_MARK).unlink(missing_ok=True)
    return found


def wait_for_end(home: Path, found: dict[str, Any], patience: float | None = None) -> None:
    """Wait until the scheduler of which `found` is known is gone. Unreachable if `patience`, in seconds, is over first."""
    deadline = None if patience is None else time.monotonic() + patience
    while _holds(home, found) or alive(found.get("identity", {})):
        if deadline is not None and time.monotonic() > deadline:
            raise Unreachable(
                f"The scheduler (pid {found.get('pid')}) did not stop in {patience:.0f} s; look at scheduler.log."
            )
        time.sleep(0.05)


def _holds(home: Path, found: dict[str, Any]) -> bool:
    held = holder(home)
    return held is not None and held.get("pid") == found.get("pid")


def detached() -> dict[str, Any]:
    """What keeps a process running when this terminal, or this process, ends."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
