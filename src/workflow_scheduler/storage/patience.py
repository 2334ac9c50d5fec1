"""Repeats what a busy or unreachable database refused."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from workflow_scheduler.domain.errors import Unreachable

from .errors import is_passing
from .group_commit import Stale

__all__ = ["repeated"]

_T = TypeVar("_T")


def repeated(attempt: Callable[[], _T], patience: float, abandon: Callable[[], bool], error: Any) -> _T:
    """The answer of the attempt, made again with growing pauses while its error, of the driver's type `error`, may pass.
    After `patience` seconds, or when it is abandoned, that error is raised; Unreachable if other writers were always faster."""
    deadline = time.monotonic() + patience
    pause = 0.01
    while True:
        try:
            return attempt()
        except Stale:
            if time.monotonic() > deadline:
                raise Unreachable("The database kept changing under this command; try again.") from None
        except error as trouble:
            if not is_passing(trouble) or time.monotonic() > deadline or abandon():
                raise
        # Random, so that two processes that met do not meet again.
        time.sleep(pause * (0.5 + os.urandom(1)[0] / 256))
        pause = min(pause * 2, 1.0)
