"""Chooses the kind of service for this machine and user."""

from __future__ import annotations

import ctypes
import os
import sys

from workflow_scheduler.domain.errors import Refused

from .description import Installer
from .windows_account import LOCAL_SYSTEM, Account

__all__ = ["choose"]


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

        if system is None and account is None:
            system = bool(ctypes.windll.shell32.IsUserAnAdmin())
        return LogonTask() if system is False else WindowsService(account or LOCAL_SYSTEM, grace)
    if sys.platform == "linux":
        from .systemd import Systemd  # noqa: PLC0415

        return Systemd(os.geteuid() == 0 if system is None else system, grace)
    raise Refused("The service manager of this system is not supported; configure it to run 'scheduler serve'.")
