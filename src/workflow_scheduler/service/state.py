"""Whether the operating system starts the scheduler of a home, and whether it runs."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.engine.lock import holder
from workflow_scheduler.system.windows_rights import OpenFolder

from .choice import choose, choose_watchman
from .description import describe

__all__ = ["installed_path", "open_to_others", "service_state"]


def service_state(home: Path, system: bool | None = None) -> dict[str, Any]:
    """What the service manager knows of the machine's service, of this user's, or (None) of the installed one. Refused
    without a supported service manager."""
    service = describe(home)
    ways = (system,) if system is not None else (None, True, False)
    found = ((choose(way).status(service), way) for way in ways)
    state, way = next((one for one in found if one[0].installed), (choose(ways[0]).status(service), ways[0]))
    watched = choose_watchman(way).installed(service)
    return {**asdict(state), "watchman": watched, "home": str(home), "running": holder(home) is not None}


def installed_path(home: Path) -> str | None:
    """The PATH that the installed service gives the scheduler of a home; None without a service, or if it does not
    store one."""
    if sys.platform == "linux":
        from .systemd import Systemd  # noqa: PLC0415

        for system in (False, True):
            # There is no such service, or this user may not look at it or has no home for one.
            with contextlib.suppress(OSError, RuntimeError, InvalidInput):
                if (path := Systemd(system).path(describe(home))) is not None:
                    return path
    if sys.platform == "win32":
        from .windows_service import WindowsService  # noqa: PLC0415

        return WindowsService.path(describe(home))
    return None


def open_to_others(home: Path) -> tuple[str, list[OpenFolder]]:
    """The account of the installed Windows service, and the folders through which others could run programs as that
    account. Empty elsewhere, and without a service."""
    if sys.platform == "win32":
        from .windows_account import own_sid, sid_of  # noqa: PLC0415
        from .windows_place import find_open_folders  # noqa: PLC0415
        from .windows_service import WindowsService  # noqa: PLC0415

        service = describe(home)
        if (account := WindowsService.account(service)) is not None:
            return account, find_open_folders(service, (own_sid(), sid_of(account)))
    return "", []
