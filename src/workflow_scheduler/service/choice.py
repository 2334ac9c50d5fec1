"""Chooses the kind of service for this machine and user."""

from __future__ import annotations

import ctypes
import os
import sys

from workflow_scheduler.domain.errors import Refused

from .description import Installer, Watchman
from .windows_account import LOCAL_SYSTEM, Account

__all__ = ["choose", "choose_watchman"]


def choose(system: bool | None, account: Account | None = None, grace: float = 0.0) -> Installer:
    """The installer for the whole system, for this user, or (None) for what this user's rights allow. Refused where
    there is none. `account`: the account of a Windows service (None: LocalSystem). `grace`: seconds that tasks may
    need to stop at a shutdown."""
    if account is not None and (sys.platform != "win32" or system is False):
        where = (
            "a task at sign-in runs as its user"
            if sys.platform == "win32"
            else "elsewhere the service runs as the home's owner"
        )
        raise Refused(f"--account is for a Windows service (--system); {where}. Leave it out.")
    if sys.platform == "win32":
        from .logon_task import LogonTask  # noqa: PLC0415
        from .windows_service import WindowsService  # noqa: PLC0415

        system = account is not None or _for_all(system)
        return LogonTask() if not system else WindowsService(account or LOCAL_SYSTEM, grace)
    if sys.platform == "linux":
        from .systemd import Systemd  # noqa: PLC0415

        return Systemd(_for_all(system), grace)
    raise Refused("The service manager of this system is not supported; configure it to run 'scheduler serve'.")


def choose_watchman(system: bool | None) -> Watchman:
    """What runs the watchman of that service. Refused where there is no such service."""
    if sys.platform == "win32":
        from .watchman_task import WatchmanTask  # noqa: PLC0415

        return WatchmanTask(_for_all(system))
    if sys.platform == "linux":
        from .watchman_timer import WatchmanTimer  # noqa: PLC0415

        return WatchmanTimer(_for_all(system))
    raise Refused("The service manager of this system is not supported; have it run 'scheduler watchman' now and then.")


def _for_all(system: bool | None) -> bool:
    """For the whole machine, unless this user's rights do not allow it."""
    if system is not None:
        return system
    if sys.platform == "win32":
        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0
