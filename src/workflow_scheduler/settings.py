"""The settings of a home, from its `.env` file and the environment. Read once, never changed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from .domain.errors import InvalidInput, NotFound
from .domain.numbers import parse_count
from .domain.own_secrets import OWN_SECRETS
from .system.env_file import ENV_FILE_MOST, parse_env, read_env_file
from .system.percent import check_no_variable
from .system.regular_file import read_regular
from .system.text_encoding import text_of
from .system.tilde import expanded
from .system.zone_names import find_zone, zone_advice

if TYPE_CHECKING:
    from .processes.surroundings import Interpreters

__all__ = ["SECRET_VARIABLES", "VARIABLES", "Settings", "find_home", "read_settings", "unknown_variables"]

SECRET_VARIABLES = OWN_SECRETS
"""Of the settings themselves."""
_SECRET_NAME = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|PRIVATE|DSN|WEBHOOK|COOKIE", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"://[^/\s@:]*:[^/\s@]+@")
"""An address with a password in it."""
_MOST_UNKNOWN = 10
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True, slots=True)
class Settings:
    """`max_threads`: runs in progress at once. `max_processes`: task processes at once. `min_free_mb`: with less room on
    the home's disk no task is started. Retention and backups: 0 is no limit, and no backups. `web`: whether there is a
    page; it listens at `host` and `port` (0: any that is free), and answers to the names in `allowed_hosts` too.
    `zone_is_chosen`: whether `timezone` is written somewhere, and no default.
    `script_python`, `script_powershell`: what runs `.py` and `.ps1`, by its path or its name on PATH; empty: the default.
    `notify`: who is told of failures without a `notify.yaml`: addresses as in `mailto:` and `https:`, or "none" to be asked no more;
    `smtp_…`: the mail server for it. `watch_url`: a monitor that is pinged each minute while everything works;
    `ping_private`: whether monitors of workflows may be in the own network.
    `secret_names`: the variables that are the scheduler's secrets, which no script gets."""

    home: Path
    db_url: str = "sqlite:///jobs.sqlite"
    max_threads: int = 10
    max_processes: int = 5
    timezone: str = "UTC"
    retention_days: int = 365
    retention_runs: int = 0
    backups_kept: int = 3
    min_free_mb: int = 100
    web: bool = True
    host: str = "127.0.0.1"
    port: int = 8321
    tls_cert: str = ""
    tls_key: str = ""
    trusted_proxy: bool = False
    allowed_hosts: tuple[str, ...] = ()
    zone_is_chosen: bool = False
    script_python: str = ""
    script_powershell: str = ""
    notify: tuple[str, ...] = ()
    smtp_server: str = ""
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    watch_url: str = ""
    ping_private: bool = False
    secret_names: frozenset[str] = SECRET_VARIABLES

    @property
    def interpreters(self) -> Interpreters:
        """What runs scripts; a relative path counts from the home."""
        from .processes.surroundings import Interpreters  # noqa: PLC0415  lists run none

        return Interpreters(self._program(self.script_python), self._program(self.script_powershell))

    def _program(self, name: str) -> str:
        # A mere name is looked for on PATH.
        return str(self.home / expanded(name)) if len(Path(name).parts) > 1 else name


def find_home(given: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """`--home`, else SCHEDULER_HOME, else the current folder. NotFound if it is not a folder, InvalidInput if it names a
    variable of Windows."""
    named = given or environment.get("SCHEDULER_HOME") or "."
    if sys.platform == "win32":
        check_no_variable(named, environment)
    home = expanded(named).absolute()
    if not os.path.isdir(home):  # noqa: PTH112  a name that is too long is none either, where `Path.is_dir` raises
        raise NotFound(f"The home {home} is not a folder; create it, or choose another with --home or SCHEDULER_HOME.")
    return home


def read_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The environment wins over `.env`. InvalidInput names the variable, the value and what is allowed."""
    # Some shells and build tools export a HOST of their own, which says nothing about the page.
    written = _read_env_file(home / ".env")
    given = {**written, **{name: environment[name] for name in environment if name != "HOST"}}
    values: dict[str, Any] = {}
    for variable, (field, parse) in VARIABLES.items():
        text = given.get(variable, "").strip()
        if text:
            values[field] = parse(variable, text)
    secrets = {name for name, value in written.items() if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value)}
    if (
        any(address.lower().startswith("mailto:") for address in values.get("notify", ()))
        and "smtp_server" not in values
    ):
        raise InvalidInput("NOTIFY has a mail address, and SMTP_SERVER is missing; add SMTP_SERVER=host:587 to .env.")
    chosen = "timezone" in values
    return Settings(home=home, zone_is_chosen=chosen, secret_names=SECRET_VARIABLES | secrets, **values)


def unknown_variables(home: Path, used: Callable[[], Collection[str]] = tuple) -> list[str]:
    """A sentence for each variable of `.env` that is no setting, and that is there for no other reason that can be seen: no
    other value uses it, and it names no secret, which scripts do not get. `used`: those that workflows use."""
    path = home / ".env"
    try:
        text = text_of(read_regular(path, ENV_FILE_MOST, follow=True))
        names = parse_env(text, interpolate=False)
    except (OSError, ValueError):
        return []
    found = {
        name: meant
        for name in names
        if name not in VARIABLES
        and f"${{{name}" not in text
        and ((meant := _meant(name)) or not _SECRET_NAME.search(name))
    }
    for name in used() if found else ():
        found.pop(name, None)
    sentences = [f"{name[:60]!r} in {path} is not a setting of the scheduler.{meant}" for name, meant in found.items()]
    return sentences[:_MOST_UNKNOWN]


def _meant(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  a mistake is rare

    close = get_close_matches(name.upper()[:60], [*VARIABLES], 1, 0.75)
    return f" Did you mean {close[0]!r}?" if close else ""


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return read_env_file(path, interpolate=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(
            f"The settings {path} cannot be read ({why}); correct the file or its permissions."
        ) from None


def _whole_number(low: int, high: int) -> Callable[[str, str], int]:
    def parse(variable: str, text: str) -> int:
        number = parse_count(text)
        if number is None or not low <= number <= high:
            raise InvalidInput(f"{variable} is {text[:40]!r}; write a whole number from {low} to {high}.")
        return number

    return parse


def _zone(variable: str, text: str) -> str:
    try:
        find_zone(text)
    except LookupError:
        raise InvalidInput(f"{variable} is {text[:60]!r}, which is not a time zone; {zone_advice(text)}") from None
    return text


def _text(_: str, text: str) -> str:
    return text


def _path(variable: str, text: str) -> str:
    if sys.platform == "win32":
        try:
            check_no_variable(text, os.environ)
        except InvalidInput as error:
            raise InvalidInput(f"{variable}: {error}") from None
    return text


def _switch(variable: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise InvalidInput(f"{variable} is {text[:40]!r}; write 1 for yes or 0 for no.")
    return text == "1"


def _host(variable: str, text: str) -> str:
    if not _HOST.fullmatch(text):
        raise InvalidInput(f"{variable} has {text[:40]!r}; write an address or a name, such as 127.0.0.1 or my.server.")
    return text


def _hosts(variable: str, text: str) -> tuple[str, ...]:
    return tuple(_host(variable, name).lower() for name in text.replace(",", " ").split())


def _addresses(variable: str, text: str) -> tuple[str, ...]:
    found = tuple(part for part in text.replace(",", " ").split() if part)
    if found == ("none",):
        return found
    if len(found) > 20:
        raise InvalidInput(f"{variable} has {len(found)} addresses; write at most 20, or a notify.yaml.")
    for address in found:
        scheme, colon, rest = address.partition(":")
        right = {"mailto": "@" in rest, "https": rest.startswith("//"), "http": rest.startswith("//")}
        if not colon or not right.get(scheme.lower(), False):
            # Never the address itself: it may hold a secret.
            raise InvalidInput(
                f"{variable} has an entry that is no address; write mailto:me@example.com, the address of a webhook, or none."
            )
    return found


def _monitor(variable: str, text: str) -> str:
    from .domain.pings import check_ping  # noqa: PLC0415  few have one

    try:
        check_ping(text)
    except InvalidInput as error:
        raise InvalidInput(f"{variable}: {error}") from None
    return text


VARIABLES: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "DB_URL": ("db_url", _text),
    "MAX_THREADS": ("max_threads", _whole_number(1, 1000)),
    "MAX_PROCESSES": ("max_processes", _whole_number(1, 1000)),
    "TIMEZONE": ("timezone", _zone),
    "RETENTION_DAYS": ("retention_days", _whole_number(0, 36500)),
    "RETENTION_RUNS": ("retention_runs", _whole_number(0, 1_000_000_000)),
    "BACKUPS_KEPT": ("backups_kept", _whole_number(0, 1000)),
    "MIN_FREE_MB": ("min_free_mb", _whole_number(0, 1_000_000)),
    "WEB": ("web", _switch),
    "HOST": ("host", _host),
    "PORT": ("port", _whole_number(0, 65535)),
    "TLS_CERT": ("tls_cert", _path),
    "TLS_KEY": ("tls_key", _path),
    "TRUSTED_PROXY": ("trusted_proxy", _switch),
    "ALLOWED_HOSTS": ("allowed_hosts", _hosts),
    "NOTIFY": ("notify", _addresses),
    "SMTP_SERVER": ("smtp_server", _text),
    "SMTP_USER": ("smtp_user", _text),
    "SMTP_PASSWORD": ("smtp_password", _text),
    "SMTP_FROM": ("smtp_from", _text),
    "WATCH_URL": ("watch_url", _monitor),
    "PING_PRIVATE": ("ping_private", _switch),
    "SCRIPT_PYTHON": ("script_python", _path),
    "SCRIPT_POWERSHELL": ("script_powershell", _path),
}
"""Each variable, the field that it sets, and how its text is read."""
