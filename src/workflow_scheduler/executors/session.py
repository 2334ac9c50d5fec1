"""Separates variables of a user's session from those of the machine: a script must not depend on who started
the scheduler, and from where."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from collections.abc import Mapping

from workflow_scheduler.system.regular_file import read_regular

__all__ = ["differences", "fingerprints", "without_session"]

# bash(1): TMOUT ends a script's `read`, BASH_ENV and ENV are run before it, the others change what it does.
_SHELL = (
    *(
        "TMOUT",
        "BASH_ENV",
        "ENV",
        "PROMPT_COMMAND",
        "PS0",
        "PS1",
        "PS2",
        "PS3",
        "PS4",
        "CDPATH",
        "GLOBIGNORE",
        "SHELLOPTS",
    ),
    *(
        "BASHOPTS",
        "POSIXLY_CORRECT",
        "IFS",
        "FIGNORE",
        "HISTFILE",
        "HISTSIZE",
        "HISTCONTROL",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "_",
    ),
    *("ZDOTDIR", "MAILCHECK", "INPUTRC"),
)
_TERMINAL = (
    *(
        "TERM_PROGRAM",
        "TERM_PROGRAM_VERSION",
        "TERM_SESSION_ID",
        "COLORTERM",
        "COLUMNS",
        "LINES",
        "LS_COLORS",
        "WINDOWID",
    ),
    *(
        "VTE_VERSION",
        "TMUX",
        "TMUX_PANE",
        "STY",
        "WINDOW",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DESKTOP_SESSION",
    ),
    *("DBUS_SESSION_BUS_ADDRESS", "GPG_TTY", "WT_SESSION", "WT_PROFILE_ID"),
)
_LOCALE = ("LANGUAGE", "LC_ALL")
_ENVIRONMENTS = (
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "NODE_OPTIONS",
    "RUBYOPT",
    "PERL5OPT",
    "PERL5DB",
    "MAKEFLAGS",
    "MFLAGS",
)
_NAMES = frozenset({*_SHELL, *_TERMINAL, *_LOCALE, *_ENVIRONMENTS})
_PREFIXES = ("SSH_", "SUDO_", "XDG_SESSION", "CONDA_", "PYTHON", "BASH_FUNC_", "LC_", "LESS", "npm_", "GIT_")


def without_session(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the variables of a login, a shell, a terminal, a locale or a tool's own environment; PATH
    without the folder of a virtual environment."""
    kept = {
        name: value
        for name, value in environment.items()
        if name.upper() not in _NAMES and not name.startswith(_PREFIXES)
    }
    if (venv := environment.get("VIRTUAL_ENV")) and "PATH" in kept:
        mine = {os.path.normcase(os.path.join(venv, folder)) for folder in ("bin", "Scripts")}  # noqa: PTH118
        folders = kept["PATH"].split(os.pathsep)
        kept["PATH"] = os.pathsep.join(folder for folder in folders if os.path.normcase(folder) not in mine)
    if language := _machine_language():
        kept["LANG"] = language
    return kept


def _machine_language() -> str:
    """What the machine says of its language, where it does; ssh brings that of another one along."""
    for path in ("/etc/locale.conf", "/etc/default/locale"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            for line in read_regular(path, 10_000, follow=True).decode().splitlines():
                name, _, value = line.partition("=")
                if name.strip() == "LANG":
                    return value.strip().strip("\"'")
    return ""


def fingerprints(environment: Mapping[str, str], key: str) -> dict[str, str]:
    """Each variable with a short keyed hash of its value: enough to see that two differ, and not what they are."""
    return {
        name: hmac.new(key.encode(), f"{name}={value}".encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[
            :12
        ]
        for name, value in sorted(environment.items())
    }


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    """The variables that only the one has, only the other, and that differ."""
    return (
        sorted(one.keys() - other.keys()),
        sorted(other.keys() - one.keys()),
        sorted(name for name in one.keys() & other.keys() if one[name] != other[name]),
    )
