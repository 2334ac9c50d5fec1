"""Looks for what keeps a home from working, and says what to do about each finding."""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import stat
import sys
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.engine.lock import holder, locks_work
from workflow_scheduler.engine.planner import LATE
from workflow_scheduler.outputs.probe import Verdict
from workflow_scheduler.outputs.readiness import probe_file
from workflow_scheduler.processes.command_line import Surroundings, resolve, split
from workflow_scheduler.storage import catalog, health
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["Finding", "examine_home", "examine_opened"]

CLOCK_MAY_DIFFER = timedelta(seconds=5)
_PLATFORM = "windows" if sys.platform == "win32" else "posix"


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok, warning or problem. `advice`: what to do, empty if nothing."""

    about: str
    state: str
    words: str
    advice: str = ""


def examine_home(home: Path) -> Iterator[Finding]:
    """What can be seen without settings and without the database."""
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor") as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        advice = f"make {home} writable for the user of the scheduler, or name another home with --home"
        yield Finding("home", "problem", f"cannot be written ({error.strerror})", advice)
        return
    if _PLATFORM == "posix" and home.stat().st_mode & stat.S_IWOTH:
        yield Finding("home", "warning", f"{home} can be changed by everybody on this machine", f"chmod o-w '{home}'")
    else:
        yield Finding("home", "ok", f"{home} can be written")
    yield _locks(home)
    yield _readiness(home)
    yield _time_zones()


def _locks(home: Path) -> Finding:
    if locks_work(home):
        return Finding("locks", "ok", "the file system keeps a second scheduler out")
    advice = "use a home on a local disk: here two schedulers could work at once"
    return Finding("locks", "problem", "the file system does not lock files", advice)


def _readiness(home: Path) -> Finding:
    # Windows opens a temporary file that deletes itself for nobody else.
    with tempfile.TemporaryDirectory(dir=home, prefix=".doctor") as folder:
        file = Path(folder) / "file"
        file.write_bytes(b"x")
        found = probe_file(str(file))
    if found.verdict is Verdict.FINISHED:
        return Finding("output files", "ok", f"proof here: {found.words}")
    advice = "have output files on a local disk, if a stronger proof is wanted"
    return Finding(
        "output files", "warning", f"here only an unchanging size and time prove them ({found.words})", advice
    )


def _time_zones() -> Finding:
    packaged = importlib.resources.files("tzdata").joinpath("zones").is_file()
    system = any(Path(place, "UTC").exists() for place in zoneinfo.TZPATH)
    if not packaged and not system:
        return Finding("time zones", "problem", "no time zone data", "pip install --upgrade tzdata")
    import tzdata  # type: ignore[import-untyped]  # noqa: PLC0415  its absence is a finding

    whose = f"the system's, then tzdata {tzdata.IANA_VERSION}" if system else f"tzdata {tzdata.IANA_VERSION}"
    return Finding("time zones", "ok", f"data: {whose}")


def examine_opened(
    database: Database, home: Path, now: datetime, *, timezone: str, lack_of_room: str, free_bytes: int
) -> Iterator[Finding]:
    """What can be seen once the settings are read."""
    yield Finding("settings", "ok", f"times are in {timezone}")
    room = lack_of_room or f"{free_bytes // 1_000_000:,} MB are free"
    yield Finding("disk", "problem" if lack_of_room else "ok", room)
    yield from _examine_database(database, home, now)


def _examine_database(database: Database, home: Path, now: datetime) -> Iterator[Finding]:
    """The database, and what is only known from it."""
    if not database.exists():
        yield Finding("database", "ok", f"{database.shown_url} is not there yet: the first command makes it")
        return
    try:
        database.open()
        database.check()
        mode = database.read(health.journal_mode)
    except SchedulerError as error:
        yield Finding("database", "problem", str(error), "see the sentence before; then run 'scheduler doctor' again")
        return
    if mode not in ("", "wal"):
        advice = "have the database on a local disk: readers and the scheduler wait for one another here"
        yield Finding("database", "warning", f"{database.shown_url} is sound, but not in WAL mode ({mode})", advice)
    else:
        yield Finding("database", "ok", f"{database.shown_url} is sound")
    checks: tuple[Callable[[Database, Path, datetime], Finding], ...] = (_clock, _scheduler, _missed, _commands)
    for check in checks:
        yield check(database, home, now)


def _clock(database: Database, _: Path, now: datetime) -> Finding:
    beat, theirs = database.read(health.last_heartbeat), database.read(health.server_time)
    if beat is not None and beat > now + CLOCK_MAY_DIFFER:
        words = f"it is {now:%Y-%m-%d %H:%M:%S}Z, but an engine was here at {beat:%Y-%m-%d %H:%M:%S}Z"
        return Finding("clock", "problem", words, "set this machine's clock: no schedule fires until it has caught up")
    if theirs is not None and abs(theirs - now) > CLOCK_MAY_DIFFER:
        words = f"it differs from PostgreSQL's by {abs(theirs - now).total_seconds():.0f} s"
        return Finding("clock", "warning", words, "keep both machines' clocks right (NTP)")
    return Finding("clock", "ok", f"it is {now:%Y-%m-%d %H:%M:%S} UTC")


def _scheduler(database: Database, home: Path, now: datetime) -> Finding:
    found = holder(home)
    if found is None:
        return Finding("scheduler", "warning", "it does not run: no schedule fires", "scheduler start")
    beat = database.read(health.last_heartbeat)
    if beat is None or now - beat > timedelta(minutes=1):
        words = (
            f"it runs (pid {found.get('pid')}), but was last heard of at {beat:%H:%M:%S}Z" if beat else "it never beat"
        )
        return Finding("scheduler", "problem", words, "look at scheduler.log, then run 'scheduler restart'")
    return Finding("scheduler", "ok", f"it runs (pid {found.get('pid')})")


def _missed(database: Database, _: Path, now: datetime) -> Finding:
    late = database.read(lambda db: health.overdue(db, now - LATE))
    if not late:
        return Finding("missed fires", "ok", "none")
    words = f"{len(late)} schedules are overdue, such as {late[0]}"
    return Finding("missed fires", "warning", words, "start the scheduler: each schedule's catch-up decides what runs")


def _commands(database: Database, home: Path, _: datetime) -> Finding:
    whose, path = _path_of_scheduler(home)
    missing = database.read(lambda db: list(_not_found(db, home, path)))
    if not missing:
        return Finding("PATH", "ok", f"every task's command is found ({whose})")
    words = f"{len(missing)} commands are not found with {whose}: {'; '.join(missing[:3])}"
    return Finding(
        "PATH", "problem", words, "give their full paths, or restart the scheduler with a PATH that has them"
    )


def _path_of_scheduler(home: Path) -> tuple[str, str]:
    found = holder(home)
    if found is not None:
        with contextlib.suppress(psutil.Error, KeyError, ValueError):
            return "the running scheduler's PATH", psutil.Process(int(found["pid"])).environ()["PATH"]
    return "this terminal's PATH", os.environ.get("PATH", os.defpath)


def _not_found(db: Connection, home: Path, path: str) -> Iterator[str]:
    for workflow_id in catalog.workflow_ids(db):
        found = catalog.find_workflow(db, workflow_id)
        for task in found[0].tasks if found else ():
            env = {**os.environ, "PATH": path, **task.env}
            around = Surroundings(
                _PLATFORM, env, str(home / Path(task.working_dir or ".").expanduser()), sys.executable
            )
            try:
                args = split(task.args, _PLATFORM) if isinstance(task.args, str) else list(task.args)
                resolve(task.command, args, shell=task.shell, around=around)
            except SchedulerError as error:
                yield f"{workflow_id}/{task.id}: {str(error).partition(';')[0]}"
