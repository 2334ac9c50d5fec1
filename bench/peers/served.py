"""A peer that is a server with a web interface: defined, started and measured from outside, the way this project is.

Each part is a function that gives the figures of one round; `main` runs the one that the command line names.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from processes import idle
from stopwatch import answered, burst, free_port, percentiles, until, whole_commands

__all__ = ["Served", "Work", "main"]

TRUE = ("/bin/true",)


@dataclass(frozen=True, slots=True)
class Work:
    """A job or a DAG: tasks by name with what they depend on, a command for all of them, and when it is due."""

    name: str
    command: Sequence[str] = TRUE
    tasks: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"t0": []})
    cron: str = ""
    at: datetime | None = None


class Served(ABC):
    """In a fresh folder, which stays until everybody is measured."""

    page = "/"
    api: ClassVar[str]
    env: Mapping[str, str]

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.port = free_port()
        self.env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.log = self.folder / "server.log"

    @property
    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def define(self, works: Sequence[Work]) -> None:
        """Write the definitions."""

    @abstractmethod
    def server(self) -> list[str]:
        """The command that serves them, with its web interface."""

    @abstractmethod
    def trigger(self, name: str) -> str:
        """The address that starts a run of a workflow of one task."""

    @abstractmethod
    def seconds(self, name: str) -> float:
        """Run this workflow; how long it took."""

    @abstractmethod
    def due(self) -> datetime:
        """The next time that is far enough away to start before it."""

    @abstractmethod
    def printed(self, names: Sequence[str]) -> list[float]:
        """When their tasks began, as the tasks themselves print it; those that have printed."""

    @abstractmethod
    def finished(self, names: Sequence[str]) -> int:
        """How many of them have had a finished run."""

    @abstractmethod
    def lists(self, sizes: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
        """Whole commands; by default there is `--help` only."""

    def applied(self, works: Sequence[Work]) -> float | None:
        """Seconds until these definitions are in force; None if no command says when they are."""
        return None

    @contextmanager
    def running(self, *works: Work) -> Iterator[int]:
        """Its process, once its page answers; killed at the end."""
        if works:
            self.define(works)
        with self.log.open("wb") as log:
            process = subprocess.Popen(self.server(), env=self.env, stdout=log, stderr=log, start_new_session=True)
            try:
                until(lambda: self.answers(self.page, process))
                yield process.pid
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def answers(self, path: str, process: subprocess.Popen[bytes] | None = None) -> bool:
        if process is not None and process.poll() is not None:
            raise SystemExit(f"{self.server()} ended: {self.log.read_text(errors='replace')[-2000:]}")
        return answered(self.port, path)

    def ask(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, "{}" if method == "POST" else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {body[:500]!r}")
        return json.loads(body)

    def commands(
        self, commands: Mapping[str, Sequence[str]], sizes: Mapping[str, Any]
    ) -> dict[str, tuple[float, float]]:
        return whole_commands(commands, self.env, sizes["command_rounds"])


def daily(count: int) -> list[Work]:
    return [Work(f"w{number}", cron=f"{number % 60} {number // 60 % 24} * * *") for number in range(count)]


def throughput(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"t{number}" for number in range(sizes["chain"])]
    chain = {name: [names[number - 1]] if number else [] for number, name in enumerate(names)}
    fan_out = {f"t{number}": () for number in range(sizes["fan_out"])}
    warm = {"t0": [], "t1": []}
    with peer.running(Work("chain", tasks=chain), Work("fan_out", tasks=fan_out), Work("warm", tasks=warm)):
        peer.seconds("warm")
        return {
            "chain": peer.seconds("chain") / sizes["chain"],
            "fan_out": sizes["fan_out"] / peer.seconds("fan_out"),
        }


def latency(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    count = sizes["due"][0]
    at = peer.due()
    works = [Work(f"w{number}", ("/bin/date", "+%s.%N"), at=at) for number in range(count)]
    names = [work.name for work in works]
    with peer.running(*works):
        time.sleep(max(0, at.timestamp() - time.time()))
        until(lambda: len(peer.printed(names)) == count, 0.1)
        return {str(count): percentiles([began - at.timestamp() for began in peer.printed(names)])}


def start(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """From the start of its process; what answers first is not asked for again."""
    peer.define(daily(sizes["workflows"]))
    began = time.perf_counter()
    with peer.running():
        page = time.perf_counter() - began
        until(lambda: peer.answers(peer.api))
        return {"page": page * 1000, "api": (time.perf_counter() - began) * 1000}


def lists(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    return dict(peer.lists(sizes))


def memory(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    with peer.running(*daily(sizes["many_workflows"])) as pid:
        return {"idle": idle(pid, *sizes["idle"])}


def writes(peer: Served, sizes: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"w{number}" for number in range(sizes["burst"])]
    with peer.running(*(Work(name, cron="0 0 1 1 *") for name in [*names, "warm"])):
        began = time.perf_counter()
        taken = burst(peer.port, [peer.trigger(name) for name in names])
        until(lambda: peer.finished(names) == len(names), 0.02)
        figures = {"requests": len(names) / taken, "finished": len(names) / (time.perf_counter() - began)}
    return figures | {"apply": peer.applied(daily(sizes["many_workflows"]))}


def main(kind: type[Served]) -> None:
    parts = {
        "throughput": throughput,
        "latency": latency,
        "start": start,
        "lists": lists,
        "memory": memory,
        "writes": writes,
    }
    peer = kind()
    figures = parts[sys.argv[1]](peer, json.loads(sys.argv[2]))
    json.dump({"version": peer.version, **figures}, sys.stdout)


def copied(folder: Path) -> float:
    """Seconds to copy a folder."""
    began = time.perf_counter()
    shutil.copytree(folder, folder.with_name(f"{folder.name}.copy"))
    return time.perf_counter() - began


def now() -> datetime:
    return datetime.now(UTC)
