"""Looks for what keeps a home from working, and says what to do about each finding."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.schedule import LATE
from workflow_scheduler.engine.lock import holder, locks_work
from workflow_scheduler.executors.environment import machine_environment
from workflow_scheduler.executors.session import differences, fingerprints
from workflow_scheduler.outputs.probe import Verdict
from workflow_scheduler.outputs.readiness import probe_file
from workflow_scheduler.processes.command_line import Surroundings, resolve, split
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.storage import catalog, health
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.trouble import BACKUPS

from .condition import condition_of
from .control import other_database, running_scheduler
from .planning import planner_state
from .scheduling import problem_with
from .secret import SECRET_NAME

__all__ = ["Finding", "examine_home", "examine_opened"]

CLOCK_MAY_DIFFER = timedelta(seconds=5)
_PLATFORM = "windows" if sys.platform == "win32" else "posix"
_READ = (SECRET_NAME, HOME_ID)
_MADE = ("engine.lock", "scheduler.log", *_READ, "attempts", BACKUPS)
"""What the scheduler makes in the home, besides the database; everything else there is the user's own."""


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
    yield _rights(home)
    yield _locks(home)
    yield _readiness(home)
    yield _time_zones()


def _rights(home: Path) -> Finding:
    if closed := _closed([home / name for name in _MADE]):
        return _not_usable("home", home, closed, [home])
    if _PLATFORM == "posix" and home.stat().st_mode & stat.S_IWOTH:
        words = f"{home} can be changed by everybody on this machine"
        return Finding("home", "warning", words, f"chmod o-w '{home}'")
    return Finding("home", "ok", f"{home} can be written")


def _closed(paths: list[Path]) -> list[Path]:
    """Those that exist, and that this user may not use as the scheduler does."""
    return [path for path in paths if path.exists() and not _usable(path)]


def _usable(path: Path) -> bool:
    if sys.platform != "win32":
        # No file is opened: to close SQLite's would end the locks that this process has on it.
        wanted = os.R_OK if path.name in _READ else os.R_OK | os.W_OK
        return os.access(path, wanted | os.X_OK if path.is_dir() else wanted)
    # Windows answers os.access by the read-only mark alone, whatever the rights are.
    try:
        if path.is_dir():
            probe = path / f".doctor.{os.getpid()}"
            probe.mkdir()
            probe.rmdir()
        else:
            os.close(os.open(path, os.O_RDWR))
    except PermissionError:
        return False
    return True


def _not_usable(about: str, home: Path, closed: list[Path], whole: list[Path]) -> Finding:
    """`whole`: what is the scheduler's altogether, and is given back with what is closed."""
    words = f"this user may not use {', '.join(path.name for path in closed)}"
    return Finding(about, "problem", words, _how_to_give_back(home, closed, whole))


def _how_to_give_back(home: Path, closed: list[Path], whole: list[Path]) -> str:
    if sys.platform == "win32":
        return "let this user change them (Properties, Security), or run the scheduler as the user who made them"
    user, number = os.geteuid(), home.stat().st_uid
    try:
        owner = home.owner()
    except KeyError:  # a user without a name, as in a container
        owner = str(number)
    if number != user:
        return f"run the scheduler as {owner}, to whom the home belongs"
    if all(path.stat().st_uid == user for path in closed):
        return f"chmod u+rwX {shlex.join(map(str, closed))}"
    return f"sudo chown -R {owner} {shlex.join(map(str, whole))}"


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
    data = ["the system's"] if any(Path(place, "UTC").exists() for place in zoneinfo.TZPATH) else []
    with contextlib.suppress(ImportError):
        import tzdata  # type: ignore[import-untyped]  # noqa: PLC0415  its absence is a finding

        data.append(f"tzdata {tzdata.IANA_VERSION}")
    if not data:
        return Finding("time zones", "problem", "no time zone data", "pip install --upgrade tzdata")
    return Finding("time zones", "ok", f"data: {', then '.join(data)}")


def examine_opened(
    database: Database,
    home: Path,
    now: datetime,
    *,
    timezone: str,
    lack_of_room: str,
    free_bytes: int,
    installed_path: str | None,
) -> Iterator[Finding]:
    """What can be seen once the settings are read. `installed_path`: the PATH that the home's service is installed with."""
    yield Finding("settings", "ok", f"times are in {timezone}")
    room = lack_of_room or f"{free_bytes // 1_000_000:,} MB are free"
    yield Finding("disk", "problem" if lack_of_room else "ok", room)
    yield from _examine_database(database, home, now, installed_path)


def _examine_database(database: Database, home: Path, now: datetime, installed_path: str | None) -> Iterator[Finding]:
    """The database, and what is only known from it."""
    if words := other_database(home, database):
        yield Finding("database", "problem", words, "until then nothing is planned, started or recorded")
        return
    if not database.exists():
        yield Finding("database", "ok", f"{database.shown_url} is not there yet: the first command makes it")
        return
    files = [Path(f"{database.path}{end}") for end in ("", "-wal", "-shm")] if database.path else []
    if closed := _closed(files):
        yield _not_usable("database", home, closed, closed)
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
    yield _clock(database, now)
    yield _scheduler(database, home, now)
    yield _planner(database)
    yield _missed(database, home, now)
    yield _schedules(database)
    yield _commands(database, home, *_path_of_scheduler(home, installed_path))
    yield from _environment(database, home)


def _clock(database: Database, now: datetime) -> Finding:
    beat, theirs = database.read(health.last_heartbeat), database.read(health.server_time)
    if beat is not None and beat > now + CLOCK_MAY_DIFFER:
        words = f"it is {now:%Y-%m-%d %H:%M:%S}Z, but an engine was here at {beat:%Y-%m-%d %H:%M:%S}Z"
        return Finding("clock", "problem", words, "set this machine's clock: no schedule fires until it has caught up")
    if theirs is not None and abs(theirs - now) > CLOCK_MAY_DIFFER:
        words = f"it differs from PostgreSQL's by {abs(theirs - now).total_seconds():.0f} s"
        return Finding("clock", "warning", words, "keep both machines' clocks right (NTP)")
    return Finding("clock", "ok", f"it is {now:%Y-%m-%d %H:%M:%S} UTC")


def _scheduler(database: Database, home: Path, now: datetime) -> Finding:
    found = running_scheduler(home, database)
    if found is None:
        return Finding("scheduler", "warning", "it does not run: no schedule fires", "scheduler start")
    condition = condition_of(database, found, now)
    if condition.silent_since is not None:
        advice = "end it with 'scheduler stop': scripts that run go on, and 'scheduler start' picks them up"
        return Finding("scheduler", "problem", condition.problem(), advice)
    if condition.ending is not None:
        return Finding("scheduler", "warning", condition.problem(), "take that back with 'scheduler start'")
    if condition.heartbeat is None:
        return Finding(
            "scheduler", "warning", f"no heartbeat recorded (pid {found.get('pid')})", "look again in a minute"
        )
    return Finding("scheduler", "ok", f"it runs (pid {found.get('pid')})")


def _planner(database: Database) -> Finding:
    found = planner_state(database)
    if not found["paused"]:
        return Finding("planner", "ok", "it is not paused")
    words = f"it is paused since {found['paused_at']} by {found['paused_by']}: no schedule fires"
    return Finding("planner", "warning", words, "scheduler planner resume")


def _missed(database: Database, home: Path, now: datetime) -> Finding:
    late = database.read(lambda db: health.overdue(db, now - LATE))
    if not late:
        return Finding("missed fires", "ok", "none")
    words = f"{_count(late, 'schedule')} overdue, such as {late[0]}"
    if planner_state(database)["paused"]:
        advice = "scheduler planner resume: what was due in the pause is skipped, and on record as skipped_paused"
    elif holder(home) is None:
        advice = "start the scheduler: each schedule's catch-up decides what runs"
    else:
        advice = "the scheduler should be at it: if they stay overdue, look at scheduler.log"
    return Finding("missed fires", "warning", words, advice)


def _schedules(database: Database) -> Finding:
    unreadable = [one.id for one in database.read(catalog.list_schedules) if problem_with(one)]
    if not unreadable:
        return Finding("schedules", "ok", "every one can be read")
    words = f"{_count(unreadable, 'schedule')} stored in a form that cannot be read: {', '.join(unreadable[:5])}"
    advice = f"scheduler schedule show {unreadable[0]} says why: give it another trigger, or delete it"
    return Finding("schedules", "problem", words, advice)


def _count(found: list[str], noun: str) -> str:
    return f"1 {noun} is" if len(found) == 1 else f"{len(found)} {noun}s are"


def _commands(database: Database, home: Path, whose: str, path: str) -> Finding:
    missing = database.read(lambda db: list(_not_found(db, home, path)))
    if not missing:
        return Finding("PATH", "ok", f"every task's command is found ({whose})")
    words = f"{_count(missing, 'command')} not found with {whose}: {'; '.join(missing[:3])}"
    advice = "give their full paths, or start the scheduler (or install its service anew) where PATH has them"
    return Finding("PATH", "problem", words, advice)


def _environment(database: Database, home: Path) -> Iterator[Finding]:
    """Whether scripts find with the running scheduler what they would find when run from here."""
    engine_id = (holder(home) or {}).get("engine_id")
    row = database.read(lambda db: engine_store.engines_of(db, [engine_id])).get(engine_id) if engine_id else None
    if row is None or "environment" not in row.identity:
        return
    mine = fingerprints(machine_environment(), str(row.identity.get("place", {}).get("home_id", "")))
    here, there, other = differences(mine, row.identity["environment"])
    parts = [
        f"{words}: {', '.join(names[:8])}"
        for words, names in (("only here", here), ("only there", there), ("another value", other))
        if names
    ]
    if not parts:
        yield Finding(
            "environment", "ok", "the scheduler's and this terminal's are the same, as far as scripts find them"
        )
        return
    words = f"the scheduler has another one than this terminal ({'; '.join(parts)})"
    advice = "name what a script needs in its task's env or env_file; then it does not depend on who starts what"
    yield Finding("environment", "warning", words, advice)


def _path_of_scheduler(home: Path, installed: str | None) -> tuple[str, str]:
    found = holder(home)
    if found is not None:
        with contextlib.suppress(psutil.Error, KeyError, ValueError):
            return "the running scheduler's PATH", psutil.Process(int(found["pid"])).environ()["PATH"]
    if installed is not None:
        return "the installed service's PATH", installed
    # Windows gives services and tasks at sign-in a PATH that is written down nowhere before they run.
    whose = "this terminal's PATH" if _PLATFORM == "posix" else "this terminal's PATH; a service may have another"
    return whose, os.environ.get("PATH", os.defpath)


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
