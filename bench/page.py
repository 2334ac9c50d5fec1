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
import threading
import time
from contextlib import suppress
from pathlib import Path

from home import NOW, TRUE, Home, scheduler
from large import home_of_many_runs
from peer_scripts import Peers
from sizes import Sizes
from stopwatch import percentiles
from table import table

from workflow_scheduler import web
from workflow_scheduler.domain.account import Role
from workflow_scheduler.operations.runs.lists import run_list
from workflow_scheduler.operations.runs.show import get_run

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NOTHING, EMPTY = "an empty page", "data:text/html,<h1>nothing</h1>"
ASKERS = 8


def browsing(home: Home, sizes: Sizes) -> list[str]:
    """What somebody waits for, in milliseconds, each time in a browser that has seen nothing yet."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only this part needs it

    steps = {
        "first view, until there is content": ("", "h1"),
        f"runs, of {sizes.past_runs:,}": ("runs", "[data-row]"),
        "graph of 300 tasks": ("workflows/graph", "svg [data-task='t299'], [data-node='t299'], :text('t299')"),
        f"end of an output of {sizes.output_mb} MB": (
            f"runs/{long_output(home, sizes.output_mb)}",
            ":text('what a script says')",
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in (NOTHING, *steps)}
    with sync_playwright() as playwright:
        for _ in range(sizes.rounds):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            context = browser.new_context()
            page = context.new_page()
            page.goto(signed_in(home))
            page.wait_for_selector("h1")
            address = page.url.partition("#")[0]
            targets = {name: (f"{address}#/{target}", selector) for name, (target, selector) in steps.items()}
            for name, (target, selector) in {NOTHING: (EMPTY, "h1"), **targets}.items():
                fresh = context.new_page()
                client = context.new_cdp_session(fresh)
                client.send("Network.setCacheDisabled", {"cacheDisabled": True})
                began = time.perf_counter()
                fresh.goto(target, wait_until="commit")
                fresh.locator(selector).first.wait_for(state="attached")
                taken[name].append((time.perf_counter() - began) * 1000)
                fresh.close()
            browser.close()
    middles = {name: statistics.median(times) for name, times in taken.items()}
    rows = [[name, f"{middle:.0f}", f"{middle / middles[NOTHING]:.1f}"] for name, middle in middles.items()]
    return [
        *table(["in Chromium, cold cache, whole page loads", "ms", f"/ {NOTHING}"], rows),
        f"Scripts of the first view: {first_scripts():.0f} kB (gzip).",
        "",
    ]


def signed_in(home: Home) -> str:
    """An address that signs in."""
    done = subprocess.run(
        scheduler("web", "--print", "--json"), env=home.env, stdout=subprocess.PIPE, check=True, text=True
    )
    return str(json.loads(done.stdout)["url"])


def long_output(home: Home, megabytes: int) -> str:
    """A run with so long an output, beside a workflow of 300 tasks."""
    names = [f"t{number}" for number in range(300)]
    tasks = [
        {"id": name, **TRUE, "depends_on": names[number - 30 : number - 28] if number >= 30 else []}
        for number, name in enumerate(names)
    ]
    home.apply({"id": "graph", "tasks": tasks}, {"id": "log", "tasks": [{"id": "a", **TRUE}]})
    run_id = home.run("log")
    while get_run(home.app.database, home.app.home, run_id).state != "succeeded":
        time.sleep(0.1)
    line = "".join(f"{n:07d} what a script says when it has a lot to say, and says it in colour\n" for n in range(1000))
    with (home.folder / "attempts" / run_id / "a.1" / "stdout.log").open("w") as file:
        for _ in range(megabytes * 1_000_000 // len(line)):
            file.write(line)
    return run_id


def first_scripts() -> float:
    """The compressed size of the scripts of the first view, in kB."""
    static = Path(web.__file__).parent / "static"
    first = (static / "index.html").read_text(encoding="utf-8")
    scripts = [path for path in (static / "assets").glob("*.js") if path.name in first]
    return sum(len(gzip.compress(path.read_bytes())) for path in scripts) / 1000


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


def hammered(home: Home, seconds: int) -> tuple[float, tuple[float, float]]:
    """Answers a second, and due to started (p50, p99 in ms) of a schedule of each second meanwhile."""
    question = home.token(Role.VIEWER)
    home.visit(question)
    token = question["Authorization"]
    paths = ("runs?limit=50", "overview", "workflows?limit=50", "session")
    requests = [
        f"GET /api/v1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {token}\r\n\r\n".encode() for path in paths
    ]
    stop = threading.Event()
    askers = [Asker(home.port, requests[n % len(requests)], stop) for n in range(ASKERS)]
    for asker in askers:
        asker.start()
    began = time.monotonic()
    late = late_starts(home, "hammered", seconds)
    taken = time.monotonic() - began
    stop.set()
    for asker in askers:
        asker.join(10)
    return sum(asker.count for asker in askers) / taken, late


def late_starts(home: Home, name: str, seconds: int) -> tuple[float, float]:
    """Due to started, p50 and p99 in ms, of a schedule of each second; its first fires start their keeper."""
    home.apply({"id": name, "tasks": [{"id": "a", **NOW}], "schedules": [{"id": name, "every": "1s"}]})
    time.sleep(seconds)
    home.command("schedule", "pause", name)
    time.sleep(1)
    runs = run_list(home.app.database, limit=None, schedule_id=name)[:-2]
    return percentiles([home.printed(run.id) - run.nominal_utc.timestamp() for run in runs])


def besieged(home: Home, seconds: int) -> tuple[int, tuple[float, float]]:
    """With 10,000 connections tried, of which each sends its request a byte at a time: how many were open, and the starts."""
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
                    connection.connect(("127.0.0.1", home.port))
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
    late = late_starts(home, "besieged", seconds)
    stop.set()
    siege.join()
    count = len(held)
    for connection in held:
        connection.close()
    return count, late


def page(peers: Peers) -> list[str]:
    sizes = peers.sizes
    with home_of_many_runs(sizes.past_runs).running() as home:
        lines = browsing(home, sizes)
        quiet = late_starts(home, "quiet", sizes.seconds_at_page)
        rate, late = hammered(home, sizes.seconds_at_page)
        count, slow = besieged(home, sizes.seconds_at_page)
    rows = [
        ["none", "-", *_late(quiet, quiet)],
        [f"{ASKERS} programs that ask as fast as they can", f"{rate:.0f} answers/s", *_late(late, quiet)],
        ["10,000 connections that send a byte at a time", f"{count:,} were accepted", *_late(slow, quiet)],
    ]
    head = f"who is at the page ({sizes.past_runs:,} past runs)"
    return [*lines, *table([head, "", "due to started, p50, ms", "p99, ms", "p50 / with none"], rows)]


def _late(late: tuple[float, float], quiet: tuple[float, float]) -> list[str]:
    return [f"{late[0]:.1f}", f"{late[1]:.1f}", f"{late[0] / quiet[0]:.2f}"]
