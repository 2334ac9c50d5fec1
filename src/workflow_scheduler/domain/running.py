"""What a running command does, in words, from the facts of one look at its processes. A verdict is only what it looks like,
and there is none without evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Facts", "looks_like", "state_words", "waits_words"]

Facts = Mapping[str, Any]
_BUSY = 0.5
"""Of one processor, from which on a process is busy."""
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "in the kernel",
    "T": "stopped",
    "t": "traced",
    "Z": "ended",
    "I": "idle",
}
_RANKS = (
    "stopped",
    "traced",
    "input",
    "terminal",
    "lock",
    "fifo",
    "disk",
    "socket",
    "event",
    "output",
    "connection",
    "sleep",
)
"""Of several processes, the one that waits for the first of these says what the command looks like."""


def state_words(state: str) -> str:
    return _STATES.get(state, "")


def waits_words(waits: Facts | None) -> str:
    """What a process waits for; empty if that is not known."""
    kind = str((waits or {}).get("for", ""))
    facts = waits or {}
    match kind:
        case "stopped":
            return "stopped by a signal"
        case "traced":
            return "stopped by a debugger"
        case "ended":
            return "ended; its parent has not collected it"
        case "disk":
            return f"waits in the kernel, which nothing interrupts{_where(facts)}"
        case "input":
            return "reads standard input"
        case "terminal":
            return f"reads the terminal {facts.get('target', '')}".rstrip()
        case "pipe":
            holders = ", ".join(f"pid {pid}" for pid in facts.get("holders", ()))
            return f"reads a pipe that {holders} can write to" if holders else "reads a pipe"
        case "socket":
            return f"waits for {_peers(facts) or 'an answer on a local socket'}"
        case "connection":
            return "waits for a connection"
        case "event":
            return f"waits for an event; connected to {_peers(facts)}" if _peers(facts) else "waits for an event"
        case "lock":
            return f"waits for a lock on {facts.get('path') or 'a file'}{_holder(facts)}"
        case "fifo":
            return "opens a named pipe whose other end is not open"
        case "output":
            return "writes what is not read"
        case "child":
            return "waits for a process that it started"
        case "thread":
            return "waits for another thread (futex)"
        case "signal":
            return "waits for a signal"
        case "sleep":
            return "sleeps for a time that it chose"
        case "file":
            return f"reads or opens {facts.get('target') or 'a file'}"
    return f"waits in the kernel{_where(facts)}" if kind else ""


def looks_like(processes: Sequence[Facts]) -> str:
    """`looks like …`; empty without evidence."""
    if not processes:
        return ""
    for process in processes:
        if process.get("window"):
            return f"looks like it waits for an answer in the window {process['window']!r} of {_name(process)}"
    ranked = sorted(
        (_RANKS.index(kind), at, process)
        for at, process in enumerate(processes)
        if (kind := str((process.get("waits") or {}).get("for"))) in _RANKS
    )
    busy = next((process for process in processes if _share(process) >= _BUSY), None)
    # Who has work to do does not hang, although another process of the command waits meanwhile.
    if busy is not None and not (ranked and _RANKS[ranked[0][0]] in ("stopped", "traced")):
        return f"looks busy: {_name(busy)} uses {_share(busy):.0%} of a processor"
    for rank, _, process in ranked:
        if words := _verdict(_RANKS[rank], process):
            return f"looks like {words}"
    return ""


def _verdict(kind: str, process: Facts) -> str:
    waits, name = process["waits"], _name(process)
    match kind:
        case "stopped":
            return f"it was stopped: {name} got SIGSTOP or a similar signal, and goes on after SIGCONT"
        case "traced":
            return f"it is held by a debugger: {name}"
        case "input":
            return f"it waits for an answer on standard input: {name}"
        case "terminal":
            return f"it waits for an answer in a terminal: {name}"
        case "lock":
            return f"it waits for a lock on {waits.get('path') or 'a file'}{_holder(waits)}: {name}"
        case "fifo":
            return f"it waits for somebody to open the other end of a named pipe: {name}"
        case "disk":
            return f"it waits for a disk, a share or a device{_where(waits)}: {name}"
        case "socket":
            return f"it waits for {_peers(waits) or 'an answer on a local socket'}: {name}"
        case "event":
            # Of several connections it is not known for which it waits.
            return f"it waits for {_peers(waits)}: {name}" if len(waits.get("peers", ())) == 1 else ""
        case "output":
            return f"it waits until its output is read: {name}"
        case "connection":
            return f"it serves: {name} waits for a connection"
        case "sleep":
            return f"it sleeps for a time that it chose: {name}"
    return ""


def _name(process: Facts) -> str:
    return f"{process.get('name', '?')} (pid {process.get('pid', '?')})"


def _share(process: Facts) -> float:
    over = float(process.get("over") or 0)
    return float(process.get("cpu") or 0) / over if over >= 1 else 0.0


def _peers(facts: Facts) -> str:
    return ", ".join(f"{peer['address']} ({peer['state']})" for peer in facts.get("peers", ()))


def _holder(facts: Facts) -> str:
    holder = facts.get("holder")
    return f", which {facts.get('holder_name') or 'a process'} (pid {holder}) has" if holder else ""


def _where(facts: Facts) -> str:
    return f" ({facts['where']})" if facts.get("where") else ""
