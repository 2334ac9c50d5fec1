"""Secrets in the scheduler's own environment, or in its `.env`."""

from __future__ import annotations

import os
from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource
from workflow_scheduler.system.env_file import read_env_file

from .base import SecretUnavailable

__all__ = ["read"]


def read(source: SecretSource, home: Path) -> bytes:
    """The environment wins over the file, as for settings."""
    value = os.environ.get(source.target) or _in_file(home / ".env", source.target)
    if not value:
        raise SecretUnavailable(
            f"The variable {source.target} is neither in the scheduler's environment nor in {home / '.env'}; set it there."
        )
    return value.encode("utf-8", "surrogateescape")


def _in_file(path: Path, name: str) -> str:
    try:
        return read_env_file(path, interpolate=True).get(name, "")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SecretUnavailable(f"The file {path} cannot be read ({why}).") from None
