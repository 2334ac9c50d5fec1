"""Paths that begin with a home folder of a user."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["expanded"]


def expanded(path: str) -> Path:
    """The path with `~` and `~user` replaced. Where there is no such user it stays as it is, as in a shell."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  `Path.expanduser` raises RuntimeError
