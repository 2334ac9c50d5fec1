"""By what a failure is known again, and what is remembered of it. Pure.

What changes from run to run is left out of its last lines: numbers, times, identifiers, folders. Of a Python traceback
counts only the type of the error and where it was raised.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from .quick_dataclass import dataclass

__all__ = ["Fingerprint", "Memory", "Note", "are_alike", "fingerprint", "normalized", "sentence"]

LINES = 5
"""The last lines that count."""
TRACEBACK = 10
"""The last lines among which the innermost frame of a traceback is looked for."""
MOST_TOKENS, LONGEST_TOKEN = 60, 40
ALIKE = 0.8
"""The least share of words that two failures of a workflow have in common (Jaccard index) to be the same."""
_LEAST_WORDS = 2
"""A message with fewer says nothing in particular."""
_MOST_CHARACTERS = 500

_CODE = re.compile(r"\b([A-Z]{2,}[-_ ]?\d{2,6}|(?i:HTTP|status|code|errno|error)[ :=]{1,2}\d{1,5})\b")
_CHANGING = (
    re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE),  # UUID
    re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"),
    re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b"),
    re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE),
    re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE),
)
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\s\\/:'\"]+)*[\\/](?=[^\s\\/:'\"])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_][\w.#<>-]*")
_FRAME = re.compile(r'\s*File "(?P<path>[^"]+)", line \d+, in (?P<name>.+)')
_RAISED = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?::\s|:?$)")
_GENERAL = frozenset(
    [
        "error",
        "errors",
        "failed",
        "failure",
        "fatal",
        "exit",
        "code",
        "exited",
        "expected",
        "exception",
        "traceback",
        "unknown",
        "the",
        "and",
        "with",
        "see",
        "log",
        "was",
        "of",
        "in",
        "to",
        "a",
        "an",
    ]
)
"""Words that say of no failure what it was."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`key`: the same for the same failure, whatever the run. `tokens`: its words, for those that are only alike."""

    key: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """In how many runs the same failure happened before. `retried`: how many of these were tried again, `passed`: then
    succeeded."""

    count: int
    first_at: datetime | None
    last_at: datetime | None
    retried: int
    passed: int
    note: Note | None = None


def fingerprint(
    command: str, exit_code: int | None, state: str, reason: str, lines: Sequence[str]
) -> Fingerprint | None:
    """None for a failure that says nothing in particular, such as `exit code 1`."""
    said = _said([line for line in lines[-TRACEBACK:] if line.strip()])
    if not said:
        said = [normalized(reason)]
    words = {word for line in said for word in _words(line)}
    if len(words - _GENERAL) < _LEAST_WORDS:
        return None
    whole = "\0".join([normalized(command), str(exit_code), state, *said])
    return Fingerprint(hashlib.sha256(whole.encode(errors="replace")).hexdigest(), tuple(sorted(words)[:MOST_TOKENS]))


def _said(lines: Sequence[str]) -> list[str]:
    frames = [(at, found) for at, line in enumerate(lines) if (found := _FRAME.fullmatch(line[:_MOST_CHARACTERS]))]
    if frames:
        at, innermost = frames[-1]
        raised = [found["type"] for line in lines[at + 1 :] if (found := _RAISED.match(line[:_MOST_CHARACTERS]))]
        if raised:
            return [f"{raised[-1]} {_FOLDERS.sub('', innermost['path'])} {innermost['name']}"]
    return [normalized(line) for line in lines[-LINES:]]


def normalized(line: str) -> str:
    """The line without what changes from run to run. Codes such as ORA-01017 or HTTP 404 stay."""
    line = line[:_MOST_CHARACTERS]
    for pattern in _CHANGING:
        line = pattern.sub("#", line)
    line = _FOLDERS.sub("", line)
    kept: list[str] = []
    end = 0
    for found in _CODE.finditer(line):
        kept += [_NUMBER.sub("#", line[end : found.start()]), found[0]]
        end = found.end()
    return " ".join("".join([*kept, _NUMBER.sub("#", line[end:])]).split())


def _words(line: str) -> Iterable[str]:
    return (word.lower()[:LONGEST_TOKEN] for word in _WORD.findall(line) if any(char.isalpha() for char in word))


def are_alike(one: Collection[str], other: Collection[str]) -> bool:
    """Whether most of their words are the same."""
    first, second = set(one), set(other)
    return bool(first | second) and len(first & second) / len(first | second) >= ALIKE


def sentence(memory: Memory, timezone: str) -> str:
    """`Seen 4 times since 2026-03-14; last 2026-10-02; usually passes on retry: 3 of 4.` and the note; empty if nothing is
    remembered."""
    zone = ZoneInfo(timezone)
    parts = []
    if memory.last_at and memory.first_at:
        last = f"{memory.last_at.astimezone(zone):%Y-%m-%d}"
        first = f"{memory.first_at.astimezone(zone):%Y-%m-%d}"
        if memory.count == 1:
            parts.append(f"Seen once before, {last}")
        elif first == last:
            parts.append(f"Seen {memory.count:,} times on {last}")
        else:
            parts.append(f"Seen {memory.count:,} times since {first}; last {last}")
    if memory.retried:
        usually = "usually passes on retry" if 2 * memory.passed > memory.retried else "passed on retry"
        parts.append(f"{usually}: {memory.passed} of {memory.retried}")
    if memory.note:
        parts.append(f"note by {memory.note.by}: {memory.note.text}")
    if not parts:
        return ""
    words = "; ".join(parts)
    return f"{words[0].upper()}{words[1:]}{'' if words[-1] in '.!?' else '.'}"
