"""Ends a program together with what it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

__all__ = ["end_tree"]


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill the program, which leads a session of its own, and all its descendants that can be found."""
    import psutil  # noqa: PLC0415  rarely needed

    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        descendants = psutil.Process(process.pid).children(recursive=True)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for descendant in descendants:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    process.wait()
