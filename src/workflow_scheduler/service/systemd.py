"""Linux: a unit of systemd, of one user or of the whole system.

Source of the quoting: systemd.syntax(7) and systemd.service(5), "Command lines".
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from workflow_scheduler.domain.errors import NotFound, Refused
from workflow_scheduler.processes.os_account import account_name

from .description import Service, State

__all__ = ["Systemd"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("windows_service and logon_task do this here")

_BOOTED = Path("/run/systemd/system")
_PATH = re.compile(r'^Environment="PATH=((?:[^"\\]|\\.)*)"$', re.MULTILINE)


@dataclass(frozen=True)
class Systemd:
    """A unit of the whole system, or of one user. `grace`: seconds that tasks may need to end at a shutdown."""

    system: bool
    grace: float = 0.0

    def definition(self, service: Service) -> str:
        """The text of the unit file."""
        # Only the scheduler itself is ended with the unit: scripts go on, and the next start finds them.
        lines = [
            "[Unit]",
            f"Description=Workflow Scheduler of {_percent(str(service.home))}",
            "After=network.target time-sync.target",
            "",
            "[Service]",
            "Type=exec",
            f"ExecStart={' '.join(map(_word, service.command))}",
            f"WorkingDirectory={_percent(str(service.home))}",
            f'Environment="PATH={_escape(service.path)}"',
            *([f"User={pwd.getpwuid(service.home.stat().st_uid).pw_name}"] if self.system else []),
            "KillMode=process",
            # At a shutdown scripts have their grace. Source: systemd-system.conf(5), DefaultTimeoutStopSec is 90 s.
            f"TimeoutStopSec={int(max(90, self.grace + 60))}",
            "Restart=on-failure",
            "RestartSec=5",
            "",
            "[Install]",
            f"WantedBy={'multi-user' if self.system else 'default'}.target",
        ]
        return "\n".join(lines) + "\n"

    def install(self, service: Service) -> list[str]:
        """Write the unit, enable and start it; undo that if systemd refuses. Returns notes for the user."""
        _need_systemd()
        place = _place(service, self.system)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self.definition(service), encoding="utf-8")
        except OSError as error:
            raise Refused(
                f"{place} cannot be written ({error.strerror}); install it as root, or with --user."
            ) from None
        try:
            _systemctl(self.system, "daemon-reload")
            _systemctl(self.system, "enable", "--now", place.name)
        except Refused:
            place.unlink()
            with contextlib.suppress(Refused):
                _systemctl(self.system, "daemon-reload")
            raise
        return [] if self.system else _linger()

    def uninstall(self, service: Service) -> None:
        place = _place(service, self.system)
        if not place.exists():
            raise NotFound(f"The scheduler of {service.home} is not installed as a service ({place} does not exist).")
        _need_systemd()
        _systemctl(self.system, "disable", "--now", place.name)
        place.unlink()
        _systemctl(self.system, "daemon-reload")

    def path(self, service: Service) -> str | None:
        """The PATH in the installed unit; None if it sets none. OSError without a unit."""
        text = _place(service, self.system).read_text(encoding="utf-8", errors="surrogateescape")
        found = _PATH.findall(text)
        return re.sub(r"\\(.)", r"\1", found[-1].replace("%%", "%")) if found else None

    def status(self, service: Service) -> State:
        place = _place(service, self.system)
        kind = "systemd-system" if self.system else "systemd-user"
        if not place.exists() or not _BOOTED.exists():
            return State(kind, service.name, str(place), place.exists())
        enabled, active = (_asks(self.system, question, place.name) for question in ("is-enabled", "is-active"))
        return State(kind, service.name, str(place), True, enabled, active)


def _place(service: Service, system: bool) -> Path:
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folder = Path("/etc/systemd/system") if system else settings / "systemd/user"
    return folder / f"{service.name}.service"


def _need_systemd() -> None:
    if not _BOOTED.exists() or shutil.which("systemctl") is None:
        raise Refused(
            "This machine does not run systemd; configure its service manager to run 'scheduler serve' "
            "('scheduler service install --print' shows the command)."
        )


def _systemctl(system: bool, *words: str) -> None:
    command = ["systemctl", *([] if system else ["--user"]), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise Refused(f"'{' '.join(command)}' failed: {said}")


def _asks(system: bool, question: str, unit: str) -> bool:
    command = ["systemctl", *([] if system else ["--user"]), "--quiet", question, unit]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _linger() -> list[str]:
    """Have the user's services start with the machine instead of the first sign-in."""
    user = account_name()
    command = ["loginctl", "enable-linger", user]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        return []
    return [f"It starts when {user} signs in; to start it with the machine, run: sudo loginctl enable-linger {user}"]


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _escape(text: str) -> str:
    return _percent(text.replace("\\", "\\\\").replace('"', '\\"'))


def _word(text: str) -> str:
    return f'"{_escape(text).replace("$", "$$")}"'
