"""Wakes an engine from another process. Apart from what listens, because every command needs it."""

from __future__ import annotations

import contextlib
import socket

__all__ = ["nudge"]


def nudge(port: int) -> None:
    """Wake the engine that listens there. Nobody may be there any more: then nothing happens."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"!", ("127.0.0.1", port))
