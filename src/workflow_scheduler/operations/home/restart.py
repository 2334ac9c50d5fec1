"""Restarts the scheduler on behalf of its own children, such as the web interface, through a separate process."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.processes.detached import start_detached
from workflow_scheduler.storage.database import Database

from .running import running_scheduler, started_scheduler
from .scheduler_process import RESTART_MARK, ask_to_stop, start_scheduler, wait_for_end

__all__ = ["refuse_unless_background", "restart_apart", "start_after"]


def restart_apart(database: Database, home: Path, how: str, now: datetime) -> Holder:
    """Ask the scheduler to stop, as `ask_to_stop` does, and arrange its restart. Returns its description.

    Refused if it is not running or would not come back the same way; Unreachable if the restart cannot be arranged.
    """
    found = started_scheduler(home, database)
    refuse_unless_background(found)
    # Started before the scheduler is asked to stop, so that it never stops without a restarter.
    starter = _starter(home, found.pid or 0)
    try:
        (home / RESTART_MARK).touch()
        return ask_to_stop(database, home, how, now, again=True)
    except BaseException:
        starter.kill()
        starter.wait()
        raise


def refuse_unless_background(found: Holder) -> None:
    """Refused if this scheduler would not come back the same way."""
    if not found.background:
        raise Refused(
            f"The scheduler (pid {found.pid}) was not started by 'scheduler start' and would not come back the same way; "
            "restart it where it was started: in its terminal, or with the service manager."
        )


def _starter(home: Path, pid: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), "restart", "--after", str(pid)]
    nowhere = subprocess.DEVNULL
    try:
        return start_detached(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, cwd=home)
    except OSError as error:
        raise Unreachable(f"The restart could not be prepared ({error})", hint="run 'scheduler restart'") from None


def start_after(home: Path, pid: int) -> None:
    """Wait until the scheduler with this pid has ended, however long that takes, and start it unless the restart was cancelled."""
    found = running_scheduler(home)
    if found is not None and found.pid == pid:
        wait_for_end(home, found)
    try:
        (home / RESTART_MARK).unlink()
    except FileNotFoundError:  # it was asked to stop for good, or another process starts it
        return
    start_scheduler(home)
