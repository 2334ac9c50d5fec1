"""The home's secret: a random file readable only by its owner, and keys derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError, Unreachable

__all__ = ["SECRET_NAME", "derived", "digest", "home_secret"]

SECRET_NAME = "secret"  # noqa: S105  the file's name
_LENGTH = 64


def home_secret(home: Path) -> bytes:
    """The secret of this home, created on first use and unique to it."""
    path = home / SECRET_NAME
    try:
        _make(path)
        found = path.read_bytes().strip()
    except OSError as error:
        raise Unreachable(
            f"The home's secret {path} cannot be read or written ({error.strerror}); correct its permissions."
        ) from None
    if len(found) < _LENGTH:
        raise SchedulerError(f"The home's secret {path} is damaged; delete the file, and sign in again.")
    return found


def _make(path: Path) -> None:
    if path.exists():
        return
    # Written completely before it gets its name, so that no other process reads half of it or creates a second one.
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_LENGTH // 2).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not path.exists():
                part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def derived(secret: bytes, purpose: str) -> str:
    """A key for one purpose that reveals nothing about the others."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).hexdigest()


def digest(text: str) -> str:
    """The stored hash of a random secret, so that the database alone does not grant access."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
