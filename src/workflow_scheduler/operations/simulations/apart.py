"""Simulates in a process of its own, so that those who share this one go on meanwhile, and that it can be ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused, SchedulerError, Unreachable
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.rows import Plain

__all__ = ["Order", "simulate_apart"]

LOOK = 0.25
"""Seconds between two looks whether the answer is still wanted."""
_KINDS: Mapping[str, type[SchedulerError]] = {
    kind.code: kind for kind in (InvalidInput, NotFound, Refused, Unreachable)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the process is told. `begin`, `length` and `text` (definitions) are as people write them; `begin` may be empty."""

    db_url: str
    home: Path
    timezone: str
    now: datetime
    begin: str
    length: str
    text: str
    assume: Mapping[str, str]
    typical: str
    workflows: tuple[str, ...]
    limit: int
    max_runs: int
    max_processes: int


def simulate_apart(order: Order, seconds: float, gone: Callable[[], bool]) -> Plain:
    """The answer of `simulate` in plain form, and its errors; InvalidInput if it takes longer. `gone`: whether its answer is
    no longer waited for; then it is Refused."""
    words = {name: getattr(order, name) for name in Order.__slots__}
    told: str | None = json.dumps(words | {"home": str(order.home), "now": order.now.isoformat()})
    command = [sys.executable, "-m", "workflow_scheduler.operations.simulations.child"]
    flags: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    pipe, deadline = subprocess.PIPE, time.monotonic() + seconds
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="utf-8", creationflags=flags
    ) as process:
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return _answer(process.communicate(told, timeout=LOOK)[0])
                told = None  # it has been sent, or still is
                if time.monotonic() > deadline:
                    raise InvalidInput(f"The simulation takes longer than {seconds:g} s; choose a shorter time.")
                if gone():
                    raise Refused("The simulation was ended, because its answer is no longer waited for.")
        finally:
            process.kill()


def _answer(text: str) -> Plain:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:  # it was killed, for want of memory
        raise Unreachable("The process of the simulation ended without an answer; choose a shorter time.") from None
    if (error := found.get("error")) is not None:
        raise _KINDS.get(error["code"], SchedulerError)(error["message"])
    return found
