"""The page and its API: what a browser waits for, how many questions a second are answered, and what schedules feel of it."""

from __future__ import annotations

import gzip
import json
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import large
import ours

from workflow_scheduler.domain.account import Role
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.operations.runs.lists import run_list
from workflow_scheduler.operations.runs.show import get_run

RUNS = 1_000_000
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SECONDS = 30
ASKERS = 8


@contextmanager
def home_with_page(runs: int = 0) -> Iterator[ours.Home]:
    """A fresh home with a running scheduler, its page, and some past runs."""
    one = ours.Home()
    one.env |= {"WEB": "1", "PORT": "0"}
    if runs:
        large.fill(one, runs)
    with one.running():
        yield one


def asked(one: ours.Home, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "workflow_scheduler", *words, "--json"]
    done = subprocess.run(command, env=one.env, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout))


def browsing(one: ours.Home, repeat: int) -> list[str]:
    """What somebody waits for, in milliseconds, each time in a browser that has seen nothing yet."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only this part needs it

    thirty = {f"t{n}": [f"t{n - 30 + m}" for m in (0, 1)] if n >= 30 else [] for n in range(300)}
    tasks = [
        {"id": name, "command": "/bin/true", "depends_on": [d for d in before if d in thirty]}
        for name, before in thirty.items()
    ]
    one.apply({"id": "graph", "tasks": tasks}, {"id": "log", "tasks": [{"id": "a", "command": "/bin/true"}]})
    run_id = one.run("log")
    while get_run(one.app.database, one.app.home, run_id).state != "succeeded":
        time.sleep(0.1)
    line = "".join(f"{n:07d} what a script says when it has a lot to say, and says it in colour\n" for n in range(1000))
    with (one.folder / "attempts" / run_id / "a.1" / "stdout.log").open("w") as file:
        for _ in range(100_000_000 // len(line)):
            file.write(line)
    steps = {
        "first view, until there is content": ("", "h1"),
        f"runs, of {RUNS:,}": ("runs", "[data-row]"),
        "graph of 300 tasks": ("workflows/graph", "svg [data-task='t299'], [data-node='t299'], :text('t299')"),
        "end of an output of 100 MB": (f"runs/{run_id}", ":text('what a script says')"),
    }
    found: dict[str, list[float]] = {name: [] for name in steps}
    with sync_playwright() as playwright:
        for _ in range(repeat):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            context = browser.new_context()
            page = context.new_page()
            page.goto(asked(one, "web", "--print")["url"])
            page.wait_for_selector("h1")
            address = page.url.partition("#")[0]
            for name, (target, selector) in steps.items():
                fresh = context.new_page()
                client = context.new_cdp_session(fresh)
                client.send("Network.setCacheDisabled", {"cacheDisabled": True})
                began = time.perf_counter()
                fresh.goto(f"{address}#/{target}", wait_until="commit")
                fresh.locator(selector).first.wait_for(state="attached")
                found[name].append((time.perf_counter() - began) * 1000)
                fresh.close()
            browser.close()
    static = Path(large.__file__).parents[1] / "src" / "workflow_scheduler" / "web" / "static"
    first = (static / "index.html").read_text(encoding="utf-8")
    scripts = [path for path in (static / "assets").glob("*.js") if path.name in first]
    size = sum(len(gzip.compress(path.read_bytes())) for path in scripts) / 1000
    rows = [f"| {name} | {statistics.median(values):.0f} |" for name, values in found.items()]
    return [
        "| in Chromium, cold cache, whole page loads | ms |",
        "|---|---|",
        *rows,
        "",
        f"Scripts of the first view: {size:.0f} kB (gzip).",
    ]


class Asker(threading.Thread):
    """Asks one question after the other over one connection, until told to stop."""

    def __init__(self, port: int, request: bytes, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.count = 0
        self._port, self._request, self._stop_it = port, request, stop

    def run(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as connection:
            file = connection.makefile("rb")
            while not self._stop_it.is_set():
                connection.sendall(self._request)
                status, length = file.readline(), 0
                while (line := file.readline().lower()) not in (b"\r\n", b""):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                file.read(length)
                if b" 200 " not in status:
                    raise AssertionError(status)
                self.count += 1


def hammered(one: ours.Home) -> tuple[float, tuple[float, float]]:
    """Answers a second, and due to started (p50, p99 in ms) of a schedule of each second meanwhile."""
    now = datetime.now(UTC)
    token = Accounts(one.app.database).add_token("bench", Role.VIEWER, "bench", now, 1).token
    address = asked(one, "status")["page"]["address"]
    port = int(address.rpartition(":")[2])
    paths = ("runs?limit=50", "overview", "workflows?limit=50", "session")
    requests = [
        f"GET /api/v1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n".encode()
        for path in paths
    ]
    stop = threading.Event()
    askers = [Asker(port, requests[n % len(requests)], stop) for n in range(ASKERS)]
    for asker in askers:
        asker.start()
    began = time.monotonic()
    late = late_starts(one, "hammered")
    seconds = time.monotonic() - began
    stop.set()
    for asker in askers:
        asker.join(10)
    return sum(asker.count for asker in askers) / seconds, late


def late_starts(one: ours.Home, name: str) -> tuple[float, float]:
    """Due to started, p50 and p99 in ms, of a schedule of each second; its first fires start their keeper."""
    one.apply({"id": name, "tasks": [{"id": "a", **ours.NOW}], "schedules": [{"id": name, "every": "1s"}]})
    time.sleep(SECONDS)
    one.command("schedule", "pause", name)
    time.sleep(1)
    runs = run_list(one.app.database, limit=None, schedule_id=name)[:-2]
    return ours.percentiles([one.printed(run.id) - run.nominal_utc.timestamp() for run in runs])


def besieged(one: ours.Home) -> tuple[int, tuple[float, float]]:
    """With 10,000 connections tried, of which each sends its request a byte at a time: how many were open, and the starts."""
    port = int(asked(one, "status")["page"]["address"].rpartition(":")[2])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), most))
    held: list[socket.socket] = []
    stop = threading.Event()

    def besiege() -> None:
        dice = random.Random(1)
        tried = 0
        while not stop.is_set():
            if tried < 10_000:
                tried += 1
                connection = socket.socket()
                connection.settimeout(1)
                try:
                    connection.connect(("127.0.0.1", port))
                    connection.sendall(b"GET / HT")
                    held.append(connection)
                except OSError:
                    connection.close()
            elif held:
                with suppress(OSError):
                    dice.choice(held).sendall(b"x")
                time.sleep(0.001)

    siege = threading.Thread(target=besiege, daemon=True)
    siege.start()
    late = late_starts(one, "besieged")
    stop.set()
    siege.join()
    count = len(held)
    for connection in held:
        connection.close()
    return count, late


def page(repeat: int) -> list[str]:
    with home_with_page(RUNS) as one:
        lines = browsing(one, repeat)
        quiet = late_starts(one, "quiet")
        rate, late = hammered(one)
        count, slow = besieged(one)
    rows = [
        f"| nobody | - | {quiet[0]:.1f} | {quiet[1]:.1f} |",
        f"| {ASKERS} programs that ask as fast as they can | {rate:.0f} answers/s | {late[0]:.1f} | {late[1]:.1f} |",
        f"| 10,000 connections that send a byte at a time | {count:,} were accepted | {slow[0]:.1f} | {slow[1]:.1f} |",
    ]
    return [
        *lines,
        "",
        f"| who is at the page ({RUNS:,} past runs) | | due to started, p50, ms | p99, ms |",
        "|---|---|---|---|",
        *rows,
    ]
