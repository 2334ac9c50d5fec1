"""Restarts the scheduler for those who end with it, such as its page: a process of its own starts it again."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.processes.detached import start_detached
from workflow_scheduler.storage.database import Database

from .running import needed_scheduler, running_scheduler
from .scheduler_process import RESTART_MARK, ask_to_stop, start_scheduler, wait_for_end

__all__ = ["refuse_unless_background", "restart_apart", "start_after"]


def restart_apart(database: Database, home: Path, how: str, now: datetime) -> Holder:
    """Ask the scheduler to end, as `ask_to_stop` does, and have it started again once it has. Returns what is known of it.

    Refused if it does not run, or would not come back as it was; Unreachable if nothing can be started.
    """
    found = needed_scheduler(home, database)
    refuse_unless_background(found)
    # Before the scheduler is asked to end: it never ends without somebody who starts it again.
    starter = _starter(home, found.pid or 0)
    try:
        (home / RESTART_MARK).touch()
        return ask_to_stop(database, home, how, now, again=True)
    except BaseException:
        starter.kill()
        starter.wait()
        raise


def refuse_unless_background(found: Holder) -> None:
    """Refused if the scheduler of which `found` is known would not come back as it was."""
    if not found.background:
        raise Refused(
            f"The scheduler (pid {found.pid}) was not started by 'scheduler start', and would not come back as it was; "
            "restart it where it was started: in its terminal, or with the service manager."
        )


def _starter(home: Path, pid: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), "restart", "--after", str(pid)]
    nowhere = subprocess.DEVNULL
    try:
        return start_detached(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, cwd=home)
    except OSError as error:
        raise Unreachable(
            f"Nothing can be started that would start the scheduler again ({error}); run 'scheduler restart'."
        ) from None


def start_after(home: Path, pid: int) -> None:
    """Wait until the scheduler with this pid has ended, however long that takes, and start it again, if that holds still."""
    found = running_scheduler(home)
    if found is not None and found.pid == pid:
        wait_for_end(home, found)
    try:
        (home / RESTART_MARK).unlink()
    except FileNotFoundError:  # it was asked to stop for good meanwhile, or somebody else starts it
        return
    start_scheduler(home)
