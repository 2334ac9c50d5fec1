"""Wakes an engine from another process. Separate from the listener because every command needs it."""

from __future__ import annotations

import contextlib
import socket

__all__ = ["nudge"]


def nudge(port: int) -> None:
    """Wake the engine that listens there. Does nothing if it is gone."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"!", ("127.0.0.1", port))
