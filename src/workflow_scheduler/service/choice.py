"""Which way of installing fits this machine and this user."""

from __future__ import annotations

import ctypes
import os
import sys

from workflow_scheduler.domain.errors import Refused

from .description import Installer

__all__ = ["choose"]


def choose(system: bool | None) -> Installer:
    """For the whole system, for this user, or (None) what this user's rights allow. Refused where there is no way."""
    if sys.platform == "win32":
        from .logon_task import LogonTask  # noqa: PLC0415
        from .windows_service import WindowsService  # noqa: PLC0415

        if system is None:
            system = bool(ctypes.windll.shell32.IsUserAnAdmin())
        return WindowsService() if system else LogonTask()
    if sys.platform == "linux":
        from .systemd import Systemd  # noqa: PLC0415

        return Systemd(os.geteuid() == 0 if system is None else system)
    raise Refused("This system has no service manager that is known here; have its own one run 'scheduler serve'.")
