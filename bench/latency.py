"""From when something is due to what its command prints."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from home import NOW, Home
from peer_scripts import Peers
from stopwatch import percentiles
from table import pair, table, times
from throughput import side_by_side

from workflow_scheduler.operations.runs.detail_rows import AttemptRow
from workflow_scheduler.operations.runs.show import get_run

__all__ = ["latency"]


def latency(peers: Peers) -> list[str]:
    sizes = peers.sizes
    names = peers.names("latency")
    few, many = map(str, sizes.due)
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("floor", "this", *names)}
    for number in range(sizes.rounds):
        rounds["floor"].append(peers.floor("latency"))
        rounds["this"].append({few: due_at_once(sizes.due[0])})
        if number < sizes.long_rounds:
            rounds["this"][-1] |= {
                many: due_at_once(sizes.due[1]),
                "single": one_schedule(sizes.fires),
                "output": output_closed(sizes.outputs),
            }
        for name in peers.turn("latency", number):
            rounds[name].append(peers.ask(name, "latency"))
    # Over within 100 ms, and so what differs most from one round to the next.
    rounds["this"] += [{few: due_at_once(sizes.due[0])} for _ in range(sizes.rounds)]
    works = (
        ("due to started, 1 schedule", "single", "single"),
        (f"due to started, {sizes.due[0]} schedules in the same second", few, few),
        (f"due to started, {sizes.due[1]:,} schedules in the same second", many, many),
        ("output file closed to next task started", "output", "single"),
    )
    return table(
        ["from … to, p50 / p99 in ms", "floor", "this project", *peers.titles("latency"), "this / floor, p50"],
        [
            [
                label,
                pair(rounds, "floor", floor),
                *(pair(rounds, name, figure) for name in ("this", *names)),
                _ratio(rounds, figure, floor),
            ]
            for label, figure, floor in works
        ],
    )


def _ratio(rounds: dict[str, list[dict[str, Any]]], figure: str, floor: str) -> str:
    ours, least = (float(pair(rounds, *words).partition(" ")[0]) for words in (("this", figure), ("floor", floor)))
    return times(ours / least)


def due_at_once(schedules: int) -> tuple[float, float]:
    """This many schedules in the same second, of a scheduler that has fired before."""
    with Home(MAX_PROCESSES=10, MAX_THREADS=1000).running() as home:
        # A first fire, which has the keepers started and the statements compiled.
        first = {"at": (datetime.now(UTC) + timedelta(seconds=2)).isoformat()}
        home.apply({"id": "warm", "tasks": side_by_side(10), "schedules": [first]})
        home.wait(1)
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4 + schedules // 100)
        at = due.isoformat()
        home.apply(
            *(
                {"id": f"w{number}", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": f"s{number}", "at": at}]}
                for number in range(schedules)
            )
        )
        runs = [run for run in home.wait(schedules + 1) if run.workflow_id != "warm"]
        return percentiles([home.printed(run.id) - due.timestamp() for run in runs])


def one_schedule(fires: int) -> tuple[float, float]:
    """One schedule of every second."""
    with Home().running() as home:
        home.apply({"id": "w", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": "s", "every": "1s"}]})
        runs = home.wait(fires + 2)[:-2]  # the first ones start their keepers
        return percentiles([home.printed(run.id) - run.nominal_utc.timestamp() for run in runs])


def output_closed(times: int) -> tuple[float, float]:
    """From the close of an output file, held open by another process, to what the next task prints."""
    late = []
    with Home().running() as home:
        write = {"id": "write", "command": "sh", "args": ["-c", "echo x >> out"], "output_files": "out"}
        home.apply({"id": "w", "tasks": [write, {"id": "a", **NOW}]})
        for number in range(times + 2):
            with (home.folder / "out").open("a"):
                run_id = home.run("w")
                while not any(attempt.state == "checking_outputs" for attempt in attempts(home, run_id)):
                    time.sleep(0.01)
                time.sleep(0.3)  # the waiter watches by now
                closed = time.time()
            home.wait(number + 1)
            late.append(home.printed(run_id) - closed)
    return percentiles(late[2:])


def attempts(home: Home, run_id: str) -> list[AttemptRow]:
    return [attempt for task in get_run(home.app.database, home.app.home, run_id).tasks for attempt in task.attempts]
