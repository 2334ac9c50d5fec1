"""How the background process tells `start` that it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from workflow_scheduler.operations.home.running import READY

__all__ = ["about_page", "announce_and_fall_silent"]


def about_page(page: Mapping[str, Any] | None) -> str:
    """A sentence with the address of the web interface, or why it is not available; empty if it is turned off."""
    if not page:
        return ""
    if "problem" in page:
        return f"The web interface is not available: {page['problem']}"
    return f"Web interface: {page['address']} (open it with: scheduler web)"


def announce_and_fall_silent(_: Mapping[str, Any]) -> None:
    """Print the ready word, then detach from the terminal: later output is discarded."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
