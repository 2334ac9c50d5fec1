"""A PostgreSQL cluster of the tests' own, on a socket of its own, and a fresh database in it for each test."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_SETTINGS = "fsync=off\nlisten_addresses=''\nmax_connections=60\nshared_buffers=32MB\n"


def binaries() -> Path | None:
    """Where `initdb` is; Debian keeps it off PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


def _as_user(command: list[str]) -> None:
    # PostgreSQL refuses to run as root.
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*before, *command], check=True, capture_output=True, cwd="/")


def restart(url: str, away: float = 0.0) -> None:
    """Stop the cluster of a URL at once, as a crash would, and start it again after `away` seconds."""
    root = Path(url.rpartition("host=")[2])
    control = [f"{binaries()}/pg_ctl", "-D", str(root / "data"), "-w", "-l", str(root / "log")]
    _as_user([*control, "stop", "-m", "immediate"])
    time.sleep(away)
    _as_user([*control, "start"])


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A running cluster; yields a URL with `{name}` for the database."""
    folder = binaries()
    if folder is None:
        pytest.fail("PostgreSQL is missing; install it (on Debian: apt-get install postgresql)")
    root = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        shutil.chown(root, "postgres")
    data = root / "data"
    _as_user([str(folder / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8"])
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS + f"unix_socket_directories='{root}'\n")
    control = [str(folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log")]
    _as_user([*control, "start"])
    try:
        yield f"postgresql://tester@/{{name}}?host={root}"
    finally:
        _as_user([*control, "stop", "-m", "immediate"])
        shutil.rmtree(root, ignore_errors=True)
