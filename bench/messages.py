"""What it costs to be told, and how soon and how often people are."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import processes
from aiosmtpd.controller import Controller
from home import NOW, Home
from peer_scripts import Peers
from stopwatch import free_port, percentiles, until
from table import table, times
from throughput import ours

from workflow_scheduler.operations.runs.lists import run_list

__all__ = ["messages"]

WATCHED = {
    "deadlines": {"start_within": "1h", "finish_by": "23:59", "longer_than": "usual", "no_success_for": "2d"},
}
FALSE = {"command": "/bin/false"}
_AT_ONCE = 1000
"""Failing tasks of one run."""


def messages(peers: Peers) -> list[str]:
    sizes = peers.sizes
    work = (sizes.chain, sizes.fan_out, sizes.burst)
    pairs = []
    for number in range(sizes.rounds):
        turns = [None, WATCHED] if number % 2 else [WATCHED, None]
        found = {watched is not None: ours(*work, watched) for watched in turns}
        pairs.append((found[False], found[True]))
    costs = {
        "chain": [watched["chain"] / plain["chain"] for plain, watched in pairs],
        **{name: [plain[name] / watched[name] for plain, watched in pairs] for name in ("fan_out", "burst")},
    }
    soon = failure_to_mail(sizes.failures_apart)
    calm, flooded, mails, grown = flood(sizes.failures)
    return [
        *table(
            ["with rules and deadlines / without, time", "median", "least to most"],
            [
                [name.replace("_", "-"), times(statistics.median(one)), f"{min(one):.2f} to {max(one):.2f}"]
                for name, one in costs.items()
            ],
        ),
        *table(
            ["p50 / p99 in ms", ""],
            [
                [f"failure to message at a mail server, {sizes.failures_apart} failures", _pair(soon)],
                ["due to started, a schedule of every second", _pair(calm)],
                [f"the same while {sizes.failures:,} attempts fail", _pair(flooded)],
            ],
        ),
        f"Of these {sizes.failures:,} failures three channels were told in {mails} mails; the scheduler's memory grew by {grown:.0f} MB.",
    ]


def _pair(found: tuple[float, float]) -> str:
    return " / ".join(f"{value:.0f}" for value in found)


class _Inbox:
    """Notes when each mail arrives, and for whom."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, float]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.arrived += [(to, time.time()) for to in envelope.rcpt_tos]
        return "250 OK"


@contextmanager
def _server() -> Iterator[tuple[_Inbox, str]]:
    inbox, port = _Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox, f"127.0.0.1:{port}"
    finally:
        controller.stop()


def _mail(server: str, name: str) -> dict[str, Any]:
    return {"kind": "mail", "to": [f"{name}@example.com"], "from": "scheduler@example.com", "server": server}


def failure_to_mail(count: int) -> tuple[float, float]:
    """Each failure has a channel of its own: one that was told within the minute waits for its digest."""
    names = [f"w{number}" for number in range(count)]
    with _server() as (inbox, server):
        home = Home()
        rules = [{"on": ["failed"], "labels": [name], "to": [name]} for name in names]
        plan = {"channels": {name: _mail(server, name) for name in names}, "rules": rules}
        (home.folder / "notify.yaml").write_text(json.dumps(plan))
        with home.running():
            home.apply(*({"id": name, "labels": [name], "tasks": [{"id": "a", **FALSE}]} for name in names))
            for name in names:
                home.run(name)
                until(lambda name=name: any(to.startswith(f"{name}@") for to, _ in inbox.arrived))
            ended = {run.workflow_id: run.finished_at for run in run_list(home.app.database, limit=None)}
    at = {to.partition("@")[0]: moment for to, moment in inbox.arrived}
    return percentiles([at[name] - ended[name].timestamp() for name in names])


def flood(count: int) -> tuple[tuple[float, float], tuple[float, float], int, float]:
    """Start latency before and meanwhile, the mails, and how much memory grew, in MB."""
    names = ["a", "b", "c"]
    with _server() as (inbox, server):
        home = Home(MAX_PROCESSES=10, MAX_THREADS=200)
        plan = {
            "channels": {name: _mail(server, name) for name in names},
            "rules": [{"on": ["attempt_failed", "failed"], "to": names}],
        }
        (home.folder / "notify.yaml").write_text(json.dumps(plan))
        width = min(_AT_ONCE, count)
        fails = [{"id": f"t{number}", **FALSE, "depends_on": []} for number in range(width)]
        with home.running():
            home.apply({"id": "fails", "tasks": fails, "max_active_runs": 1})
            home.apply({"id": "each", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": "s", "every": "1s"}]})
            time.sleep(12)
            before = processes.memory(home.pid, descendants=False)
            began = datetime.now(UTC)
            for _ in range(count // width):
                home.run("fails")
            until(lambda: _ended(home) >= count // width, every=0.2)
            over = datetime.now(UTC) + timedelta(seconds=2)
            time.sleep(3)  # the last fires of that time have run
            grown = processes.memory(home.pid, descendants=False) - before
            started = [(run.nominal_utc, home.printed(run.id)) for run in _each(home)]
    late = [(nominal, printed - nominal.timestamp()) for nominal, printed in started]
    calm = percentiles([seconds for nominal, seconds in late[2:] if nominal < began])
    flooded = percentiles([seconds for nominal, seconds in late if began <= nominal <= over])
    return calm, flooded, Counter(to for to, _ in inbox.arrived).total(), grown


def _ended(home: Home) -> int:
    return sum(run.finished_at is not None for run in run_list(home.app.database, limit=None, workflow_id="fails"))


def _each(home: Home) -> list[Any]:
    runs = run_list(home.app.database, limit=None, workflow_id="each")
    return sorted((run for run in runs if run.state == "succeeded"), key=lambda run: run.nominal_utc)
