"""How an attempt stands that an earlier engine launched, and how it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from .identity import identity_of
from .records import START, STOP, is_held, read_start

__all__ = ["Standing", "StandingKind", "end_leftovers", "inspect", "request_stop"]


QUIET_LOOKS = 3


class StandingKind(StrEnum):
    NEVER = "never"  # nobody started it yet
    HELD = "held"  # its keeper lives
    ENDED = "ended"  # and its exit is on record
    GONE = "gone"  # its keeper died without a record


@dataclass(frozen=True, slots=True)
class Standing:
    """`notes` are what the engine gave along; `record` is the exit record of an ended attempt. The `pid` is on record soon
    after the start."""

    kind: StandingKind
    notes: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    started_at: str | None = None
    pid: int | None = None


def inspect(folder: Path) -> Standing:
    """Look at the attempt's folder. The lock is tried before the facts are read: whoever released it wrote them before."""
    try:
        os.stat(folder / START)  # before the lock: somebody may claim it meanwhile
    except FileNotFoundError:
        return Standing(StandingKind.NEVER)
    held = is_held(str(folder))
    facts = read_start(str(folder))
    if facts is None:
        return Standing(StandingKind.NEVER)
    record = facts.get("exit")
    kind = StandingKind.HELD if held else StandingKind.ENDED if record else StandingKind.GONE
    pid = (facts.get("child") or {}).get("pid")
    return Standing(kind, facts.get("notes") or {}, record, facts.get("at"), pid)


def request_stop(folder: Path, how: str) -> None:
    """Ask the keeper of an adopted attempt to end its command; its engine's pipe is closed, so it looks for this file."""
    with contextlib.suppress(OSError):
        (folder / STOP).write_text(how, encoding="utf-8")


if sys.platform == "win32":

    def end_leftovers(_: dict[str, str]) -> tuple[list[int], list[int]]:
        """The Job Object ended what a killed keeper left running, together with the keeper."""
        return [], []
else:
    from .tree import PATIENCE, processes_with

    def end_leftovers(facts: dict[str, str]) -> tuple[list[int], list[int]]:
        """Kill what a killed keeper left running, known by the attempt's own variables; a stranger is never signalled.

        Returns those that were killed, and those that do not go: a process may hang in the kernel.
        """
        killed: list[int] = []
        quiet = 0
        deadline = time.monotonic() + PATIENCE
        # A process that was just started, or forks meanwhile, is not seen by the first look.
        while quiet < QUIET_LOOKS:
            found = processes_with(facts)
            if found and time.monotonic() > deadline:
                return [pid for pid in killed if pid not in found], found
            for pid in found:
                # Between the look and the signal the pid may have gone to another process: look again at its start.
                identity = identity_of(pid)
                if identity is not None and pid in processes_with(facts) and identity_of(pid) == identity:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                        killed += [pid] if pid not in killed else []
            quiet = 0 if found else quiet + 1
            time.sleep(0.03)
        return killed, []
