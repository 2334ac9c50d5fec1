"""The activity of one running command: its counters once a minute in the file `activity`, so that any later look can say
what it did in between, and the look before its time limit ends it. Keepers load this module."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workflow_scheduler.system.regular_file import create_regular, read_regular

if TYPE_CHECKING:
    from .masking import Secrets

__all__ = ["ACTIVITY", "EACH", "Activity", "look_at"]

ACTIVITY = "activity"
EACH = 60.0
"""Seconds between two readings of the counters."""
PATIENCE = 0.2
"""Seconds that the end of a command waits for a look at it."""
_MOST = 1 << 16
_OLDEST = 300.0
"""Seconds after which counters say nothing of the last minute: the machine was asleep, or the keeper stopped."""


def look_at(keeper: int, folder: str, mask: Callable[[bytes, bool], bytes] | None) -> dict[str, Any]:
    """What the processes under this keeper do. `mask` as in `process_facts.look`. OSError or ImportError if that cannot be found
    out."""
    look, _ = _tools()
    now = time.time()
    over, before = _before(folder, now)
    return {"at": now, **look(keeper, before, over, mask)}


class Activity:
    """Of the command of one order."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.due = time.monotonic() + EACH
        self._folder: str = order["folder"]
        self._secrets: Secrets | None = order.get("hidden")
        self._readings: list[dict[str, Any]] = []
        self._reader: threading.Thread | None = None

    def note(self) -> None:
        """Read the counters in a thread, as a disk or the kernel may hang."""
        self.due = time.monotonic() + EACH
        if self._reader is None or not self._reader.is_alive():
            self._reader = _begin(self._note)

    def last_look(self) -> dict[str, Any] | None:
        """What the command does now that its time is up; None if that is not known soon."""
        found: list[dict[str, Any]] = []
        looker = _begin(lambda: found.append(look_at(os.getpid(), self._folder, self._mask)))
        if looker is not None:
            looker.join(PATIENCE)
        return found[0] if found else None

    def _note(self) -> None:
        _, counters = _tools()
        self._readings = [*self._readings[-1:], {"at": time.time(), "counters": counters(os.getpid())}]
        path = os.path.join(self._folder, ACTIVITY)
        part = f"{path}.{os.getpid()}"
        with os.fdopen(create_regular(part), "w", encoding="ascii") as file:
            json.dump(self._readings, file)
        os.replace(part, path)

    def _mask(self, data: bytes, cut: bool) -> bytes:
        if self._secrets is None:
            return data
        from .masking import Mask  # noqa: PLC0415  most commands have no secrets

        mask = Mask(self._secrets)
        # At a cut, what may be the beginning of a secret is left out.
        return mask.feed(data) + (b"" if cut else mask.end())


def _tools() -> tuple[Callable[..., dict[str, Any]], Callable[[int], dict[int, tuple[float, ...]]]]:
    """Loaded when a command takes long: most do not."""
    if sys.platform == "win32":
        from .process_facts_psutil import counters, look  # noqa: PLC0415
    else:
        from .process_facts import counters, look  # noqa: PLC0415
    return look, counters


def _before(folder: str, now: float) -> tuple[float | None, dict[int, tuple[float, ...]]]:
    """The oldest counters of the last two, and their age in seconds. The command can write anything into the file."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        for reading in json.loads(read_regular(os.path.join(folder, ACTIVITY), _MOST)):
            age = now - float(reading["at"])
            if 0 < age <= _OLDEST:
                found: dict[int, tuple[float, ...]] = {}
                for pid, values in reading["counters"].items():
                    started, cpu, read, written = map(float, values)
                    found[int(pid)] = (started, cpu, read, written)
                return age, found
    return None, {}


def _begin(work: Callable[[], object]) -> threading.Thread | None:
    def quietly() -> None:
        with contextlib.suppress(Exception):  # facts that are missing must not end an attempt
            work()

    thread = threading.Thread(target=quietly, name="activity", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads
        return None
    return thread
