"""Linux: speaks to systemd, and writes as its unit files are read.

Source of the quoting: systemd.syntax(7) and systemd.service(5), "Command lines".
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from workflow_scheduler.domain.errors import Refused

__all__ = ["asks", "booted", "escaped", "need_systemd", "percent", "quoted", "systemctl", "unit_file"]

_BOOTED = Path("/run/systemd/system")


def unit_file(name: str, system: bool, kind: str = "service") -> Path:
    """Where the unit of this name and kind belongs."""
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folder = Path("/etc/systemd/system") if system else settings / "systemd/user"
    return folder / f"{name}.{kind}"


def booted() -> bool:
    """Whether systemd runs this machine."""
    return _BOOTED.exists()


def need_systemd() -> None:
    """Refused where systemd does not run."""
    if not booted() or shutil.which("systemctl") is None:
        raise Refused(
            "This machine does not run systemd; configure its service manager to run 'scheduler serve' "
            "('scheduler service install --print' shows the command)."
        )


def systemctl(system: bool, *words: str) -> None:
    """Tell the system's manager, or this user's. Refused, with its words, if it fails."""
    command = ["systemctl", *([] if system else ["--user"]), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise Refused(f"'{' '.join(command)}' failed: {said}")


def asks(system: bool, question: str, unit: str) -> bool:
    """Whether the answer about the unit is yes: `is-enabled`, `is-active`."""
    command = ["systemctl", *([] if system else ["--user"]), "--quiet", question, unit]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def percent(text: str) -> str:
    """The text where systemd would replace specifiers."""
    return text.replace("%", "%%")


def escaped(text: str) -> str:
    """The text between quotes."""
    return percent(text.replace("\\", "\\\\").replace('"', '\\"'))


def quoted(text: str) -> str:
    """The text as one word of a command line."""
    return f'"{escaped(text).replace("$", "$$")}"'
