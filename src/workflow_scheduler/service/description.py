"""Describes the service to install: command, home and name."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = [
    "PREFIX",
    "WATCHMAN_MINUTES",
    "Installer",
    "Service",
    "State",
    "Watchman",
    "describe",
    "watchman_of",
    "windowless",
    "worker_of",
]

PREFIX = "workflow-scheduler-"
"""With this begins the name of each service."""
WATCHMAN_MINUTES = 5
"""Between two looks of the watchman."""


_BEFORE = 5
"""Words of a command before what it is to do: Python, the package, the home."""
_WORKER = ("worker", "start")


@dataclass(frozen=True, slots=True)
class Service:
    """The scheduler or the worker of one home. `name` is the home's own, so that several homes can be installed."""

    name: str
    home: Path
    command: tuple[str, ...]
    path: str
    """The PATH of the installing user: scripts find the same programs as from this terminal."""

    @property
    def words(self) -> tuple[str, ...]:
        """What the program is to do."""
        return self.command[_BEFORE:]

    @property
    def noun(self) -> str:
        return "worker" if self.words == _WORKER else "scheduler"


@dataclass(frozen=True, slots=True)
class State:
    """What the operating system knows. `kind`: systemd-user, systemd-system, windows-service or logon-task."""

    kind: str
    name: str
    place: str
    installed: bool
    enabled: bool = False
    active: bool = False


class Installer(Protocol):
    """One way in which the operating system starts the scheduler."""

    def definition(self, service: Service) -> str:
        """The text of what would be registered, for people to read."""

    def install(self, service: Service) -> list[str]:
        """Register the service and start it; returns notes for the user. Refused, with everything undone, if that
        fails."""

    def uninstall(self, service: Service) -> None:
        """Stop and remove it; running scripts continue. NotFound if there is none."""

    def status(self, service: Service) -> State: ...


class Watchman(Protocol):
    """One way in which the operating system runs the watchman every five minutes."""

    def definition(self, service: Service) -> str:
        """The text of what would be registered, for people to read."""

    def install(self, service: Service) -> None:
        """Register it. Refused, with everything undone, if that fails."""

    def uninstall(self, service: Service) -> None:
        """Remove it if there is one."""

    def installed(self, service: Service) -> bool: ...


def describe(home: Path) -> Service:
    """The service of a home. InvalidInput if the home's path cannot be written into a service's files."""
    if re.search(r"[\x00-\x1f]", str(home)):
        raise InvalidInput(f"The path {str(home)!r} contains control characters; choose another home.")
    short = re.sub(r"[^A-Za-z0-9]+", "-", home.name).strip("-").lower()[:30] or "home"
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:6]
    command = (sys.executable, "-m", "workflow_scheduler", "--home", str(home), "serve")
    return Service(f"{PREFIX}{short}-{mark}", home, command, os.environ.get("PATH", os.defpath))


def watchman_of(service: Service) -> Service:
    """What the operating system runs to look at the service."""
    return replace(service, name=f"{service.name}-watchman", command=(*service.command[:-1], "watchman"))


def worker_of(service: Service) -> Service:
    """The worker of the service's home instead of its scheduler."""
    return replace(service, name=f"{service.name}-worker", command=(*service.command[:_BEFORE], *_WORKER))


def windowless(python: str) -> str:
    """The program that runs Python without a console window, where Python brings one."""
    program = Path(python).with_name("pythonw.exe")
    return str(program) if program.exists() else python
