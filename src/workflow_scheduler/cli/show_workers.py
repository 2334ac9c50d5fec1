"""How workers look in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .render import local_time, plain, short_time, table

if TYPE_CHECKING:
    from workflow_scheduler.operations.workers.show import ShownWorker, StartedWith, WorkerDetail

__all__ = ["HEADINGS", "row_of", "show_detail"]

HEADINGS = ("worker", "labels", "slots", "state", "host", "version", "clock")


def row_of(worker: ShownWorker, timezone: str) -> tuple[Any, ...]:
    now = worker.started_with or worker
    return (
        worker.name,
        ", ".join(now.labels) or "-",
        f"{worker.used}/{now.slots}",
        state_words(worker, timezone),
        worker.host or "-",
        worker.version or "-",
        clock_words(worker) or "ok",
    )


def state_words(worker: ShownWorker, timezone: str) -> str:
    if worker.silent_since is not None:
        return f"silent since {short_time(worker.silent_since, timezone)}"
    if worker.state == "invited" and worker.expires_at is not None:
        return f"invited until {short_time(worker.expires_at, timezone)}"
    if worker.lack:
        return f"{worker.state}, starts nothing"
    return {"expired": "invitation expired", "silent": "not started yet", "incompatible": "another version"}.get(
        worker.state, worker.state
    )


def started_words(now: StartedWith, worker: ShownWorker) -> str:
    """What it takes of its labels and slots."""
    labels = f"labels {', '.join(now.labels) or '-'}" if now.labels != worker.labels else ""
    slots = f"{now.slots} of its {worker.slots} slots" if now.slots != worker.slots else ""
    return "; ".join(filter(None, (labels, slots)))


def clock_words(worker: ShownWorker) -> str:
    """Empty if its clock is right."""
    if worker.skew is None:
        return ""
    return f"{abs(worker.skew):.0f} s {'ahead' if worker.skew > 0 else 'behind'}"


def show_detail(worker: WorkerDetail, timezone: str) -> None:
    now = worker.started_with or worker
    lines = {
        "State": state_words(worker, timezone),
        **({"Because": worker.lack} if worker.lack else {}),
        "Labels": ", ".join(worker.labels) or "-",
        "Slots": f"{worker.used} of {now.slots} in use",
        **({"Started with": started_words(worker.started_with, worker)} if worker.started_with else {}),
        "Host": worker.host or "-",
        "Version": worker.version or "-",
        "Role": worker.role,
        "Running since": "-" if worker.started_at is None else local_time(worker.started_at, timezone),
        "Last heartbeat": "-" if worker.heartbeat_at is None else local_time(worker.heartbeat_at, timezone),
        "Clock": clock_words(worker) or "-",
        **{name: str(value) for name, value in _measures(worker).items()},
    }
    click.echo(plain(worker.name))
    for name, words in lines.items():
        click.echo(f"  {name + ':':<16}{plain(words)}")
    rows = [
        (
            one.run,
            one.task,
            one.attempt,
            "-" if one.started_at is None else short_time(one.started_at, timezone),
        )
        for one in worker.running
    ]
    table(("run", "task", "attempt", "started"), rows, "Nothing runs there.")


def _measures(worker: WorkerDetail) -> dict[str, str]:
    found = worker.measured or {}
    units = {"cpu_percent": ("CPU", " %"), "memory_percent": ("Memory", " %"), "free_mb": ("Free disk", " MB")}
    return {
        name: f"{found[key]:,.0f}{unit}"
        for key, (name, unit) in units.items()
        if isinstance(found.get(key), int | float)
    }
