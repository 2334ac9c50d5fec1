"""Chain, fan-out and burst: how fast tasks and runs follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from home import TRUE, Home
from peer_scripts import Peers
from table import medians, ratio, table

from workflow_scheduler.operations.runs.rows import RunRow

__all__ = ["ours", "seconds", "side_by_side", "throughput"]

RULES = """
channels: {all: {kind: command, command: ["true"]}}
rules: [{on: [failed, unknown, late, long, short, at_risk, recovered, skipped, attempt_failed], to: [all]}]
"""


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


def ours(length: int, width: int, burst: int, watched: Mapping[str, Any] | None = None) -> dict[str, float]:
    """A chain, a fan-out ten at a time, and runs that fall due at once. `watched`: fields of each workflow beside these."""
    figures = {}
    more = watched or {}
    home = Home(MAX_PROCESSES=10, MAX_THREADS=200)
    if watched is not None:
        (home.folder / "notify.yaml").write_text(RULES)
    with home.running():
        chain = {**more, "id": "chain", "tasks": [{"id": f"t{number}", **TRUE} for number in range(length)]}
        fan = {**more, "id": "fan", "tasks": side_by_side(width)}
        home.apply(chain, fan, {"id": "warm", "tasks": side_by_side(10)})
        home.run("warm")
        home.wait(1)
        run_id = home.run("chain")
        figures["chain"] = seconds({run.id: run for run in home.wait(2)}[run_id]) / length
        run_id = home.run("fan")
        figures["fan_out"] = width / seconds({run.id: run for run in home.wait(3)}[run_id])
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4 + burst // 100)
        at = due.isoformat()
        home.apply(
            *(
                {
                    **more,
                    "id": f"b{number}",
                    "tasks": [{"id": "a", **TRUE}],
                    "schedules": [{"id": f"s{number}", "at": at}],
                }
                for number in range(burst)
            )
        )
        ends = [run.finished_at for run in home.wait(burst + 3)]
        figures["burst"] = burst / (max(ends) - due).total_seconds()
    return figures


def side_by_side(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", **TRUE, "depends_on": []} for number in range(count)]
