"""What it costs to be told, and how soon and how often people are."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import processes
from aiosmtpd.controller import Controller
from home import NOW, Home
from peer_scripts import Peers
from sizes import Sizes
from stopwatch import free_port, percentiles, until
from table import table, times
from throughput import Work

from workflow_scheduler.operations.runs.lists import open_runs, run_list

__all__ = ["messages"]

WATCHED = {
    "deadlines": {"start_within": "1h", "finish_by": "23:59", "longer_than": "usual", "no_success_for": "2d"},
}
FALSE = {"command": "/bin/false"}
RULES = """
channels: {all: {kind: command, command: ["true"]}}
rules: [{on: [failed, unknown, late, long, short, at_risk, recovered, skipped, attempt_failed], to: [all]}]
"""


def messages(peers: Peers) -> list[str]:
    sizes = peers.sizes
    costs = told_and_not(sizes)
    soon = failure_to_mail(sizes.failures_apart)
    floods = {told: flood(sizes, told=told) for told in (False, True)}
    told = floods[True]
    rows = [
        [f"the same while {sizes.failures:,} runs fail within {sizes.flood} s, no channel", _pair(floods[False].late)],
        ["the same, with three channels", _pair(told.late)],
    ]
    return [
        *table(
            ["with rules and deadlines / without, time", "median", "the middle half"],
            [
                [
                    name.replace("_", "-"),
                    times(statistics.median(ratios)),
                    "{0:.2f} to {2:.2f}".format(*_quarters(ratios)),
                ]
                for name, ratios in costs.items()
            ],
        ),
        *table(
            ["p50 / p99 in ms", ""],
            [
                [f"failure to message at a mail server, {sizes.failures_apart} failures", _pair(soon)],
                ["due to started, a schedule of every second", _pair(told.calm)],
                *rows,
            ],
        ),
        f"Of {told.failures:,} failures three channels were told in {told.mails} mails; the scheduler's memory grew by "
        f"{_halves(told)} MB in the two halves of that time, and by {_halves(floods[False])} MB without a channel.",
    ]


def _halves(found: Flood) -> str:
    return " and ".join(f"{grown:.0f}" for grown in found.grown)


def _quarters(values: list[float]) -> list[float]:
    return statistics.quantiles(values, n=4) if len(values) > 1 else values * 3


def told_and_not(sizes: Sizes) -> dict[str, list[float]]:
    """The times with rules and deadlines, divided by those without. The two homes run all the time and take turns."""
    options = {"MAX_PROCESSES": 10, "MAX_THREADS": 200}
    plain, watched = Home(**options), Home(**options)
    (watched.folder / "notify.yaml").write_text(RULES)
    costs: dict[str, list[float]] = {"chain": [], "fan_out": [], "burst": []}
    with plain.running(), watched.running():
        size = (sizes.chain, sizes.fan_out, sizes.burst)
        works = {False: Work(plain, *size), True: Work(watched, *size, WATCHED)}
        for name, ratios in costs.items():
            for number in range(sizes.turns):
                found = {told: getattr(works[told], name)() for told in ((number % 2 == 0), (number % 2 == 1))}
                ratios.append(found[True] / found[False] if name == "chain" else found[False] / found[True])
    return costs


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


@dataclass(frozen=True, slots=True)
class Flood:
    """How late schedules started before and meanwhile, in seconds (p50, p99); the mails; and by how many MB memory grew, in each half."""

    failures: int
    calm: tuple[float, float]
    late: tuple[float, float]
    mails: int
    grown: tuple[float, float]


def flood(sizes: Sizes, *, told: bool) -> Flood:
    """Runs that fail, one after another, as many as there are failures."""
    names = ["a", "b", "c"]
    with _server() as (inbox, server):
        home = Home(MAX_PROCESSES=10, MAX_THREADS=200)
        if told:
            channels = {name: _mail(server, name) for name in names}
            plan = {"channels": channels, "rules": [{"on": ["attempt_failed", "failed"], "to": names}]}
            (home.folder / "notify.yaml").write_text(json.dumps(plan))
        with home.running():
            home.apply({"id": "fails", "tasks": [{"id": "a", **FALSE}]})
            home.apply({"id": "each", "tasks": [{"id": "a", **NOW}], "schedules": [{"id": "s", "every": "1s"}]})
            time.sleep(sizes.calm)
            before = processes.memory(home.pid, descendants=False)
            began, start = datetime.now(UTC), time.monotonic()
            for number in range(sizes.failures):
                if number == sizes.failures // 2:
                    halfway = processes.memory(home.pid, descendants=False)
                home.run("fails")
                time.sleep(max(0.0, start + number * sizes.flood / sizes.failures - time.monotonic()))
            over = datetime.now(UTC)
            until(lambda: not any(open_runs(home.app.database).values()), every=0.2)
            time.sleep(3)
            grown = (halfway - before, processes.memory(home.pid, descendants=False) - halfway)
            runs = run_list(home.app.database, limit=None)
            late = [
                (run.nominal_utc, home.printed(run.id) - run.nominal_utc.timestamp())
                for run in runs
                if run.workflow_id == "each"
            ]
    calm = percentiles([seconds for nominal, seconds in late if nominal < began])
    flooded = percentiles([seconds for nominal, seconds in late if began <= nominal <= over])
    failures = sum(run.state == "failed" for run in runs)
    return Flood(failures, calm, flooded, len(inbox.arrived), grown)
