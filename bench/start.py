"""Start-up: how long until it schedules, and until its web interface and its API answer."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from home import TRUE, Home, scheduler
from peer_scripts import Peers
from stopwatch import BARE, answered, until, whole_command
from table import medians, ratio, table

from workflow_scheduler.domain.account import Role

__all__ = ["daily", "start"]

WORKS = {
    "returned": "`start` has returned",
    "scheduled": "a run that was due has begun to be recorded",
    "page": "the web interface answers",
    "api": "the API answers a signed-in question",
}


def daily(count: int) -> list[dict[str, Any]]:
    """This many workflows, each with a daily schedule at a time of its own."""
    return [
        {
            "id": f"w{number}",
            "tasks": [{"id": "a", **TRUE}],
            "schedules": [{"id": f"s{number}", "cron": f"{number % 60} {number // 60 % 24} * * *"}],
        }
        for number in range(count)
    ]


def start(peers: Peers) -> list[str]:
    sizes = peers.sizes
    names = peers.names("start")
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("floor", "this", *names)}
    home = Home()
    home.apply(*daily(sizes.workflows - 1), due_always())
    question = home.token(Role.VIEWER)
    for _ in range(sizes.rounds):
        rounds["floor"].append({"bare": whole_command(BARE)})
        rounds["this"].append(ours(home, question))
        for name in names:
            rounds[name].append(peers.ask(name, "start"))
    home.app.close()
    columns = ("this", *names)
    rows = [
        [
            label,
            *(medians(rounds, name, figure, lambda ms: f"{ms:.0f}") for name in columns),
            ratio(rounds, figure, "bare"),
        ]
        for figure, label in WORKS.items()
    ]
    titles = ["this project", *peers.titles("start")]
    bare = medians(rounds, "floor", "bare", lambda ms: f"{ms:.0f}")
    head = f"start with {sizes.workflows} workflows, ms until … (bare Python: {bare})"
    return table([head, *titles, "this / bare Python"], rows)


def due_always() -> dict[str, Any]:
    """A workflow that is due as soon as somebody plans."""
    return {"id": "due", "tasks": [{"id": "a", **TRUE}], "schedules": [{"id": "due", "every": "1s"}]}


def ours(home: Home, question: dict[str, str]) -> dict[str, float]:
    """Milliseconds from the start of the command until each of these is true."""
    time.sleep(1.2)  # the schedule of every second is due
    with closing(sqlite3.connect(home.folder / "jobs.sqlite", check_same_thread=False)) as database:
        before = runs(database)
        process = subprocess.Popen(scheduler("start"), env=home.env, stdout=subprocess.DEVNULL)
        probes = {
            "returned": lambda: process.poll() is not None,
            "scheduled": lambda: runs(database) > before,
            "page": lambda: answered(home.port, "/health"),
            "api": lambda: answered(home.port, "/api/v1/session", question),
        }
        try:
            with ThreadPoolExecutor() as pool:
                waits = {name: pool.submit(until, probe) for name, probe in probes.items()}
                return {name: wait.result() * 1000 for name, wait in waits.items()}
        finally:
            process.wait()
            home.command("stop", "--kill")


def runs(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM runs").fetchone()[0])
