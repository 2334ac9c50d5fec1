"""What reads a secret, and the error when it cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.secrets import SecretSource

__all__ = ["MOST_BYTES", "Reader", "SecretUnavailable", "without_line_end"]

MOST_BYTES = 16_384
"""Of one secret: enough for keys and certificates, and within what an environment may hold."""


class SecretUnavailable(SchedulerError):
    """The secret cannot be read now. The message never contains any of it."""

    code = "secret_unavailable"


class Reader(Protocol):
    """Reads one kind of source."""

    def __call__(self, source: SecretSource, home: Path) -> bytes:
        """The value. SecretUnavailable says why there is none. May block on a file system or a program."""


def without_line_end(data: bytes) -> bytes:
    """Files and programs end their last line; the secret does not."""
    return data.removesuffix(b"\n").removesuffix(b"\r")
