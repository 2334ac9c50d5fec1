"""Tasks on other machines: how soon one starts there, how fast many follow each other, and how soon one is dead."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import processes
from home import NOW, TRUE, Home, scheduler
from peer_scripts import Peers
from sizes import Sizes
from stopwatch import percentiles, until
from table import medians, table
from throughput import seconds, side_by_side

from workflow_scheduler.operations.runs.lists import run_list
from workflow_scheduler.operations.runs.start import cancel_run

sys.path.append(str(Path(__file__).parents[1] / "deploy"))
from one_machine import Server, answer

__all__ = ["workers"]


def workers(peers: Peers) -> list[str]:
    sizes = peers.sizes
    names = peers.names("workers")
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("this", *names)}
    for number in range(sizes.long_rounds):
        rounds["this"].append(ours(sizes))
        for name in peers.turn("workers", number):
            with cluster() as server, tempfile.TemporaryDirectory() as stamps:
                os.environ |= {"BENCH_POSTGRESQL": server.url, "BENCH_STAMPS": stamps}
                rounds[name].append(peers.ask(name, "workers"))
    rows = [
        [label, *(_shown(rounds, name, figure) for name in rounds)]
        for label, figure in (
            (f"fan-out of {sizes.wide:,} over {sizes.workers} workers of {sizes.slots} slots, tasks/s", "wide"),
            ("asked for to started there, p50 / p99 in ms", "picked"),
            ("cancelled to dead there, p50 / p99 in ms", "cancelled"),
        )
    ]
    printed = printing(sizes.printed_mb)
    idle = {count: idleness(count, sizes.idle[1]) for count in sizes.idle_workers}
    return [
        *table(["work on PostgreSQL, all on one machine", "this project", *peers.titles("workers")], rows),
        *table(
            ["idle workers", "PostgreSQL and scheduler, % of a core", "each worker, % of a core", "each worker, MB"],
            [
                [str(count), f"{used:.2f}", f"{each:.2f}", f"{memory:.0f}"]
                for count, (used, each, memory) in idle.items()
            ],
        ),
        f"A command on a worker printed {sizes.printed_mb:,} MB in {printed.seconds:.1f} s. The worker and its keepers grew by at "
        f"most {printed.worker:.0f} MB, the scheduler by {printed.scheduler:.0f} MB; {printed.kept:.1f} MB are kept there, and "
        f"{printed.travelled:.1f} MB have come to the scheduler.",
    ]


def _shown(rounds: dict[str, list[dict[str, Any]]], name: str, figure: str) -> str:
    if figure == "wide":
        return medians(rounds, name, figure, lambda rate: f"{rate:.0f}")
    values = [value for one in rounds[name] for value in one.get(figure, ())]
    return "{:.0f} / {:.0f}".format(*percentiles(values)) if values else "-"


@contextmanager
def cluster() -> Iterator[Server]:
    """A PostgreSQL of its own, as it is installed: each commit waits for the disk."""
    folder = Path(tempfile.mkdtemp())
    for place in (folder, folder.parent):  # PostgreSQL is another user
        place.chmod(place.stat().st_mode | 0o055)
    server = Server(folder / "postgresql")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def working(count: int, slots: int) -> Iterator[tuple[Home, Server, list[int]]]:
    """A scheduler and so many workers; yields its home, its PostgreSQL and the workers' processes."""
    with cluster() as server:
        home = Home(DB_URL=server.url, MAX_PROCESSES=10, MAX_THREADS=200)
        with home.running():
            started = [_worker(home, server, number, slots) for number in range(count)]
            try:
                until(lambda: _active(home) == count, every=0.5)
                yield home, server, [process.pid for process in started]
            finally:
                for process in started:
                    process.terminate()
                for process in started:
                    process.wait()


def _worker(home: Home, server: Server, number: int, slots: int) -> subprocess.Popen[bytes]:
    folder = home.folder / f"worker-{number}"
    folder.mkdir()
    words = ("--name", f"w{number}", "--labels", "bench", "--slots", str(slots), "--address", server.address)
    token = answer(home.folder, "worker", "invite", *words)["token"]
    env = {**home.env, "SCHEDULER_HOME": str(folder)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(scheduler("worker", "join", token), env=env, check=True, **quiet)
    return subprocess.Popen(scheduler("worker", "start"), env=env, **quiet)


def _active(home: Home) -> int:
    return sum(worker["state"] == "active" for worker in answer(home.folder, "workers", "list"))


def ours(sizes: Sizes) -> dict[str, Any]:
    place = {"place": {"labels": ["bench"]}}
    with working(sizes.workers, sizes.slots) as (home, _, _):
        home.apply(
            {**place, "id": "wide", "tasks": side_by_side(sizes.wide)},
            {**place, "id": "warm", "tasks": side_by_side(sizes.workers * sizes.slots)},
            {**place, "id": "one", "tasks": [{"id": "a", **NOW}]},
            {
                **place,
                "id": "long",
                "tasks": [{"id": "a", "command": "/bin/sh", "args": ["-c", "echo $$; exec sleep 600"]}],
            },
        )
        home.run("warm")
        home.wait(1)
        picked = []
        for _ in range(sizes.picked):
            time.sleep(0.1)
            run_id = home.run("one")
            until(lambda run_id=run_id: _run(home, run_id).finished_at is not None)
            picked.append(home.printed(run_id) - _run(home, run_id).queued_at.timestamp())
        cancelled = [_cancelled(home) for _ in range(sizes.cancelled)]
        run_id = home.run("wide")
        until(lambda: _run(home, run_id).finished_at is not None, every=0.1)
        rate = sizes.wide / seconds(_run(home, run_id))
    return {"wide": rate, "picked": picked, "cancelled": cancelled}


def _run(home: Home, run_id: str) -> Any:
    return next(run for run in run_list(home.app.database, limit=None) if run.id == run_id)


def _cancelled(home: Home) -> float:
    run_id = home.run("long")
    logs = f"worker-*/attempts/{run_id}/a.1/stdout.log"
    until(lambda: any(path.read_text() for path in home.folder.glob(logs)))
    pid = int(next(home.folder.glob(logs)).read_text())
    began = time.time()
    cancel_run(home.app.database, run_id, home.app.now())
    until(lambda: not Path(f"/proc/{pid}").exists())
    return time.time() - began


@dataclass(frozen=True, slots=True)
class Printing:
    """`worker` and `scheduler`: by how many MB their memory grew at most; `kept` and `travelled` in MB."""

    seconds: float
    worker: float
    scheduler: float
    kept: float
    travelled: float


def printing(megabytes: int) -> Printing:
    """What it takes that a command on a worker prints so much."""
    with working(1, 1) as (home, _, (worker,)):
        text = f"yes 'a line that is kept or not' | head -c {megabytes}000000"
        home.apply(
            {"id": "warm", "place": {"labels": ["bench"]}, "tasks": [{"id": "a", **TRUE}]},
            {
                "id": "loud",
                "place": {"labels": ["bench"]},
                "tasks": [{"id": "a", "command": "/bin/sh", "args": ["-c", text]}],
            },
        )
        home.run("warm")
        home.wait(1)
        pids = (worker, home.pid)
        before = [processes.memory(pid) for pid in pids]
        most = before
        run_id = home.run("loud")
        while (run := _run(home, run_id)).finished_at is None:
            most = [max(pair) for pair in zip(most, map(processes.memory, pids), strict=True)]
            time.sleep(0.05)
        log = f"attempts/{run_id}/a.1/stdout.log"
        kept, came = (
            sum(path.stat().st_size for path in home.folder.glob(where)) / 1e6 for where in (f"worker-*/{log}", log)
        )
        return Printing(seconds(run), most[0] - before[0], most[1] - before[1], kept, came)


def idleness(count: int, length: float) -> tuple[float, float, float]:
    """Processor time, in percent of a core, of PostgreSQL and the scheduler beyond what they take without workers, and of
    each worker; and each worker's memory in MB."""
    with working(0, 1) as (home, server, _):
        without = _used([home.pid, server.pid], length)
    with working(count, 1) as (home, server, started):
        before = sum(map(processes.processor_time, started))
        used = _used([home.pid, server.pid], length)
        each = (sum(map(processes.processor_time, started)) - before) / length / count * 100
        memory = sum(processes.memory(pid, descendants=False) for pid in started) / count
    return used - without, each, memory


def _used(pids: list[int], length: float) -> float:
    before = sum(map(processes.processor_time, pids))
    time.sleep(length)
    return (sum(map(processes.processor_time, pids)) - before) / length * 100
