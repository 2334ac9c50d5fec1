"""Secrets in the scheduler's own environment, or in its `.env`."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource
from workflow_scheduler.system.env_file import read_env_file

from .base import SecretUnavailable

__all__ = ["read"]


@functools.lru_cache(maxsize=4)
def _variables(path: Path, state: tuple[int, ...]) -> Mapping[str, str]:
    """The file as it was at this state of it: reading it takes longer than starting a command."""
    return read_env_file(path, interpolate=True)


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
        status = path.stat()
        return _variables(path, (status.st_mtime_ns, status.st_size, status.st_ino)).get(name, "")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SecretUnavailable(f"The file {path} cannot be read ({why}).") from None
