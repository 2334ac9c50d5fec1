"""The Python that a script's first line requests on Windows, as the launcher `py` reads it.

Sources: PEP 397 and "Using Python on Windows" (`#!` lines), PEP 514 (the installed Pythons in the registry).
"""

from __future__ import annotations

import contextlib
import ntpath
import os
import re
import sys
from collections.abc import Iterator

from workflow_scheduler.domain.errors import InvalidInput

from .first_line import read_beginning
from .pythons import is_store_alias
from .surroundings import Surroundings, find_windows

__all__ = ["asked_python"]

_LONGEST = 4096
_PYTHONS = r"SOFTWARE\Python\PythonCore"
_PYTHON = re.compile(r"pythonw?(?P<major>\d)?(?:\.(?P<minor>\d+))?(?:-\w+)?(?:\.exe)?$", re.IGNORECASE)
_ENV = re.compile(r"(?:/usr)?/bin/env$")
_DRIVE_OR_SHARE = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_FIRST = re.compile(r'"([^"]+)"|(\S+)')


def asked_python(
    path: str, around: Surroundings, default: str, version: tuple[int, int] = sys.version_info[:2]
) -> list[str]:
    """The program that the script at `path` requests, with the options on that line; `default` if any Python will do.
    `version` is that of `around.python`. InvalidInput if there is no such program."""
    line = read_beginning(path, _LONGEST).removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    words = line.decode("utf-8", "replace").strip()
    if not words.startswith("#!") or not (program := _FIRST.match(words := words[2:].strip())):
        return [default]
    name, options = program[1] or program[2], words[program.end() :].split()
    if _ENV.match(name):
        options = options[1:] if options[:1] == ["-S"] else options
        if not options:
            return [default]
        name, *options = options
        if not _PYTHON.match(name):
            return [_on_path(path, name, around), *options]
    if _DRIVE_OR_SHARE.match(name):
        if not os.path.isfile(name):
            raise InvalidInput(f"The first line of {path} requests {name}, which was not found; correct that line.")
        return [name, *options]
    asked = _PYTHON.match(name.rpartition("/")[2])
    if asked is None:  # the path of another system: it says nothing here
        return [default]
    return [_of_version(path, asked, around, default, version), *options]


def _on_path(path: str, name: str, around: Surroundings) -> str:
    for program in find_windows(name, around, here=False):
        return program
    raise InvalidInput(
        f"The first line of {path} requests {name}, which was not found on PATH; install it, or correct that line."
    )


def _of_version(path: str, asked: re.Match[str], around: Surroundings, default: str, version: tuple[int, int]) -> str:
    major, minor = asked["major"], asked["minor"]
    if major is None or (minor is None and int(major) == version[0]):
        return default
    if (int(major), int(minor or -1)) == version:
        return around.python
    wanted = major if minor is None else f"{major}.{minor}"
    for tag, program in _installed():
        installed = tag.partition("-")[0]  # that of 32 bits is 3.12-32
        if (installed == wanted or (minor is None and installed.startswith(f"{major}."))) and os.path.isfile(program):
            return program
    for program in find_windows(f"python{wanted}.exe", around, here=False):
        if not is_store_alias(program):
            return program
    raise InvalidInput(
        f"The first line of {path} requests Python {wanted}, which is not installed for all users or for this one "
        f"(this is {version[0]}.{version[1]}); install it, correct that line, or use another Python as the command."
    )


def _installed() -> Iterator[tuple[str, str]]:
    """The Pythons of python.org in the registry, newest first: tag, such as 3.12 or 3.12-32, and program."""
    if sys.platform != "win32":
        return
    import winreg  # noqa: PLC0415  Windows has it, and few scripts ask for another version

    user, machine = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE
    for root, view in ((user, 0), (machine, winreg.KEY_WOW64_64KEY), (machine, winreg.KEY_WOW64_32KEY)):
        with contextlib.suppress(OSError), winreg.OpenKey(root, _PYTHONS, access=winreg.KEY_READ | view) as pythons:
            tags = [winreg.EnumKey(pythons, at) for at in range(winreg.QueryInfoKey(pythons)[0])]
            for tag in sorted(tags, key=_by_number, reverse=True):
                with contextlib.suppress(OSError), winreg.OpenKey(pythons, rf"{tag}\InstallPath") as key:
                    yield tag, ntpath.join(str(winreg.QueryValue(key, None)), "python.exe")


def _by_number(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", tag))
