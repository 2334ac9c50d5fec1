"""Whether the paths in a home exceed what Windows allows.

Source: Microsoft, "Maximum Path Length Limitation": 260 characters with the NUL at the end, unless LongPathsEnabled is
set.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workflow_scheduler.domain.errors import Refused

__all__ = ["check_path_length", "path_length_trouble"]

_MOST = 259
_LONGEST = "\\attempts\\20261124-223000-abcdefgh\\" + "t" * 40 + ".100\\stdout.log"
"""Of what the scheduler makes, with a task ID of 40 characters; one may have 100."""
_KEY = r"SYSTEM\CurrentControlSet\Control\FileSystem"


def path_length_trouble(home: Path, *, long_paths: bool | None = None) -> tuple[str, str]:
    """What is wrong with the length of the home's path, and what to do; both empty if nothing is. `long_paths`:
    whether the machine allows long ones."""
    length = len(str(home)) + len(_LONGEST)
    if length <= _MOST or (_long_paths() if long_paths is None else long_paths):
        return "", ""
    return (
        f"{home} is too long: task records there have paths of up to {length} characters, and this Windows allows {_MOST}",
        f"use a home with at most {_MOST - len(_LONGEST)} characters, or turn on long paths as administrator and restart "
        rf"the scheduler: reg add HKLM\{_KEY} /v LongPathsEnabled /t REG_DWORD /d 1 /f",
    )


def check_path_length(home: Path) -> None:
    """Refused for a home whose path is too long for Windows."""
    words, advice = path_length_trouble(home)
    if words:
        raise Refused(f"{words}; {advice}.")


def _long_paths() -> bool:
    if sys.platform != "win32":
        return True
    import winreg  # noqa: PLC0415  only a long path needs it

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
