"""Reads a secret from its source."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.secrets import SecretSource, parse_source

from .base import MOST_BYTES, Reader, SecretUnavailable

__all__ = ["SecretUnavailable", "read_secret", "resolved"]

_MODULES = {
    "env": "environment",
    "file": "file",
    "store": "store",
    "keyring": "keyring",
    "credential": "credential",
    "command": "command",
}
_kept: dict[tuple[SecretSource, Path], tuple[float, bytes]] = {}
_lock = threading.Lock()


def read_secret(source: SecretSource, home: Path) -> bytes:
    """The value. SecretUnavailable says why there is none. May block on a file system or a program."""
    with _lock:
        until, value = _kept.get((source, home), (0.0, b""))
    if time.monotonic() < until:
        return value
    # Each is imported when it is used: most tasks have no secrets.
    reader: Reader = import_module(f".{_MODULES[source.kind]}", __package__).read
    value = reader(source, home)
    if not value:
        raise SecretUnavailable(f"The secret {source.kind}:{source.target} is empty.")
    if len(value) > MOST_BYTES:
        raise SecretUnavailable(f"The secret {source.kind}:{source.target} has more than {MOST_BYTES:,} bytes.")
    if source.keep:
        with _lock:
            _kept[source, home] = time.monotonic() + source.keep, value
    return value


def resolved(value: str, home: Path) -> str:
    """What a reference to a secret stands for; another text is itself. SecretUnavailable."""
    try:
        source = parse_source(value)
    except InvalidInput:
        return value
    return read_secret(source, home).decode(errors="replace").strip()
