"""What asks a command to end, and the record of its end: the same on every system. Keepers load this module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .capped import CappedFile
from .keeper_protocol import Channel, now_text
from .lease import Lease
from .output_index import OutputIndex
from .start_file import stop_asked

__all__ = ["asked_to_end", "exit_record"]


def asked_to_end(order: Mapping[str, Any], channel: Channel, lease: Lease) -> str | None:
    """How its end is recorded, if the command is to end now: the engine says so, or a file where that is gone, or its lease
    has run out."""
    if lease.over():
        return "lease"
    if channel.closed:
        return stop_asked(order["folder"])
    return channel.stops.pop(order["key"], None)


def exit_record(
    order: Mapping[str, Any],
    stopped: str | None,
    reason: str,
    files: Mapping[str, CappedFile],
    index: OutputIndex,
    **more: Any,
) -> dict[str, Any]:
    """How the command ended: the reason as a sentence, times, and the size of the output in bytes. `stopped`: how it was
    asked to end; None if it was not."""
    if stopped == "timed_out":
        reason = f"stopped after {order['timeout']:g} s, its time limit ({reason})"
    elif stopped is not None:
        reason = f"stopped ({reason})"
    for file in files.values():
        file.notice_replacement()
    if survivors := more["survivors"]:
        reason += f"; still there after being killed: pid {', '.join(map(str, survivors))}"
    return {
        "reason": reason,
        "finished_at": now_text(),
        **{f"{name}_bytes": file.total for name, file in files.items()},
        "output_at": index.first_at,
        "truncated": any(file.truncated for file in files.values()),
        "trouble": "; ".join(file.trouble for file in files.values() if file.trouble),
        **more,
    }
