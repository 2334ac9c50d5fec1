"""Secrets that a program prints, such as `vault kv get`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from workflow_scheduler.domain.secrets import SecretSource

from .base import MOST_BYTES, SecretUnavailable, without_line_end

__all__ = ["read"]


def read(source: SecretSource, home: Path) -> bytes:
    """What the program wrote to its standard output, without the end of its last line. It is killed at its time limit."""
    program = source.command[0]
    # A file, not a pipe: nothing that the program leaves running can hold it up.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                source.command,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise SecretUnavailable(f"The secret's command {program} could not be started ({why}).") from None
        try:
            code = process.wait(source.timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise SecretUnavailable(
                f"The secret's command {program} was stopped after {source.timeout:g} s, its time limit."
            ) from None
        if code:
            raise SecretUnavailable(f"The secret's command {program} ended with exit code {code}.")
        output.seek(0)
        found = without_line_end(output.read(MOST_BYTES + 1))
    if not found:
        raise SecretUnavailable(f"The secret's command {program} printed nothing.")
    return found


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            import signal  # noqa: PLC0415

            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
