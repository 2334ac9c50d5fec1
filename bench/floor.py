"""The floor: `/bin/true` by posix_spawn and wait, alone and with two durable SQLite commits around it. Prints JSON."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable

COMMAND = ["/bin/true"]


def spawn() -> None:
    os.waitpid(os.posix_spawn(COMMAND[0], COMMAND, os.environ), 0)


def chain(tasks: int, step: Callable[[], None]) -> float:
    """Seconds per task, one after another."""
    began = time.perf_counter()
    for _ in range(tasks):
        step()
    return (time.perf_counter() - began) / tasks


def fan_out(tasks: int, at_once: int) -> float:
    """Tasks per second, so many at a time."""
    threads = [threading.Thread(target=chain, args=(tasks // at_once, spawn)) for _ in range(at_once)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tasks / (time.perf_counter() - began)


def durable(folder: str) -> Callable[[], None]:
    database = sqlite3.connect(f"{folder}/floor.sqlite", isolation_level=None)
    for words in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (x)"):
        database.execute(words)

    def step() -> None:
        database.execute("INSERT INTO t VALUES (1)")
        spawn()
        database.execute("INSERT INTO t VALUES (2)")

    return step


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        step = durable(folder)
        found = {"chain": chain(50, spawn), "chain_durable": chain(50, step)}
        found |= {"fan_out": fan_out(200, 10), "burst": 1 / chain(200, step)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
