"""Two schedulers and two workers on one PostgreSQL, all on this machine and without containers: to try it, and to test it.

    python deploy/one_machine.py up FOLDER        makes everything in the folder and starts it
    python deploy/one_machine.py down FOLDER      stops it; `up` starts it again with what it had

Everything listens on 127.0.0.1 only. PostgreSQL's programs must be installed; as root, they run as the user postgres.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCHEDULERS, WORKERS = ("scheduler-1", "scheduler-2"), ("worker-1", "worker-2")
PATIENCE = 60
"""Seconds until a worker has said hello."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python deploy/one_machine.py", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("folder", type=Path, help="everything's own folder, made if it is missing")
    chosen = parser.parse_args()
    folder = chosen.folder.absolute()
    up(folder) if chosen.what == "up" else down(folder)


def up(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder / "postgresql")
    server.start()
    for name in SCHEDULERS:
        home = folder / name
        if not home.exists():
            home.mkdir(mode=0o700)
            (home / ".env").touch(mode=0o600)
            (home / ".env").write_text(f"DB_URL={server.url}\nPORT={free_port()}\n")
        if not json.loads(scheduler(home, "status", "--json", check=False))["running"]:
            scheduler(home, "start")
    for name in WORKERS:
        home = folder / name
        if not (home / "worker.json").exists():
            home.mkdir(mode=0o700, exist_ok=True)
            words = ("--name", name, "--labels", "here", "--slots", "5", "--address", server.address)
            made = answer(folder / SCHEDULERS[0], "worker", "invite", *words)
            scheduler(home, "worker", "join", made["token"])
        start_worker(home)
    wait_for_workers(folder / SCHEDULERS[0])
    for name in SCHEDULERS:
        print(f"{name}: scheduler --home {folder / name} web")
    print(f"Run a task on a worker: place: {{labels: [here]}}, or {{worker: {WORKERS[0]}}}.")


def down(folder: Path) -> None:
    for name in WORKERS:
        if (folder / name / "worker.json").exists():
            scheduler(folder / name, "worker", "stop", check=False)
    for name in SCHEDULERS:
        if (folder / name).exists():
            scheduler(folder / name, "stop", check=False)
    Server(folder / "postgresql").stop()


class Server:
    """A PostgreSQL cluster in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._known['port']}"

    @property
    def url(self) -> str:
        return f"postgresql://scheduler:{self._known['password']}@{self.address}/postgres"

    @property
    def _known(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "address.json").read_text()))

    @property
    def pid(self) -> int:
        """Of the running server, from which its other processes descend."""
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def start(self) -> None:
        if not self._data.exists():
            self._make()
        if self._call("pg_ctl", "-D", str(self._data), "status", check=False):
            self._call("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        if self._data.exists():
            self._call("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop", check=False)

    def _make(self) -> None:
        self.folder.mkdir()
        address = {"port": free_port(), "password": secrets.token_hex(24)}
        (self.folder / "address.json").touch(mode=0o600)
        (self.folder / "address.json").write_text(json.dumps(address))
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(address["password"])
        if os.geteuid() == 0:
            for path in (self.folder, password):
                shutil.chown(path, "postgres")
        words = ("-U", "scheduler", "-A", "scram-sha-256", "-E", "UTF8", f"--pwfile={password}")
        self._call("initdb", "-D", str(self._data), *words)
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses='127.0.0.1'\nport={address['port']}\nunix_socket_directories=''\nmax_connections=200\n"
            )

    def _call(self, program: str, *words: str, check: bool = True) -> int:
        """Run a program of PostgreSQL, which refuses to be root."""
        rights: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )
        done = subprocess.run(
            [programs() / program, *words], capture_output=True, text=True, cwd="/", check=False, **rights
        )
        if check and done.returncode:
            sys.exit(f"{program} ended with exit code {done.returncode}: {done.stdout}{done.stderr}")
        return done.returncode


def programs() -> Path:
    """Where PostgreSQL's programs are. Debian keeps them off PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not folders:
        sys.exit("PostgreSQL is missing; install it (on Debian: apt-get install postgresql).")
    return folders[-1].parent


def scheduler(home: Path, *words: str, check: bool = True) -> str:
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if check and done.returncode:
        sys.exit(f"scheduler {' '.join(words[:2])} ended with exit code {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def answer(home: Path, *words: str) -> Any:
    return json.loads(scheduler(home, *words, "--json"))


def start_worker(home: Path) -> None:
    """Beside one that runs already, it ends by itself."""
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), "worker", "start"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.Popen(command, cwd=home, start_new_session=True, **quiet)


def wait_for_workers(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while {worker["state"] for worker in answer(home, "workers", "list")} != {"active"}:
        if time.monotonic() > deadline:
            sys.exit(f"The workers do not start; see worker.log in {home.parent / WORKERS[0]}.")
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
