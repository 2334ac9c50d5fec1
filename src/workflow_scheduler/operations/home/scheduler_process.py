"""Starts, stops and inspects the scheduler process of a home."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused, SchedulerError, Unreachable
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.lock import Holder, holder
from workflow_scheduler.operations.condition import condition_of
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.processes.detached import start_detached, tied_to_session
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection, Database

from .running import READY, needed_scheduler, running_scheduler, started_scheduler

__all__ = [
    "RESTART_MARK",
    "Started",
    "Stopped",
    "ask_to_stop",
    "end_scheduler",
    "kill_scheduler",
    "start_scheduler",
    "still_there",
    "stop_scheduler",
    "wait_for_end",
    "withdraw_stop",
]

RESTART_MARK = "restart"
"""A file in the home while a process waits to restart the scheduler. Removing it claims or cancels the restart;
a leftover file has no meaning."""
STOP_PATIENCE = 30.0
_ENDS = (InvalidInput, NotFound, Refused, Unreachable)
"""Errors of a scheduler that does not start, by exit code."""
SILENT_PATIENCE = 3.0
"""Seconds between checks whether a stopping scheduler still responds."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """`killed`: it did not respond and its process was killed."""

    pid: int | None
    killed: bool


def end_scheduler(home: Path) -> Stopped:
    """End a scheduler that cannot be reached through the database. Running scripts continue. Refused if none is running."""
    found = needed_scheduler(home)
    if found.pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
    wait_for_end(home, found, STOP_PATIENCE)
    return Stopped(found.pid, killed=False)


@dataclass(frozen=True, slots=True)
class Started:
    """`warning`: what could end the scheduler unexpectedly; may be empty."""

    scheduler: Holder
    warning: str


TIED = (
    "The scheduler could not leave this session's Windows job. If closing the session closes that job, as OpenSSH and WinRM do, "
    "the scheduler and its scripts end too. To avoid this, install it as a service: 'scheduler service install'."
)


def start_scheduler(home: Path, *, web: bool = True, database: Database | None = None) -> Started:
    """Start the scheduler in the background and return when it is ready. Refused if it is already running."""
    if (found := running_scheduler(home, database)) is not None:
        raise Refused(f"The scheduler is already running in {home} (pid {found.pid}).")
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), "serve", "--announce"]
    command += [] if web else ["--no-web"]
    try:
        process = start_detached(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=home,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise Unreachable(
            f"The scheduler could not be started ({error})", hint="try 'scheduler serve' to see more"
        ) from None
    said: list[str] = []
    for line in process.stdout or ():
        if line.strip() == READY:
            return Started(holder(home) or Holder(process.pid), TIED if tied_to_session(process) else "")
        said.append(line.strip())
    code = process.wait()
    words = " ".join(part for part in said if part) or "without any output"
    kind = next((kind for kind in _ENDS if kind.exit_code == code), SchedulerError)
    if kind is Refused:  # another one was quicker
        raise Refused(words.removeprefix("Error: "))
    raise kind(f"The scheduler did not start (exit code {code}): {words}")


def stop_scheduler(
    database: Database, home: Path, how: str, now: Callable[[], datetime], waits: Callable[[], None] = lambda: None
) -> Stopped:
    """Ask the scheduler to stop, as `ask_to_stop` does, and return when it has. One that does not respond is killed, unless
    it should wait for its runs. `waits` is called every second until it has ended.

    Unreachable if it does not stop.
    """
    found = ask_to_stop(database, home, how, now())
    deadline = time.monotonic() + STOP_PATIENCE
    silent_at, said_at = time.monotonic() + SILENT_PATIENCE, time.monotonic() + 1
    killed = False
    while still_there(home, found):
        if time.monotonic() > silent_at:
            silent_at = time.monotonic() + SILENT_PATIENCE
            condition = condition_of(database, found, now())
            if condition.silent_since is not None:
                if how == "wait":
                    raise Unreachable(f"{condition.problem()} Stop it with 'scheduler stop'.")
                killed = kill_scheduler(found)
        if how == "leave" and time.monotonic() > deadline:
            raise Unreachable(
                f"The scheduler (pid {found.pid}) did not stop within {STOP_PATIENCE:.0f} s; see scheduler.log."
            )
        if time.monotonic() > said_at:
            said_at = time.monotonic() + 1
            waits()
        time.sleep(0.05)
    return Stopped(found.pid, killed)


def kill_scheduler(found: Holder) -> bool:
    """Kill its process; the next scheduler continues its work. False if it is gone. Unreachable if the
    operating system does not allow it."""
    if not alive(found.identity):
        return False
    pid = int(found.identity["pid"])
    try:
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except ProcessLookupError:
        return False
    except OSError as error:
        raise Unreachable(
            f"The scheduler (pid {pid}) cannot be ended by this account ({error.strerror}); "
            "end it as the account that started it."
        ) from None
    return True


def withdraw_stop(database: Database, found: Holder) -> bool:
    """Cancel a stop that waits for the scheduler's runs. False if there is none, or it has already
    stopped."""
    return write_and_wake(database, lambda db: engine_store.withdraw_stop(db, found.engine_id or 0))


def ask_to_stop(database: Database, home: Path, how: str, now: datetime, *, again: bool = False) -> Holder:
    """Ask the scheduler to stop ("leave", "wait" for or "kill" its runs, or "shutdown") and return at once.

    Unless it should start `again`, this cancels a pending restart. Returns the description of the
    scheduler. Refused if it is not running.
    """
    found = started_scheduler(home, database)

    def work(db: Connection) -> None:
        engine_store.request_stop(db, found.engine_id or 0, how, now)

    write_and_wake(database, work)
    if not again:
        (home / RESTART_MARK).unlink(missing_ok=True)
    return found


def wait_for_end(home: Path, found: Holder, patience: float | None = None) -> None:
    """Wait until this scheduler is gone. Unreachable after `patience` seconds."""
    deadline = None if patience is None else time.monotonic() + patience
    while still_there(home, found):
        if deadline is not None and time.monotonic() > deadline:
            raise Unreachable(
                f"The scheduler (pid {found.pid}) did not stop within {patience:.0f} s; see scheduler.log."
            )
        time.sleep(0.05)


def still_there(home: Path, found: Holder) -> bool:
    """Whether this scheduler holds the home or its process is alive."""
    held = holder(home)
    return (held is not None and held.pid == found.pid) or alive(found.identity)
