"""What a person waits for: whole commands, from their start to their end, beside bare Python in the same round."""

from __future__ import annotations

from typing import Any

import large
from home import Home, scheduler
from peer_scripts import Peers
from start import daily
from stopwatch import whole_commands
from table import table

__all__ = ["lists"]

Timed = dict[str, Any]


def lists(peers: Peers) -> list[str]:
    sizes = peers.sizes
    measured = {"this": ours(peers), **{name: peers.ask(name, "lists") for name in peers.names("lists")}}
    labels = {
        "help": "`--help`",
        "workflows": f"list of {sizes.workflows} workflows",
        "many_workflows": f"list of {sizes.many_workflows:,} workflows",
        "runs": f"newest 100 of {sizes.runs:,} runs",
        "status": "status",
        "schedules": f"list of {sizes.many_workflows:,} schedules",
    }
    head = [
        f"whole command, ms (x bare Python in the same round: {measured['this']['bare'][0]:.0f} ms)",
        "this project",
        *peers.titles("lists"),
    ]
    return table(
        head, [[label, *(_cell(timed, name) for timed in measured.values())] for name, label in labels.items()]
    )


def _cell(timed: Timed, name: str) -> str:
    return f"{timed[name][0]:.0f} (x {timed[name][1]:.1f})" if name in timed else "-"


def ours(peers: Peers) -> Timed:
    sizes = peers.sizes
    with Home().running() as home:
        home.apply(*daily(sizes.workflows))
        first = {"help": scheduler("--help"), "workflows": scheduler("workflow", "list")}
        timed: Timed = dict(whole_commands(first, home.env, sizes.command_rounds))
        home.apply(*daily(sizes.many_workflows))
        large.fill(home, sizes.runs)
        then = {
            "many_workflows": scheduler("workflow", "list"),
            "runs": scheduler("runs", "list", "--limit", "100"),
            "status": scheduler("status"),
            "schedules": scheduler("schedule", "list"),
        }
        return {**whole_commands(then, home.env, sizes.command_rounds), **timed}
