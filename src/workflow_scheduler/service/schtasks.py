"""Calls Windows' Task Scheduler through schtasks.exe."""

from __future__ import annotations

import ntpath
import os
import subprocess

from workflow_scheduler.domain.errors import Refused

__all__ = ["schtasks"]


def schtasks(*words: str) -> str:
    """Run it and return its output. Refused, with its message, if it fails."""
    # By its whole path: a program of that name in the current folder comes first otherwise.
    program = ntpath.join(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", "schtasks.exe")
    try:
        done = subprocess.run([program, *words], capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise Refused(f"The Task Scheduler cannot be queried ({error}).") from None
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
        raise Refused(f"The Task Scheduler refused: {said}")
    return done.stdout
