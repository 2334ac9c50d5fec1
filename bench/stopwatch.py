"""Times what is started and asked from outside: whole commands, the first answer of a server, a burst of requests."""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

__all__ = ["BARE", "answered", "burst", "free_port", "percentiles", "until", "whole_command", "whole_commands"]

BARE = [sys.executable, "-c", "pass"]
"""The floor of every command here: Python, started and ended."""
LIMIT = 300


def whole_command(command: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Milliseconds from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    taken = time.perf_counter() - began
    if done.returncode not in (0, 3):  # 3: status, of a scheduler that does not run
        raise subprocess.CalledProcessError(done.returncode, command)
    return taken * 1000


def whole_commands(
    commands: Mapping[str, Sequence[str]], env: Mapping[str, str] | None, rounds: int
) -> dict[str, tuple[float, float]]:
    """The median of each in milliseconds, and of its ratio to bare Python in the same round. They take turns; `bare`
    is bare Python itself."""
    taken: dict[str, list[float]] = {name: [] for name in ("bare", *commands)}
    for _ in range(rounds):
        for name, command in {"bare": BARE, **commands}.items():
            taken[name].append(whole_command(command, env))
    return {
        name: (
            statistics.median(times),
            statistics.median(time / floor for time, floor in zip(times, taken["bare"], strict=True)),
        )
        for name, times in taken.items()
    }


def until(probe: Callable[[], object], every: float = 0.005) -> float:
    """Seconds until the probe is true; asked every 5 ms."""
    began = time.perf_counter()
    while not probe():
        if time.perf_counter() - began > LIMIT:
            raise TimeoutError(probe)
        time.sleep(every)
    return time.perf_counter() - began


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def answered(port: int, path: str, headers: Mapping[str, str] | None = None) -> bool:
    """Whether this address answers with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers=dict(headers or {}))
        return connection.getresponse().status == 200
    return False


def burst(port: int, paths: Sequence[str], headers: Mapping[str, str] | None = None, threads: int = 8) -> float:
    """Seconds until every one of these POSTs was accepted, sent by this many threads at once, each over a connection
    of its own."""
    left, refused = list(paths), []
    ready = threading.Barrier(threads + 1)

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.connect()
        ready.wait()
        with suppress(IndexError):
            while True:
                path = left.pop()
                connection.request("POST", path, "{}", {"Content-Type": "application/json", **(headers or {})})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status >= 300:
                    refused.append((path, answer.status, body))

    askers = [threading.Thread(target=ask) for _ in range(threads)]
    for asker in askers:
        asker.start()
    ready.wait()
    began = time.perf_counter()
    for asker in askers:
        asker.join()
    taken = time.perf_counter() - began
    if refused:
        raise AssertionError(refused[0])
    return taken


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile of seconds, in milliseconds."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000
