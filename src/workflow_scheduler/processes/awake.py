"""Keeps Windows from going to sleep by itself while runs need it. On other systems it does nothing."""

from __future__ import annotations

import logging
import sys

__all__ = ["Awake"]

CONTINUOUS, SYSTEM_REQUIRED = 0x80000000, 1
"""Source: Microsoft, SetThreadExecutionState."""
_log = logging.getLogger(__name__)


class Awake:
    """Called repeatedly in one thread with whether the machine must stay awake; the effect ends with that thread."""

    def __init__(self) -> None:
        self._now = False

    def __call__(self, wanted: bool) -> None:
        if wanted != self._now:
            self._now = wanted
            _stay_awake(wanted)


def _stay_awake(wanted: bool) -> None:
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        flags = CONTINUOUS | (SYSTEM_REQUIRED if wanted else 0)
        if not ctypes.WinDLL("kernel32").SetThreadExecutionState(flags):
            _log.warning("Cannot keep Windows awake; it may sleep while runs are in progress")
