"""Checks the folder of a home: permissions, locks and file system."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.lock import locks_work
from workflow_scheduler.files.probe import Verdict
from workflow_scheduler.files.readiness import probe_file
from workflow_scheduler.operations.access.secret import SECRET_NAME
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.storage.errors import BACKUPS
from workflow_scheduler.system.long_paths import path_length_trouble
from workflow_scheduler.system.windows_rights import open_to_everybody

from .doctor_drive import drive_of, drive_troubles

__all__ = ["Finding", "closed_to_this_user", "count", "examine_home", "not_usable"]

_READ = (SECRET_NAME, HOME_ID)
_MADE = ("engine.lock", "scheduler.log", *_READ, "attempts", BACKUPS)
"""What the scheduler creates in the home besides the database; everything else belongs to the user."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok, warning or problem. `advice`: what to do, empty if nothing."""

    about: str
    state: str
    words: str
    advice: str = ""


def count(things: list[str], noun: str) -> str:
    return f"1 {noun} is" if len(things) == 1 else f"{len(things)} {noun}s are"


def examine_home(home: Path) -> Iterator[Finding]:
    """The checks that need neither settings nor database."""
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor") as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        advice = f"make {home} writable by the user of the scheduler, or choose another home with --home"
        yield Finding("home", "problem", f"not writable ({error.strerror})", advice)
        return
    yield _rights(home)
    yield from _place(home)
    yield _locks(home)
    yield _readiness(home)
    yield _time_zones()


def _rights(home: Path) -> Finding:
    if closed := closed_to_this_user([home / name for name in _MADE]):
        return not_usable("home", home, closed, [home])
    if sys.platform != "win32" and home.stat().st_mode & stat.S_IWOTH:
        words = f"{home} is writable by everybody on this machine"
        return Finding("home", "warning", words, f"chmod o-w '{home}'")
    if (open_ := open_to_everybody(home)) is not None:
        return Finding("home", "warning", f"{home} is writable by {open_.who}", open_.advice.removeprefix("run: "))
    return Finding("home", "ok", f"{home} is writable")


def _place(home: Path) -> Iterator[Finding]:
    """On Windows: whether the location suits a home."""
    if sys.platform != "win32":
        return
    words, advice = path_length_trouble(home)
    if words:
        yield Finding("home", "warning", words, advice)
    for words, advice in drive_troubles(str(home), drive_of(str(home))):
        yield Finding("home", "warning", words, advice)


def closed_to_this_user(paths: list[Path]) -> list[Path]:
    """The existing paths that this user lacks access to."""
    return [path for path in paths if path.exists() and not _usable(path)]


def _usable(path: Path) -> bool:
    if sys.platform != "win32":
        # Do not open files: closing SQLite's would release this process's locks on it.
        wanted = os.R_OK if path.name in _READ else os.R_OK | os.W_OK
        return os.access(path, wanted | os.X_OK if path.is_dir() else wanted)
    # On Windows os.access checks only the read-only attribute, not the permissions.
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


def not_usable(about: str, home: Path, closed: list[Path], whole: list[Path]) -> Finding:
    """`whole`: the paths that belong entirely to the scheduler, whose ownership is restored as a whole."""
    words = f"no access for this user: {', '.join(path.name for path in closed)}"
    return Finding(about, "problem", words, _how_to_give_back(home, closed, whole))


def _how_to_give_back(home: Path, closed: list[Path], whole: list[Path]) -> str:
    if sys.platform == "win32":
        return "give this user access (Properties, Security), or run the scheduler as the user who created them"
    user, number = os.geteuid(), home.stat().st_uid
    try:
        owner = home.owner()
    except KeyError:  # a user without a name, as in a container
        owner = str(number)
    if number != user:
        return f"run the scheduler as {owner}, who owns the home"
    if all(path.stat().st_uid == user for path in closed):
        return f"chmod u+rwX {shlex.join(map(str, closed))}"
    return f"sudo chown -R {owner} {shlex.join(map(str, whole))}"


def _locks(home: Path) -> Finding:
    if locks_work(home):
        return Finding("locks", "ok", "file locks keep a second scheduler out")
    advice = "use a home on a local disk: here two schedulers could run at once"
    return Finding("locks", "problem", "no file locks on this file system", advice)


def _readiness(home: Path) -> Finding:
    # On Windows no other process can open a self-deleting temporary file.
    with tempfile.TemporaryDirectory(dir=home, prefix=".doctor") as folder:
        file = Path(folder) / "file"
        file.write_bytes(b"x")
        found = probe_file(str(file))
    if found.verdict is Verdict.FINISHED:
        return Finding("output files", "ok", f"check: {found.words}")
    advice = "for a stronger check, write output files to a local disk"
    return Finding("output files", "warning", f"checked only by an unchanged size and time ({found.words})", advice)


def _time_zones() -> Finding:
    data = ["the system's"] if any(Path(place, "UTC").exists() for place in zoneinfo.TZPATH) else []
    with contextlib.suppress(ImportError):
        import tzdata  # type: ignore[import-untyped]  # noqa: PLC0415  its absence is a finding

        data.append(f"tzdata {tzdata.IANA_VERSION}")
    if not data:
        return Finding("time zones", "problem", "no time zone data", "pip install --upgrade tzdata")
    return Finding("time zones", "ok", f"data: {', then '.join(data)}")
