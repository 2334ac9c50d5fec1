"""Linux: speaks to systemd, and writes as its unit files are read.

Source of the quoting: systemd.syntax(7) and systemd.service(5), "Command lines".
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from workflow_scheduler.domain.errors import Refused

__all__ = ["asks", "booted", "escaped", "install_units", "percent", "quoted", "remove_units", "unit_file"]

_BOOTED = Path("/run/systemd/system")


def unit_file(name: str, system: bool, kind: str = "service") -> Path:
    """Where the unit of this name and kind belongs."""
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folder = Path("/etc/systemd/system") if system else settings / "systemd/user"
    return folder / f"{name}.{kind}"


def booted() -> bool:
    """Whether systemd runs this machine."""
    return _BOOTED.exists()


def install_units(system: bool, units: Mapping[Path, str]) -> None:
    """Write the units with their texts, enable and start the last of them; undo that if systemd refuses."""
    _need_systemd()
    for place, text in units.items():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Refused(
                f"{place} cannot be written ({error.strerror}); install it as root, or with --user."
            ) from None
    try:
        _systemctl(system, "daemon-reload")
        _systemctl(system, "enable", "--now", place.name)
    except Refused:
        _delete(units)
        with contextlib.suppress(Refused):
            _systemctl(system, "daemon-reload")
        raise


def remove_units(system: bool, *units: Path) -> None:
    """Stop and disable the last of them, and delete all."""
    _need_systemd()
    _systemctl(system, "disable", "--now", units[-1].name)
    _delete(units)
    _systemctl(system, "daemon-reload")


def _delete(units: Iterable[Path]) -> None:
    for place in units:
        place.unlink(missing_ok=True)


def _need_systemd() -> None:
    if not booted() or shutil.which("systemctl") is None:
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
