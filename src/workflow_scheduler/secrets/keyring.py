"""Secrets in the operating system's keyring, by the package `keyring` (extra `keyring`)."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource

from .base import SecretUnavailable

__all__ = ["read"]


def read(source: SecretSource, home: Path) -> bytes:
    try:
        import keyring  # noqa: PLC0415  an extra, and slow
    except ImportError:
        raise SecretUnavailable(
            "Secrets of a keyring need the extra 'keyring'; install it: pip install 'workflow-scheduler[keyring]'"
        ) from None
    service, _, name = source.target.partition("/")
    try:
        value = keyring.get_password(service, name)
    except Exception as error:  # each backend has errors of its own
        raise SecretUnavailable(f"The keyring cannot be read ({type(error).__name__}: {error}).") from None
    if not value:
        raise SecretUnavailable(f"The keyring has no password {name!r} of the service {service!r} for this account.")
    return value.encode()
