"""Secrets in a file that only its owner may read."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource
from workflow_scheduler.system.regular_file import read_regular
from workflow_scheduler.system.tilde import expanded

from .base import MOST_BYTES, SecretUnavailable, without_line_end

__all__ = ["read"]


def read(source: SecretSource, home: Path) -> bytes:
    """The content without the end of its last line; a relative path counts from the home."""
    path = home / expanded(source.target)
    try:
        if (others := _open_to_others(path)) is not None:
            raise SecretUnavailable(
                f"The secret file {path} can be read by others ({others})", hint=f"run: chmod 600 {path}"
            )
        return without_line_end(read_regular(path, MOST_BYTES, follow=True))
    except OSError as error:
        raise SecretUnavailable(f"The secret file {path} cannot be read ({error.strerror}).") from None


if sys.platform == "win32":

    def _open_to_others(_: Path) -> str | None:
        """Windows has no modes; who may read a file follows from its folder."""
        return None
else:

    def _open_to_others(path: Path) -> str | None:
        """The mode if it allows anything but reading and writing by the owner."""
        mode = stat.S_IMODE(path.stat().st_mode)
        return f"mode {mode:04o}" if mode & ~0o600 else None
