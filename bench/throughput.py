"""Chain, fan-out and burst: how fast tasks and runs follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from home import TRUE, Home
from peer_scripts import Peers
from table import medians, ratio, table

from workflow_scheduler.operations.runs.rows import RunRow

__all__ = ["Work", "ours", "seconds", "side_by_side", "throughput"]


def throughput(peers: Peers) -> list[str]:
    sizes = peers.sizes
    names = peers.names("throughput")
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("floor", "this", *names)}
    for number in range(sizes.rounds):
        rounds["floor"].append(peers.floor("throughput"))
        rounds["this"].append(ours(sizes.chain, sizes.fan_out, sizes.burst))
        for name in peers.turn("throughput", number):
            rounds[name].append(peers.ask(name, "throughput"))
    works = (
        (f"chain of {sizes.chain} tasks, ms per task", "chain", lambda seconds: f"{seconds * 1000:.2f}"),
        (f"fan-out of {sizes.fan_out}, 10 at a time, tasks/s", "fan_out", lambda rate: f"{rate:.0f}"),
        (f"{sizes.burst} one-task runs due at once, runs/s", "burst", lambda rate: f"{rate:.0f}"),
    )
    head = ["work", "floor", "this project", *peers.titles("throughput"), "this / floor", "this / Huey"]
    rows = [
        [
            label,
            *(medians(rounds, name, figure, show) for name in rounds),
            ratio(rounds, figure),
            ratio(rounds, figure, to="huey") if "huey" in rounds else "-",
        ]
        for label, figure, show in works
    ]
    least = [
        ours["chain"] / floor["chain_durable"] for ours, floor in zip(rounds["this"], rounds["floor"], strict=True)
    ]
    durable = medians(rounds, "floor", "chain_durable", lambda seconds: f"{seconds * 1000:.2f}")
    return [
        *table(head, rows),
        f"The floor of the chain with two durable SQLite commits around each spawn: {durable} ms. Ours is "
        f"{ratio(rounds, 'chain', 'chain_durable')} times that, between {min(least):.2f} and {max(least):.2f} in "
        f"{len(least)} rounds.",
    ]


def seconds(run: RunRow) -> float:
    return float((run.finished_at - run.queued_at).total_seconds())


def ours(length: int, width: int, burst: int) -> dict[str, float]:
    """A chain, a fan-out ten at a time, and runs that fall due at once."""
    home = Home(MAX_PROCESSES=10, MAX_THREADS=200)
    with home.running():
        work = Work(home, length, width, burst)
        return {"chain": work.chain(), "fan_out": work.fan_out(), "burst": work.burst()}


class Work:
    """What a running home is given to do, again and again. `watched`: fields of each workflow beside these."""

    def __init__(
        self, home: Home, length: int, width: int, burst: int, watched: Mapping[str, Any] | None = None
    ) -> None:
        self._home = home
        self._length, self._width, self._burst = length, width, burst
        self._more = watched or {}
        chain = {**self._more, "id": "chain", "tasks": [{"id": f"t{number}", **TRUE} for number in range(length)]}
        home.apply(chain, {**self._more, "id": "fan", "tasks": side_by_side(width)})
        home.apply({"id": "warm", "tasks": side_by_side(10)})
        self._runs = 0
        self._seconds("warm")

    def chain(self) -> float:
        """Seconds for each task."""
        return self._seconds("chain") / self._length

    def fan_out(self) -> float:
        """Tasks in a second."""
        return self._width / self._seconds("fan")

    def burst(self) -> float:
        """Runs in a second."""
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4 + self._burst // 100)
        once = {**self._more, "tasks": [{"id": "a", **TRUE}]}
        self._home.apply(
            *(
                {**once, "id": f"b{number}", "schedules": [{"id": f"s{number}", "at": due.isoformat()}]}
                for number in range(self._burst)
            )
        )
        ended = [run.finished_at for run in self._wait(self._burst) if run.nominal_utc == due]
        return self._burst / (max(ended) - due).total_seconds()

    def _seconds(self, workflow: str) -> float:
        run_id = self._home.run(workflow)
        return seconds({run.id: run for run in self._wait(1)}[run_id])

    def _wait(self, runs: int) -> list[RunRow]:
        self._runs += runs
        return self._home.wait(self._runs)


def side_by_side(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", **TRUE, "depends_on": []} for number in range(count)]
