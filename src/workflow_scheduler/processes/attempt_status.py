"""The status of an attempt launched by a previous engine, and how to stop it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.system.regular_file import NotRegular, TooLarge, create_regular

from .identity import identity_of
from .keeper_protocol import now_text
from .start_file import START, STOP, claim, is_held, make_folder, read_start

__all__ = ["AttemptStatus", "StatusKind", "bar", "end_leftovers", "inspect", "request_stop"]


QUIET_LOOKS = 3


class StatusKind(StrEnum):
    NEVER = "never"  # not started yet
    HELD = "held"  # its keeper lives
    ENDED = "ended"  # and its exit is on record
    GONE = "gone"  # its keeper died without a record
    BARRED = "barred"  # barred from starting here, see `bar`


@dataclass(frozen=True, slots=True)
class AttemptStatus:
    """`notes` are those that the engine added to the order; `record` is the exit record of an ended attempt. The `pid`
    is recorded soon after the start. `trouble` says what is wrong with the `start` file, which the command can
    overwrite."""

    kind: StatusKind
    notes: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    started_at: str | None = None
    pid: int | None = None
    trouble: str = ""


def inspect(folder: Path) -> AttemptStatus:
    """Read the attempt's folder. The lock is tried before the facts are read, because its holder writes them before
    releasing it. A `start` file that is no regular file, or has other content, was put there by the command: the
    attempt was started."""
    try:
        os.lstat(folder / START)  # before the lock: somebody may claim it meanwhile
    except FileNotFoundError:
        return AttemptStatus(StatusKind.NEVER)
    try:
        held = is_held(str(folder))
        facts = read_start(str(folder))
    except (NotRegular, TooLarge) as error:
        return AttemptStatus(StatusKind.GONE, trouble=f"its file {START} {error.strerror}")
    if facts is None:
        return AttemptStatus(StatusKind.NEVER)
    record, started_at = facts.get("exit"), _moment(facts.get("at"))
    trouble = ""
    if not held and "barred" in facts:
        return AttemptStatus(StatusKind.BARRED, trouble=str(facts["barred"]))
    if started_at is None or not (record is None or _is_record(record)):
        record, trouble = None, f"its file {START} was changed by the command"
    kind = StatusKind.HELD if held else StatusKind.ENDED if record else StatusKind.GONE
    notes, child = facts.get("notes"), facts.get("child")
    pid = child.get("pid") if isinstance(child, dict) else None
    return AttemptStatus(
        kind,
        notes if isinstance(notes, dict) else {},
        record,
        started_at,
        pid if isinstance(pid, int) else None,
        trouble,
    )


def _moment(text: object) -> str | None:
    """The text, if it is a time with an offset; None otherwise."""
    with contextlib.suppress(ValueError):
        if isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None:
            return text
    return None


def _is_record(record: object) -> bool:
    """Whether it is an exit record of a keeper; the command can write anything into the file."""
    return (
        isinstance(record, dict)
        and isinstance(record.get("how"), str)
        and isinstance(record.get("reason"), str)
        and isinstance(record.get("background", []), list)
        and (record.get("exit_code") is None or type(record["exit_code"]) is int)
        and (record["how"] != "exited" or record.get("exit_code") is not None)
        and all(record.get(name) is None or _moment(record[name]) for name in ("started_at", "finished_at"))
    )


def bar(folder: Path, why: str) -> None:
    """Keep the attempt from starting here, unless it was started. OSError if the folder cannot be written."""
    make_folder(str(folder))
    if (made := claim(str(folder), {"at": now_text(), "barred": why})) is not None:
        made.release()


def request_stop(folder: Path, how: str) -> None:
    """Ask the keeper of an adopted attempt to end its command. The pipe to its engine is closed, so the keeper looks
    for this file. Whatever the command put in its place is moved aside. OSError if the folder cannot be written."""
    path, part = str(folder / STOP), str(folder / f"{STOP}.{os.getpid()}")
    make_folder(str(folder))
    descriptor = create_regular(part)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(how)
    try:
        os.replace(part, path)
    except OSError:  # a folder gives way to no file
        os.rename(path, f"{path}.{time.monotonic_ns()}")
        os.replace(part, path)


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
