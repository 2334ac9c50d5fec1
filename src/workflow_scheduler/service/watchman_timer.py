"""Linux: a timer of systemd that has the watchman look at the scheduler every five minutes."""

from __future__ import annotations

import sys
from pathlib import Path

from workflow_scheduler.domain.quick_dataclass import dataclass

from .description import WATCHMAN_MINUTES, Service, watchman_of
from .systemctl import escaped, install_units, percent, quoted, remove_units, unit_file

__all__ = ["WatchmanTimer"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("watchman_task does this here")

from .systemd import owner


@dataclass(frozen=True)
class WatchmanTimer:
    """A timer of the whole system, or of one user, and the unit that it starts."""

    system: bool

    def definition(self, service: Service) -> str:
        return "\n".join(self._units(service).values())

    def install(self, service: Service) -> None:
        install_units(self.system, self._units(service))

    def uninstall(self, service: Service) -> None:
        if self.installed(service):
            remove_units(self.system, *self._units(service))

    def installed(self, service: Service) -> bool:
        return list(self._units(service))[-1].exists()

    def _units(self, service: Service) -> dict[Path, str]:
        watchman = watchman_of(service)
        about = f"Description=Watchman of the Workflow Scheduler of {percent(str(service.home))}"
        unit = [
            "[Unit]",
            about,
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(map(quoted, watchman.command))}",
            f"WorkingDirectory={percent(str(service.home))}",
            f'Environment="PATH={escaped(service.path)}"',
            *owner(service, self.system),
            # What it finds is told to people; it is no failure of its own.
            "SuccessExitStatus=3",
            f"TimeoutStartSec={WATCHMAN_MINUTES}min",
        ]
        timer = [
            "[Unit]",
            about,
            "",
            "[Timer]",
            # The first time only once the scheduler had the time to start with the machine.
            f"OnBootSec={WATCHMAN_MINUTES}min",
            f"OnUnitActiveSec={WATCHMAN_MINUTES}min",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
        texts = {"service": unit, "timer": timer}
        return {unit_file(watchman.name, self.system, kind): "\n".join(lines) + "\n" for kind, lines in texts.items()}
