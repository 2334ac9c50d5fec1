"""How the background process tells `start` that it is ready."""

from __future__ import annotations

import os
import sys

from workflow_scheduler.operations.control import READY

__all__ = ["announce_and_fall_silent"]


def announce_and_fall_silent() -> None:
    """Say the word, then let go of the terminal: what is written later goes nowhere."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
