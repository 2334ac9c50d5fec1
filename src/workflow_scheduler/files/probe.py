"""The results of a probe: whether a process may still be writing a file."""

from __future__ import annotations

from enum import StrEnum

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Finding", "Verdict"]


class Verdict(StrEnum):
    FINISHED = "finished"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    CANNOT_TELL = "cannot_tell"  # this file system has no such proof; only time can tell


@dataclass(frozen=True, slots=True)
class Finding:
    """`words`: the proof that the file is finished, or what prevents it."""

    verdict: Verdict
    words: str
