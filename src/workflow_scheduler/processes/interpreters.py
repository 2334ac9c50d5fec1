"""Chooses the interpreter of a script by its extension, its own request, and the settings."""

from __future__ import annotations

import contextlib
import ntpath
import os
import re
import shutil
import sys
from collections.abc import Iterator

from workflow_scheduler.domain.errors import InvalidInput

from .first_line import read_beginning
from .opened_files import SCRIPT_HOST_ENDINGS
from .pythons import PYTHON_ENDINGS, is_store_alias
from .shebang import asked_python
from .surroundings import Surroundings, find_windows, in_system32

__all__ = ["check_interpreters", "interpreter_of", "powershell_of", "script_python"]

_POWERSHELL_OPTIONS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File")
_SCRIPT_MOST = 1 << 20
"""Bytes of a script in which a `#requires` is looked for."""
_REQUIRES = re.compile(r"^\s*#requires\b(.*)$", re.IGNORECASE | re.MULTILINE)
_CORE = re.compile(r"-v(?:ersion)?\s+(?:[6-9]|\d\d)|-pse(?:dition)?\s+['\"]?core\b", re.IGNORECASE)
_SETTINGS = {"python": "SCRIPT_PYTHON", "powershell": "SCRIPT_POWERSHELL"}


def check_interpreters(around: Surroundings) -> None:
    """InvalidInput if a setting names a program that does not exist."""
    for kind in _SETTINGS:
        _chosen(kind, around)


def script_python(around: Surroundings) -> str:
    """The Python that runs scripts which request no other one."""
    return _chosen("python", around) or around.python


def interpreter_of(path: str, ending: str, around: Surroundings) -> list[str]:
    """The program and its options that run the file at this path on Windows; empty for a program."""
    if ending in PYTHON_ENDINGS:
        return asked_python(path, around, script_python(around))
    if ending in SCRIPT_HOST_ENDINGS:  # not wscript, which shows what a script says in a window
        return [in_system32("cscript.exe", around), "//nologo"]
    if ending == ".ps1":
        return powershell_of(path, around)
    if ending == ".sh":
        return [_bash(around)]
    return []


def powershell_of(path: str, around: Surroundings) -> list[str]:
    """PowerShell with its options, to be followed by the script's path."""
    found = _chosen("powershell", around)
    if found is None and around.platform == "windows":
        found = _windows_powershell(path, around)
    elif found is None:
        found = _find_posix("pwsh", around) or _find_posix("powershell", around)
    if found is None:
        raise InvalidInput(
            "PowerShell was not found, and a .ps1 script needs it; install it, or add its folder to PATH."
        )
    return [found, *_POWERSHELL_OPTIONS]


def _chosen(kind: str, around: Surroundings) -> str | None:
    """The program that a setting names; None if it is not set."""
    name = getattr(around.interpreters, kind)
    if not name:
        return None
    if around.platform == "windows":
        if kind == "powershell" and name.lower() in ("powershell", "powershell.exe"):
            found = _powershell_5(around)
        elif kind == "powershell" and name.lower() in ("pwsh", "pwsh.exe"):
            found = _powershell_7(around)
        else:
            programs = (path for path in find_windows(name, around, here=False) if not is_store_alias(path))
            found = next(programs, None)
    else:
        found = _find_posix(name, around)
    if found is None:
        raise InvalidInput(
            f"{_SETTINGS[kind]} is {name!r}, which was not found; write the full path of the program, or remove the setting."
        )
    return found


def _find_posix(name: str, around: Surroundings) -> str | None:
    return shutil.which(name, path=around.env.get("PATH", os.defpath))


def _windows_powershell(path: str, around: Surroundings) -> str | None:
    """Windows PowerShell 5.1, for which most scripts are written, unless the script requires a newer one."""
    # ASCII is the same in every encoding that PowerShell reads, but for NUL bytes and the byte order mark.
    text = read_beginning(path, _SCRIPT_MOST).replace(b"\0", b"").decode("ascii", "ignore")
    if not any(_CORE.search(line) for line in _REQUIRES.findall(text)):
        return _powershell_5(around) or _powershell_7(around)
    if (found := _powershell_7(around)) is None:
        raise InvalidInput(
            f"{path} requires PowerShell 6 or newer (#requires), which was not found; install PowerShell 7, "
            "or set SCRIPT_POWERSHELL to its pwsh.exe."
        )
    return found


def _powershell_5(around: Surroundings) -> str | None:
    # By its whole path: nothing else on PATH is taken for it.
    path = in_system32("WindowsPowerShell\\v1.0\\powershell.exe", around)
    return path if os.path.isfile(path) else None


def _powershell_7(around: Surroundings) -> str | None:
    programs = around.env.get("PROGRAMFILES", "C:\\Program Files")
    installed = ntpath.join(programs, "PowerShell", "7", "pwsh.exe")
    if (found := next(find_windows("pwsh", around, here=False), None)) is not None:
        return found
    return installed if os.path.isfile(installed) else None


def _bash(around: Surroundings) -> str:
    """A bash that works with Windows' files and processes: the first on PATH, or Git's."""
    on_path = list(find_windows("bash.exe", around, here=False))
    for bash in (*(path for path in on_path if not _is_wsl(path, around)), *_git_bashes(around)):
        if os.path.isfile(bash):
            return bash
    if on_path:
        raise InvalidInput(
            f"A .sh script needs bash, and {on_path[0]} belongs to Linux (WSL): it knows neither Windows paths nor "
            "the task's variables, and its processes cannot be stopped. Install Git for Windows, or use wsl.exe as the "
            "command with the script's Linux path as its argument."
        )
    raise InvalidInput("A .sh script needs bash, which was not found; install Git for Windows, or write a .bat.")


def _is_wsl(path: str, around: Surroundings) -> bool:
    folder = ntpath.dirname(ntpath.normpath(path)).lower()
    windows = ntpath.normpath(around.env.get("SYSTEMROOT", "C:\\Windows")).lower()
    return folder.startswith(windows + "\\") or folder.endswith("\\microsoft\\windowsapps")


def _git_bashes(around: Surroundings) -> Iterator[str]:
    """Where Git for Windows has its bash: next to its program on PATH, by the registry, and in the default folders."""
    for git in find_windows("git.exe", around, here=False):
        folder = ntpath.dirname(git)
        for root in (ntpath.dirname(folder), ntpath.dirname(ntpath.dirname(folder))):
            yield ntpath.join(root, "bin", "bash.exe")
    for installed in _registered_gits():
        yield ntpath.join(installed, "bin", "bash.exe")
    for variable, folder in (
        ("PROGRAMFILES", "Git"),
        ("PROGRAMW6432", "Git"),
        ("PROGRAMFILES(X86)", "Git"),
        ("LOCALAPPDATA", "Programs\\Git"),
    ):
        if programs := around.env.get(variable):
            yield ntpath.join(programs, folder, "bin", "bash.exe")


def _registered_gits() -> Iterator[str]:
    if sys.platform != "win32":
        return
    import winreg  # noqa: PLC0415  Windows has it, and few tasks need it

    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        with contextlib.suppress(OSError), winreg.OpenKey(hive, r"SOFTWARE\GitForWindows") as key:
            yield str(winreg.QueryValueEx(key, "InstallPath")[0])
