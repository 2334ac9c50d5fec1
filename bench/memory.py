"""What it uses while nothing is due: memory and processor time of all its processes, the web interface's included."""

from __future__ import annotations

from typing import Any

from home import Home
from peer_scripts import Peers
from processes import Idle, idle
from start import daily
from table import table

from workflow_scheduler.domain.account import Role

__all__ = ["memory"]


def memory(peers: Peers) -> list[str]:
    sizes = peers.sizes
    bare = peers.floor("memory")["memory"]
    many = sizes.many_workflows
    rows = [
        _row("this project, no schedules", ours(0, sizes.idle), bare),
        _row(f"this project, {many:,} schedules", ours(many, sizes.idle), bare),
        _row("the same after a visit to the web interface", ours(many, sizes.idle, visited=True), bare),
    ]
    for name in peers.names("memory"):
        figures: dict[str, Any] = peers.ask(name, "memory")
        rows.append(_row(f"{peers.title(name)}, {many:,} schedules", figures.get("idle"), bare))
    head = [
        f"idle, with the web interface (a bare Python: {bare:.0f} MB)",
        "memory of all processes, MB",
        "/ bare Python",
        "CPU, s a minute",
    ]
    return table(head, rows)


def _row(label: str, used: Idle | None, bare: float) -> list[str]:
    if used is None:
        return [label, "-", "-", "-"]
    return [label, f"{used[0]:.0f}", f"{used[0] / bare:.1f}", f"{used[1]:.2f}"]


def ours(schedules: int, seconds: tuple[int, int], *, visited: bool = False) -> Idle:
    home = Home()
    if schedules:
        home.apply(*daily(schedules))
    with home.running():
        if visited:
            home.visit(home.token(Role.VIEWER))
        return idle(home.pid, *seconds)
