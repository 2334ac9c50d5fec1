"""What is written at once: many workflows by one command, many runs by the API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from home import TRUE, Home, scheduler
from peer_scripts import Peers
from start import daily
from stopwatch import burst, whole_command
from table import medians, ratio, table

from workflow_scheduler.domain.account import Role

__all__ = ["writes"]


def writes(peers: Peers) -> list[str]:
    sizes = peers.sizes
    names = peers.names("writes")
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("floor", "this", *names)}
    for number in range(sizes.rounds):
        rounds["floor"].append(peers.floor("writes"))
        rounds["this"].append(requests(sizes.burst))
        if number < sizes.long_rounds:
            rounds["this"][-1]["apply"] = apply(sizes.many_workflows)
        for name in peers.turn("writes", number):
            rounds[name].append(peers.ask(name, "writes"))
    works = (
        (f"apply {sizes.many_workflows:,} workflows, s", "apply", "apply", lambda seconds: f"{seconds:.2f}"),
        (f"{sizes.burst} runs started by API, accepted/s", "requests", "requests", lambda rate: f"{rate:.0f}"),
        (f"{sizes.burst} runs started by API, finished/s", "finished", "requests", lambda rate: f"{rate:.0f}"),
    )
    columns = ("this", *names)
    rows = [
        [
            label,
            medians(rounds, "floor", floor, show),
            *(medians(rounds, name, figure, show) for name in columns),
            ratio(rounds, figure, floor),
        ]
        for label, figure, floor, show in works
    ]
    return table(["work", "floor", "this project", *peers.titles("writes"), "this / floor"], rows)


def apply(count: int) -> float:
    """Seconds of the whole command, of a folder with a file for each workflow, while the scheduler runs."""
    with Home().running() as home:
        folder = home.folder / "definitions"
        folder.mkdir()
        for workflow in daily(count):
            _write(folder / f"{workflow['id']}.yaml", workflow)
        return whole_command(scheduler("workflow", "apply", str(folder)), home.env) / 1000


def _write(file: Path, workflow: dict[str, Any]) -> None:
    (task,), (schedule,) = workflow["tasks"], workflow["schedules"]
    file.write_text(
        f"id: {workflow['id']}\n"
        f"tasks:\n  - id: {task['id']}\n    command: {task['command']}\n"
        f"schedules:\n  - id: {schedule['id']}\n    cron: '{schedule['cron']}'\n"
    )


def requests(count: int) -> dict[str, float]:
    """Runs of as many workflows, requested at once: a second accepted, and finished."""
    with Home(MAX_PROCESSES=10, MAX_THREADS=200).running() as home:
        home.apply(*({"id": f"w{number}", "tasks": [{"id": "a", **TRUE}]} for number in range(count)))
        home.run("w0")
        home.wait(1)
        token = home.token(Role.OPERATOR)
        home.visit(token)
        began = time.time()
        taken = burst(home.port, [f"/api/v1/workflows/w{number}/runs" for number in range(count)], token)
        ends = [run.finished_at for run in home.wait(count + 1)]
        return {"requests": count / taken, "finished": count / (max(ends).timestamp() - began)}
