"""Whether the operating system starts the scheduler of a home, and whether it runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from workflow_scheduler.engine.lock import holder

from .choice import choose
from .description import describe

__all__ = ["service_state"]


def service_state(home: Path, system: bool | None = None) -> dict[str, Any]:
    """What the service manager knows: of the machine's service, of this user's, or (None) of the one that is installed.

    Refused where there is no service manager that is known here.
    """
    service = describe(home)
    ways = [choose(one) for one in ((system,) if system is not None else (None, True, False))]
    found = (way.status(service) for way in ways)
    state = next((one for one in found if one.installed), None) or ways[0].status(service)
    return {**asdict(state), "home": str(home), "running": holder(home) is not None}
