"""Files that Windows opens with another program on a double click or in the Task Scheduler.

Sources: Microsoft, "cscript" (the extensions of Windows Script Host, as in PATHEXT); `assoc` and `ftype` of a fresh
Windows.
"""

from __future__ import annotations

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["SCRIPT_HOST_ENDINGS", "check_is_run"]

SCRIPT_HOST_ENDINGS = (".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh")
_WITH = {
    ".msi": "msiexec.exe with the arguments /i FILE /qn",
    ".msp": "msiexec.exe with the arguments /p FILE /qn",
    ".msu": "wusa.exe with the arguments FILE /quiet",
    ".reg": "reg.exe with the arguments import FILE",
    ".inf": "pnputil.exe with the arguments /add-driver FILE",
    ".jar": "java with the arguments -jar FILE",
    ".msc": "mmc.exe with the argument FILE, for a person at the screen",
    ".lnk": "the program that the shortcut leads to",
    ".url": "a program that opens the address",
    ".pyc": "python with the argument FILE",
}


def check_is_run(command: str, ending: str) -> None:
    """InvalidInput for a file that is no program and has no interpreter here; it says what to write instead."""
    if (other := _WITH.get(ending)) is not None:
        raise InvalidInput(f"{command} is not a program that Windows can start; use the command {other}.")
