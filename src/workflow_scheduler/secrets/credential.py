"""Secrets that systemd hands to its service: `LoadCredential=` and `SetCredentialEncrypted=` (systemd.exec(5))."""

from __future__ import annotations

import os
from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource
from workflow_scheduler.system.regular_file import read_regular

from .base import MOST_BYTES, SecretUnavailable, without_line_end

__all__ = ["read"]


def read(source: SecretSource, home: Path) -> bytes:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretUnavailable(
            f"systemd gave this process no credentials; add LoadCredential={source.target}:PATH to the scheduler's unit."
        )
    path = Path(folder) / source.target
    try:
        return without_line_end(read_regular(path, MOST_BYTES, follow=True))
    except OSError as error:
        raise SecretUnavailable(f"The credential {source.target} cannot be read ({error.strerror}).") from None
