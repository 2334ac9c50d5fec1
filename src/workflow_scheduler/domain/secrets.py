"""References to secrets, and how a task receives them. The values are never part of a definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .durations import parse_duration
from .errors import InvalidInput
from .identifiers import MAX_LENGTH, check_identifier
from .quick_dataclass import dataclass

__all__ = [
    "Delivery",
    "SecretSource",
    "SecretUse",
    "SourceKind",
    "check_secret_name",
    "check_store_name",
    "looks_like_password",
    "parse_source",
    "parse_use",
    "source_text",
    "variables_of",
]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_PASSWORD = re.compile(
    r"(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$",
    re.IGNORECASE,
)
_LONGEST = 4096
_LONGEST_NAME = 200
_MOST_ARGUMENTS = 100


class SourceKind(StrEnum):
    """Where the value is kept."""

    ENV = "env"  # a variable of the scheduler's environment or its .env
    FILE = "file"
    STORE = "store"  # this home's own store
    KEYRING = "keyring"  # the operating system's, by service/name
    CREDENTIAL = "credential"  # of systemd's $CREDENTIALS_DIRECTORY
    COMMAND = "command"  # what a program prints


class Delivery(StrEnum):
    """How a task receives a secret."""

    ENV = "env"  # as a variable
    FILE = "file"  # as a file that the variable NAME_FILE names
    STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class SecretSource:
    """`target`: a variable, a path or a name. `timeout` and `keep`, in seconds, are a command's: how long it may take, and
    how long its answer is used again."""

    kind: SourceKind
    target: str = ""
    command: tuple[str, ...] = ()
    timeout: float = 10.0
    keep: float = 0.0


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A secret of the workflow that a task receives."""

    name: str
    delivery: Delivery = Delivery.ENV

    @property
    def variable(self) -> str:
        """The variable that the task finds in its environment; empty for standard input."""
        return {Delivery.ENV: self.name, Delivery.FILE: f"{self.name}_FILE", Delivery.STDIN: ""}[self.delivery]


def parse_source(written: str | Mapping[str, Any]) -> SecretSource:
    """The source that a definition names. InvalidInput says what is wrong."""
    if isinstance(written, Mapping):
        return _parse_command(written)
    kind, colon, target = written.partition(":")
    target = target.strip()
    kinds = [kind.value for kind in SourceKind if kind is not SourceKind.COMMAND]
    if not colon or kind not in kinds:
        raise InvalidInput(
            f"A secret is a reference, not a value; write {', '.join(f'{kind}:…' for kind in kinds)} "
            "or {command: [program, argument]}."
        )
    if len(target) > _LONGEST or "\0" in target or not target:
        raise InvalidInput(f"The secret reference {kind}: needs a name of at most {_LONGEST:,} characters.")
    _check_target(SourceKind(kind), target)
    return SecretSource(SourceKind(kind), target)


def _check_target(kind: SourceKind, target: str) -> None:
    if kind is SourceKind.ENV and not _VARIABLE.fullmatch(target):
        raise InvalidInput(
            f"The secret reference env:{target!s} does not name a variable; use letters, digits and '_'."
        )
    if kind is SourceKind.STORE:
        check_store_name(target)
    if kind is SourceKind.CREDENTIAL and not _CREDENTIAL.fullmatch(target):
        raise InvalidInput(f"The credential {target!r} cannot be used; use letters, digits, '_', '-' and '.'.")
    if kind is SourceKind.KEYRING and not all(target.partition("/")[::2]):
        raise InvalidInput(
            f"The secret reference keyring:{target} needs a service and a name; write keyring:service/name."
        )


def check_store_name(name: str) -> str:
    """Return the name, such as shop/api, if a secret of the store can have it; InvalidInput says what is allowed."""
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(f"The secret name has {len(name):,} characters; use at most {_LONGEST_NAME}.")
    for part in name.split("/"):
        check_identifier("secret", part)
    return name


def _parse_command(written: Mapping[str, Any]) -> SecretSource:
    unknown = sorted(set(written) - {"command", "timeout", "keep"})
    if unknown:
        raise InvalidInput(f"The secret's field {unknown[0]!r} is unknown; there are: command, timeout, keep.")
    command = written.get("command")
    if (
        not isinstance(command, list | tuple)
        or not 0 < len(command) <= _MOST_ARGUMENTS
        or not all(isinstance(word, str) and "\0" not in word and len(word) <= _LONGEST for word in command)
        or not command[0]
    ):
        raise InvalidInput("The secret's command must be a list of texts: the program and its arguments.")
    timeout, keep = (
        parse_duration(str(written.get(name, default)), f"secret's {name}")
        for name, default in (("timeout", "10s"), ("keep", "0s"))
    )
    if timeout == 0:
        raise InvalidInput("The secret's timeout must be longer than 0.")
    return SecretSource(SourceKind.COMMAND, command[0], tuple(command), timeout, keep)


def variables_of(secrets: Mapping[str, Any]) -> list[str]:
    """The variables of the scheduler's environment that hold secrets of a workflow."""
    start = f"{SourceKind.ENV}:"
    return [
        written.removeprefix(start).strip()
        for written in secrets.values()
        if isinstance(written, str) and written.startswith(start)
    ]


def source_text(written: str | Mapping[str, Any]) -> str:
    """The reference in one line, for lists; of a command only its program: arguments may say too much."""
    return written if isinstance(written, str) else f"command:{(written.get('command') or ['?'])[0]}"


def parse_use(written: str) -> SecretUse:
    """`NAME`, `NAME:file` or `NAME:stdin`. InvalidInput says what is wrong."""
    name, colon, delivery = written.partition(":")
    check_secret_name(name)
    if colon and delivery not in list(Delivery):
        raise InvalidInput(f"A secret can be delivered as {', '.join(Delivery)}, not as {delivery[:100]!r}.")
    return SecretUse(name, Delivery(delivery) if colon else Delivery.ENV)


def check_secret_name(name: str) -> None:
    """InvalidInput if a variable cannot have the name."""
    if not _VARIABLE.fullmatch(name) or len(name) > MAX_LENGTH:
        raise InvalidInput(
            f"The secret name {name[:MAX_LENGTH]!r} cannot be used; use letters, digits and '_', such as DB_PASSWORD."
        )


def looks_like_password(name: str, value: str) -> bool:
    """Whether a variable probably holds a secret in plain text."""
    return bool(_PASSWORD.search(name)) and bool(value.strip()) and not value.startswith(("/", "~", "${", "%", "{"))
