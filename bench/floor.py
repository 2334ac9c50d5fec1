"""The floors: the least that the same work costs on this machine. `floor.py PART SIZES` prints JSON.

Commands are started by posix_spawn and waited for, with nothing around them; once with two durable SQLite commits around each.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import memory
from stopwatch import percentiles

TRUE = ["/bin/true"]
NOW = ["/bin/date", "+%s.%N"]


def spawn(command: list[str] = TRUE, output: int | None = None) -> None:
    actions = [] if output is None else [(os.POSIX_SPAWN_DUP2, output, 1)]
    os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=actions), 0)


def chain(tasks: int, step: Callable[[], None]) -> float:
    """Seconds per task, one after another."""
    began = time.perf_counter()
    for _ in range(tasks):
        step()
    return (time.perf_counter() - began) / tasks


def at_once(tasks: int, step: Callable[[], None], threads: int = 10) -> float:
    """Seconds for this many, ten at a time."""
    left = list(range(tasks))

    def work() -> None:
        while left:
            try:
                left.pop()
            except IndexError:
                return
            step()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def printed(tasks: int) -> tuple[float, float]:
    """From one time to the times that this many commands print, ten at a time: p50 and p99 in ms."""
    with tempfile.TemporaryFile() as file:
        # What several append to one file is not mixed.
        os.set_inheritable(file.fileno(), True)
        began = time.time()
        at_once(tasks, lambda: spawn(NOW, file.fileno()))
        file.seek(0)
        return percentiles([float(line) - began for line in file.read().split()])


def durable(folder: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{folder}/floor.sqlite", isolation_level=None)
    for words in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (x)"):
        database.execute(words)
    return database


def throughput(sizes: dict[str, Any], folder: str) -> dict[str, Any]:
    database = durable(folder)

    def step() -> None:
        database.execute("INSERT INTO t VALUES (1)")
        spawn()
        database.execute("INSERT INTO t VALUES (2)")

    return {
        "chain": chain(sizes["chain"], spawn),
        "chain_durable": chain(sizes["chain"], step),
        "fan_out": sizes["fan_out"] / at_once(sizes["fan_out"], spawn),
        "burst": 1 / chain(sizes["burst"], step),
    }


def latency(sizes: dict[str, Any], _: str) -> dict[str, Any]:
    return {"single": percentiles([printed(1)[0] / 1000 for _ in range(20)])} | {
        str(due): printed(due) for due in sizes["due"]
    }


def writes(sizes: dict[str, Any], folder: str) -> dict[str, Any]:
    database = durable(folder)
    requests = 1 / chain(sizes["burst"], lambda: database.execute("INSERT INTO t VALUES (1)"))
    texts = [json.dumps({"id": f"w{number}"}) for number in range(sizes["many_workflows"])]
    began = time.perf_counter()
    for number, text in enumerate(texts):
        Path(f"{folder}/{number}.json").write_text(text)
    database.execute("BEGIN")
    for number in range(len(texts)):
        parsed = json.loads(Path(f"{folder}/{number}.json").read_text())
        database.execute("INSERT INTO t VALUES (?)", [parsed["id"]])
    database.execute("COMMIT")
    return {"apply": time.perf_counter() - began, "requests": requests}


def bare(_: dict[str, Any], __: str) -> dict[str, Any]:
    """The memory of a Python that does nothing."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    time.sleep(0.5)
    used = memory(process.pid)
    process.communicate(b"\n")
    return {"memory": used}


def main() -> None:
    part = {"throughput": throughput, "latency": latency, "writes": writes, "memory": bare}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        json.dump(part(json.loads(sys.argv[2]), folder), sys.stdout)


if __name__ == "__main__":
    main()
