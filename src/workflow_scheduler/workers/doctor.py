"""Checks this machine as a worker, with advice for each finding."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from workflow_scheduler import __version__
from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.placement import PROTOCOL
from workflow_scheduler.operations.home.doctor_home import Finding
from workflow_scheduler.operations.workers.show import SKEW_SHOWN
from workflow_scheduler.storage.worker_desk import WorkerDesk

from .membership import MEMBERSHIP, read_membership
from .process import running_worker

__all__ = ["examine"]


def examine(home: Path, desk: WorkerDesk, now: Callable[[], datetime], lack_of_room: str) -> Iterator[Finding]:
    """`lack_of_room`: why no command is started; empty if there is enough space."""
    yield _password(home)
    yield Finding("version", "ok", f"{__version__}, protocol {PROTOCOL}")
    yield Finding("disk", "problem" if lack_of_room else "ok", lack_of_room or f"enough room in {home}")
    found = running_worker(home)
    if found is None:
        yield Finding("process", "problem", "not running: it gets nothing to do", "scheduler worker start")
    else:
        yield Finding("process", "ok", f"running (pid {found.pid})")
    try:
        survey = desk.survey()
    except SchedulerError as error:
        said, _, advice = str(error).rstrip(".").partition("; ")
        yield Finding("database", "problem", said, advice)
        return
    url = desk.database.shown_url
    if survey.encrypted or "host=%2F" in url or "host=/" in url:
        yield Finding("database", "ok", f"{url} answers")
    else:
        yield Finding(
            "database", "warning", f"{url} answers, without encryption", "turn TLS on in the server, then invite again"
        )
    if survey.missing:
        words = f"the worker's role may not call {', '.join(survey.missing)}"
        yield Finding("rights", "problem", words, "remove the worker on the scheduler's machine, and invite it again")
    else:
        yield Finding("rights", "ok", "the worker's role has all that it needs")
    skew = (now() - survey.clock).total_seconds()
    if abs(skew) > SKEW_SHOWN:
        yield Finding(
            "clock",
            "warning",
            f"differs from the database's by {skew:+.0f} s",
            "keep both machines' clocks right (NTP)",
        )
    else:
        yield Finding("clock", "ok", "agrees with the database's")


def _password(home: Path) -> Finding:
    name, path = read_membership(home).name, home / MEMBERSHIP
    if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(
            "worker", "problem", f"{path} holds the password of {name}, and others may read it", f"chmod 600 {path}"
        )
    return Finding("worker", "ok", name)
