"""How the background process tells `start` that it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from workflow_scheduler.operations.home.scheduler_process import READY

__all__ = ["about_page", "announce_and_fall_silent"]


def about_page(page: Mapping[str, Any] | None) -> str:
    """Where the page is, or why there is none, in a sentence; empty if there was to be none."""
    if not page:
        return ""
    if "problem" in page:
        return f"There is no page: {page['problem']}"
    return f"The page is at {page['address']}; open it with: scheduler web"


def announce_and_fall_silent(_: Mapping[str, Any]) -> None:
    """Say the word, then let go of the terminal: what is written later goes nowhere."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
