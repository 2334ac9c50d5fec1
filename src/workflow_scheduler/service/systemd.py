"""Linux: a unit of systemd, of one user or of the whole system."""

from __future__ import annotations

import pwd
import re
import subprocess
import sys

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.processes.os_account import account_name

from .description import Service, State
from .systemctl import asks, booted, escaped, install_units, percent, quoted, remove_units, unit_file

__all__ = ["Systemd", "owner"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("windows_service and logon_task do this here")

_OF = {"scheduler": "", "worker": ", worker"}
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
            f"Description=Workflow Scheduler{_OF[service.noun]} of {percent(str(service.home))}",
            "After=network.target time-sync.target",
            "",
            "[Service]",
            "Type=exec",
            f"ExecStart={' '.join(map(quoted, service.command))}",
            f"WorkingDirectory={percent(str(service.home))}",
            f'Environment="PATH={escaped(service.path)}"',
            *owner(service, self.system),
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
        install_units(self.system, {unit_file(service.name, self.system): self.definition(service)})
        return [] if self.system else _linger()

    def uninstall(self, service: Service) -> None:
        place = unit_file(service.name, self.system)
        if not place.exists():
            raise NotFound(
                f"The {service.noun} of {service.home} is not installed as a service ({place} does not exist)."
            )
        remove_units(self.system, place)

    def path(self, service: Service) -> str | None:
        """The PATH in the installed unit; None if it sets none. OSError without a unit."""
        text = unit_file(service.name, self.system).read_text(encoding="utf-8", errors="surrogateescape")
        found = _PATH.findall(text)
        return re.sub(r"\\(.)", r"\1", found[-1].replace("%%", "%")) if found else None

    def status(self, service: Service) -> State:
        place = unit_file(service.name, self.system)
        kind = "systemd-system" if self.system else "systemd-user"
        if not place.exists() or not booted():
            return State(kind, service.name, str(place), place.exists())
        enabled, active = (asks(self.system, question, place.name) for question in ("is-enabled", "is-active"))
        return State(kind, service.name, str(place), True, enabled, active)


def owner(service: Service, system: bool) -> list[str]:
    """The line with the account of a unit: a service of the system runs as the home's owner."""
    return [f"User={pwd.getpwuid(service.home.stat().st_uid).pw_name}"] if system else []


def _linger() -> list[str]:
    """Have the user's services start with the machine instead of the first sign-in."""
    user = account_name()
    command = ["loginctl", "enable-linger", user]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        return []
    return [f"It starts when {user} signs in; to start it with the machine, run: sudo loginctl enable-linger {user}"]
