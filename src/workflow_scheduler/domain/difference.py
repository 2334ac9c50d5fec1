"""What differs between a failed attempt and the last good one of its task, the most surprising first."""

from __future__ import annotations

import ntpath
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from .durations import format_duration
from .parameter_values import text_of
from .quick_dataclass import dataclass

__all__ = ["LINES", "SAMPLES", "Difference", "Kind", "Known", "changed_lines", "compare"]

LINES = 5
"""The most differences that are told."""
SAMPLES = 20
"""The successes by which a difference is judged to be surprising."""
EACH_TIME = 4
"""What is different in each of the successes, if there are at least this many, is not told."""
FACTOR, LEAST_BYTES = 2.0, 1000
"""An input file has another size from here on."""
SLOWER, LEAST_SECONDS = 3.0, 10.0
"""A duration is another one from here on."""
LEAST_MEMORY = 100_000_000
"""Bytes; the memory that was needed is told if it is `FACTOR` times as much, or as little, and differs by so much."""
SHORT_OF_ROOM = 1_000_000_000
"""Bytes; free space is told if there is less, and less than half of what there was."""
_SHOWN = 60
# systemd's, different with each start of a service.
_EACH_START = {"INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "NOTIFY_SOCKET", "WATCHDOG_PID", "LISTEN_PID"}


class Kind(StrEnum):
    """In the order in which equally surprising differences are told."""

    SCRIPT = "script"
    INPUT = "input"
    PARAMETER = "parameter"
    VARIABLE = "variable"
    PROGRAM = "program"
    DEFINITION = "definition"
    ENVIRONMENT = "environment"
    ACCOUNT = "account"
    BOOT = "boot"
    SCHEDULER = "scheduler"
    DISK = "disk"
    DURATION = "duration"
    MEMORY = "memory"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Difference:
    """`share`: of the last successes, those that had the same value as the failed attempt."""

    kind: Kind
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded of an attempt. `facts`: what was gathered before it began. `engine`: the identity of the process
    that started it. `at`: when it began."""

    version: int
    params: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    at: datetime | None = None


def compare(
    failed: Known, good: Known, successes: Sequence[Known], zone: tzinfo, script_lines: int | None = None
) -> tuple[Difference, ...]:
    """At most five differences. `successes`: the last ones, the newest first. `script_lines`: how many lines of the script
    changed, if known."""
    now, then = _values(failed), _values(good)
    samples = [_values(known) for known in successes[:SAMPLES]]
    found = []
    for kind, name in {**then, **now}:
        value, was = now.get((kind, name)), then.get((kind, name))
        if kind in _BOTH and (value is None or was is None):
            continue
        theirs = [sample.get((kind, name)) for sample in samples]
        if (kind is Kind.VARIABLE or kind is Kind.ENVIRONMENT) and not _same_key(kind, failed, good):
            continue
        if kind is Kind.INPUT and value is not None and _is_stale(value, was, theirs):
            text = f"{_name(value['path'])} has not changed since then"
        elif _same(kind, value, was) or _each_time(kind, theirs):
            continue
        else:
            text = _text(kind, name, value, was, failed, zone, script_lines)
        share = sum(_same(kind, other, value) for other in theirs) / len(theirs) if theirs else 0.0
        # A name of a file or a variable need not be text.
        found.append(Difference(kind, text.encode("utf-8", "replace").decode(), share))
    found = _gathered(found)
    found.sort(key=lambda difference: (difference.share, _RANK[difference.kind], difference.text))
    return tuple(found[:LINES])


def changed_lines(text: str, other: str) -> int:
    """How many lines one of them has that the other has not, whatever their order; at least 1."""
    lines, others = Counter(text.splitlines()), Counter(other.splitlines())
    return max((lines - others).total(), (others - lines).total(), 1)


_Values = Mapping[tuple[Kind, str], Any]
# What is not known of one of the two is no difference.
_BOTH = {
    Kind.SCRIPT,
    Kind.PROGRAM,
    Kind.ACCOUNT,
    Kind.BOOT,
    Kind.SCHEDULER,
    Kind.DISK,
    Kind.DURATION,
    Kind.MEMORY,
    Kind.DEFINITION,
}


def _values(known: Known) -> dict[tuple[Kind, str], Any]:
    facts, place = known.facts, known.engine.get("place") or {}
    values: dict[tuple[Kind, str], Any] = {(Kind.DEFINITION, ""): known.version}
    single = {
        Kind.SCRIPT: facts.get("script"),
        Kind.PROGRAM: facts.get("program"),
        Kind.SCHEDULER: facts.get("scheduler"),
        Kind.DISK: facts.get("free"),
        Kind.MEMORY: facts.get("peak"),
        Kind.ACCOUNT: known.engine.get("account"),
        Kind.BOOT: place.get("boot"),
        Kind.DURATION: known.seconds,
    }
    values |= {(kind, ""): value for kind, value in single.items() if value is not None}
    values |= {(Kind.PARAMETER, name): value for name, value in known.params.items()}
    values |= {(Kind.INPUT, name): value for name, value in (facts.get("inputs") or {}).items()}
    values |= {(Kind.VARIABLE, name): value for name, value in (facts.get("env") or {}).items()}
    around = known.engine.get("environment") or {}
    return values | {(Kind.ENVIRONMENT, name): value for name, value in around.items() if name not in _EACH_START}


def _same_key(kind: Kind, failed: Known, good: Known) -> bool:
    """Whether the hashes of both can be compared, and both have any."""
    if kind is Kind.VARIABLE:
        return failed.facts.get("key") == good.facts.get("key") is not None
    marks = [(known.engine.get("place") or {}).get("home_id") for known in (failed, good)]
    return marks[0] == marks[1] is not None and all("environment" in known.engine for known in (failed, good))


def _same(kind: Kind, value: Any, other: Any) -> bool:
    if value is None or other is None:
        return value is other
    match kind:
        case Kind.SCRIPT:
            return bool(value["hash"] == other["hash"] and value["path"] == other["path"])
        case Kind.INPUT:
            low, high = sorted((value["size"], other["size"]))
            return bool(high - low < LEAST_BYTES if low else high == 0) or (low > 0 and high < FACTOR * low)
        case Kind.DURATION:
            low, high = sorted((value, other))
            return bool(high - low < LEAST_SECONDS or high < SLOWER * low)
        case Kind.MEMORY:
            low, high = sorted((value, other))
            return bool(high - low < LEAST_MEMORY or high < FACTOR * low)
        case Kind.DISK:
            return not (value < SHORT_OF_ROOM and value * 2 < other)
        case _:
            return bool(value == other)


def _each_time(kind: Kind, values: Sequence[Any]) -> bool:
    if kind is Kind.INPUT or len(values) < EACH_TIME:
        return False
    return not any(_same(kind, value, other) for at, value in enumerate(values) for other in values[:at])


def _is_stale(value: Any, was: Any, theirs: Sequence[Any]) -> bool:
    """The file is the one that the last good run had, although each success had another."""
    times = [other["at"] for other in theirs if other is not None]
    if len(times) < EACH_TIME or len(set(times)) < len(times):
        return False
    return bool(value == was)


def _text(kind: Kind, name: str, value: Any, was: Any, failed: Known, zone: tzinfo, script_lines: int | None) -> str:
    match kind:
        case Kind.SCRIPT if value["path"] != was["path"]:
            return f"the script is {_path(value['path'])}, was {_path(was['path'])}"
        case Kind.SCRIPT:
            many = "" if script_lines is None else f" ({script_lines} line{'s' * (script_lines != 1)})"
            return f"{_name(value['path'])} changed {_time(value['at'], failed, zone)}{many}"
        case Kind.INPUT if value is None:
            return f"no file at {_place(name)}, was {_name(was['path'])} ({_size(was['size'])})"
        case Kind.INPUT if was is None:
            return f"{_name(value['path'])} at {_place(name)} ({_size(value['size'])}), was no file"
        case Kind.INPUT:
            return f"{_name(value['path'])} {_size(value['size'])}, was {_size(was['size'])}"
        case Kind.PARAMETER:
            return f"{_cut(name)} = {_value(value)}, was {_value(was)}"
        case Kind.VARIABLE | Kind.ENVIRONMENT:
            return f"{_cut(name)} {'is new' if was is None else 'is not set' if value is None else 'changed'}"
        case Kind.PROGRAM if value["path"] == was["path"]:
            version = value.get("version")
            return f"{_name(value['path'])} was updated" + (f" to {version}" if version else "")
        case Kind.PROGRAM:
            return f"run by {_path(value['path'])}, was {_path(was['path'])}"
        case Kind.DEFINITION:
            return f"version {value} of the workflow, was {was}"
        case Kind.ACCOUNT:
            return f"run by the account {_account(value)}, was {_account(was)}"
        case Kind.BOOT:
            return "the machine was restarted since then, or is another one"
        case Kind.SCHEDULER:
            return f"Workflow Scheduler {value}, was {was}"
        case Kind.DISK:
            return f"{_size(value)} free on its disk, was {_size(was)}"
        case Kind.MEMORY:
            return f"needed {_size(value)} of memory, was {_size(was)}"
        case Kind.DURATION:
            return f"took {format_duration(value)}, was {format_duration(was)}"


def _gathered(found: list[Difference]) -> list[Difference]:
    """One line for all variables of the scheduler's own environment."""
    around = [difference for difference in found if difference.kind is Kind.ENVIRONMENT]
    if not around:
        return found
    words = ", ".join(sorted(difference.text for difference in around)[:3])
    more = f" and {len(around) - 3} more" if len(around) > 3 else ""
    share = min(difference.share for difference in around)
    others = [difference for difference in found if difference.kind is not Kind.ENVIRONMENT]
    return [*others, Difference(Kind.ENVIRONMENT, f"environment of the scheduler: {words}{more}", share)]


def _name(path: str) -> str:
    return _cut(ntpath.basename(path) or path)


def _place(name: str) -> str:
    return "standard input" if name == "stdin" else f"argument {name}"


def _account(text: Any) -> str:
    return _cut(str(text).removeprefix("local:"))


def _value(value: Any) -> str:
    if value is None:
        return "not set"
    return _cut(", ".join(map(str, value)) if isinstance(value, list) else text_of(value)) or "empty"


def _path(path: str) -> str:
    """Its end, which says most."""
    return path if len(path) <= _SHOWN else f"…{path[1 - _SHOWN :]}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _time(text: str, failed: Known, zone: tzinfo) -> str:
    try:
        at = datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        return "since then"
    today = failed.at is not None and failed.at.astimezone(zone).date() == at.date()
    return f"{at:%H:%M}" if today else f"{at:%Y-%m-%d %H:%M}"


def _size(size: float) -> str:
    if size < 1000:
        return f"{size:.0f} byte{'s' * (size != 1)}"
    units = ["TB", "GB", "MB", "KB"]
    while (size := size / 1000) >= 999.5 and len(units) > 1:
        units.pop()
    unit = units[-1]
    return f"{size:.0f} {unit}" if size >= 9.95 else f"{size:.1f} {unit}"
