"""The messages between an engine and a keeper: JSON lines over pipes. Keepers load this module."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

__all__ = ["SOON", "Channel", "NotNow", "now_text"]

SOON = 0.02
"""Seconds: of a command that ends within them, start and end are told in one: half the work for both sides."""


class NotNow(Exception):
    """The operating system has no room for a process at present; nothing was started."""


def now_text() -> str:
    """The current time in UTC, ISO 8601. A keeper is a separate process and takes its own timestamps."""
    return datetime.now(UTC).isoformat()


class Channel:
    """The keeper's side. Orders come in on `descriptor`; notices go out on standard output.

    An order is {"key", "folder", "argv", "cwd", "env", "timeout", "grace", "cap", "notes", "files", "stdin", "nice",
    "secrets", "without", "lease"}, on Windows with the "line" of `argv`; the first has the "environment" of all commands too, to
    which "env" is added, "without" some.
    {"stop": key, "how": word} ends the command of that order. Notices are {"started"}, {"exited"}, {"refused"} and
    {"not_launched"}, each with the key; "exited" has the pid and the start too, if that was not told before.
    """

    def __init__(self) -> None:
        self.descriptor = os.dup(0)
        self.closed = False
        self.orders: list[dict[str, Any]] = []
        self.stops: dict[str, str] = {}
        self._environment: dict[str, str] = {}
        self._rest = b""

    def receive(self) -> None:
        """Read the available orders. A closed pipe is no error: the engine stopped or died."""
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
                around = self._environment
                if without := message.pop("without", None):
                    around = {name: value for name, value in around.items() if name.upper() not in without}
                self.orders.append({**message, "env": {**around, **message["env"]}})

    def say(self, notice: dict[str, Any]) -> None:
        """Notify the engine. If it is gone, the next one reads the records on disk."""
        try:
            data = json.dumps(notice).encode() + b"\n"
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            self.closed = True
