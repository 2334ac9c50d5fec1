"""Checks the workers of a scheduler for problems, with advice for each finding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflow_scheduler.operations.home.doctor_home import Finding
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import worker_roles
from workflow_scheduler.storage.database import Database

from .show import SKEW_SHOWN, ShownWorker, worker_list

__all__ = ["examine_workers"]


def examine_workers(database: Database, now: datetime) -> Iterator[Finding]:
    if database.is_sqlite:
        yield Finding(
            "workers", "ok", f"none: {database.shown_url} is this machine's own", "workers need PostgreSQL as DB_URL"
        )
        return
    if (words := database.read(worker_roles.lacking)) is not None:
        said, _, advice = words.partition("; ")
        yield Finding("invitations", "warning", said, advice)
    else:
        yield Finding("invitations", "ok", "this scheduler can invite workers")
    for worker in worker_list(database, now):
        yield _finding(worker)


def _finding(worker: ShownWorker) -> Finding:
    name = worker.name
    match worker.state:
        case "invited":
            return Finding(name, "ok", f"invited until {iso(worker.expires_at)}")
        case "expired":
            return Finding(
                name,
                "warning",
                "its invitation has expired",
                f"scheduler worker invite --name {name}, or scheduler workers remove {name}",
            )
        case "silent" if worker.silent_since is None:
            return Finding(name, "warning", "joined, and never started", "run 'scheduler worker start' there")
        case "silent":
            words = f"no heartbeat from {worker.host} since {iso(worker.silent_since)}; what runs there is not lost"
            return Finding(
                name, "problem", words, "check that machine, its network, and 'scheduler workers doctor' there"
            )
        case "incompatible":
            words = f"has version {worker.version}, which is too far from this one's: it is given nothing"
            return Finding(name, "problem", words, "install the scheduler's version there")
    if worker.lack:
        said, _, advice = worker.lack.partition("; ")
        return Finding(name, "problem", f"starts nothing now: {said}", advice)
    if worker.skew is not None:
        words = f"its clock differs by {worker.skew:+.0f} s, and more than {SKEW_SHOWN:.0f} s makes times misleading"
        return Finding(name, "warning", words, "keep both machines' clocks right (NTP)")
    if worker.state == "draining":
        return Finding(name, "warning", "draining: it is given nothing", f"scheduler workers resume {name}")
    return Finding(name, "ok", f"{worker.used} of {worker.slots} slots in use on {worker.host}")
