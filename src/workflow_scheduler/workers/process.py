"""The process of a home's worker: whether it runs, and how it is asked to stop: by a file, as Windows has no signal for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine.lock import WORKER, Holder, holder
from workflow_scheduler.system.json_file import read_json, write_json

__all__ = ["PATIENCE", "ask_to_stop", "asked_to_stop", "running_worker"]

PATIENCE = 60.0
"""Seconds for a worker to end."""
_FILE = "worker.stop"
_HOWS = ("leave", "shutdown")


def running_worker(home: Path) -> Holder | None:
    return holder(home, WORKER)


def ask_to_stop(home: Path, how: str) -> Holder:
    """Have the worker end, and wait for that. Refused if none runs, Unreachable if it does not end."""
    found: Holder | None = None
    deadline = time.monotonic() + PATIENCE
    while (held := running_worker(home)) is not None and (found is None or held.pid == found.pid):
        if found is None and held.pid is not None:  # one that has just taken the lock says who it is soon
            found = held
            write_json(home / _FILE, {"pid": found.pid, "how": how})
        if how == "leave" and time.monotonic() > deadline:
            raise Unreachable(
                f"The worker in {home} (pid {held.pid}) does not end; see worker.log, then end its process."
            )
        time.sleep(0.05)
    if found is None:
        raise Refused(f"No worker is running in {home}", hint="start it with 'scheduler worker start'")
    return found


def asked_to_stop(home: Path) -> str | None:
    """How this process is asked to end: "leave" or "shutdown"; None if it is not. It is told once."""
    if not (home / _FILE).exists():
        return None
    found = read_json(home / _FILE)
    (home / _FILE).unlink(missing_ok=True)
    return found["how"] if found.get("pid") == os.getpid() and found.get("how") in _HOWS else None
