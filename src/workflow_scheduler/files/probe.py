"""What a probe of a file can say: whether a process may still be writing it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Verdict"]


class Verdict(StrEnum):
    FINISHED = "finished"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    CANNOT_TELL = "cannot_tell"  # this file system has no such proof; only time can tell


@dataclass(frozen=True, slots=True)
class Finding:
    """`words` are the proof of a finished file, or what stands in the way."""

    verdict: Verdict
    words: str
