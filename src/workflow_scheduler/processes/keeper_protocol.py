"""What an engine tells a keeper and a keeper tells its engine: JSON lines over pipes. Keepers load it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

__all__ = ["SOON", "Channel", "NotNow", "now_text"]

SOON = 0.02
"""Seconds: of a command that ends within them, start and end are told in one: half the work for both sides."""


class NotNow(Exception):
    """The operating system has no room for a process at the moment; nothing was started."""


def now_text() -> str:
    """This moment in UTC; a keeper is a process of its own and stamps what it saw."""
    return datetime.now(UTC).isoformat()


class Channel:
    """The keeper's side. Orders come in on `descriptor`; notices go out on standard output.

    An order is {"key", "folder", "argv", "cwd", "env", "timeout", "grace", "cap", "notes"}, on Windows with the "line" of `argv`; the
    first has the "environment" of all commands too, which "env" is added to. {"stop": key, "how": word} ends the command of that order. Notices are
    {"started"}, {"exited"}, {"refused"} and {"not_launched"}, each with the key; "exited" has the pid and the start too, if
    that was not told before.
    """

    def __init__(self) -> None:
        self.descriptor = os.dup(0)
        self.closed = False
        self.orders: list[dict[str, Any]] = []
        self.stops: dict[str, str] = {}
        self._environment: dict[str, str] = {}
        self._rest = b""

    def receive(self) -> None:
        """Read what is there; the engine's end being closed is no error: it stopped, or died."""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self.closed = True
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "stop" in message:
                self.stops[message["stop"]] = message["how"]
            else:
                self._environment = message.pop("environment", self._environment)
                self.orders.append({**message, "env": {**self._environment, **message["env"]}})

    def say(self, notice: dict[str, Any]) -> None:
        """Notify the engine; if it is gone, the next one reads the records on disk."""
        try:
            data = json.dumps(notice).encode() + b"\n"
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            self.closed = True
