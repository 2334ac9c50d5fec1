"""How and why an attempt ended: from its keeper's record, without one, or before its command was started."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.expected_codes import expected_words
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.processes.attempt_status import AttemptStatus
from workflow_scheduler.processes.start_file import STREAMS

from .base import INTERRUPTIONS, AttemptSpec, Outcome

__all__ = ["BARRED", "LOSSES", "moment", "never_began", "not_in_time", "not_started", "outcome_of", "unknown"]

LOSSES = 5
"""Keepers that may die before they begin with an attempt."""
_MOST_SEEN = 64_000
_LOST = {
    **INTERRUPTIONS,
    "lease": "no answer of the database was noted on this machine for too long, so that another one may start it",
}
"""Why commands are stopped without being cancelled."""
BARRED = "it was claimed by a scheduler in another place and may have run there"


def outcome_of(spec: AttemptSpec, record: Mapping[str, Any], stopped: str | None) -> Outcome:
    """`stopped`: why it was asked to end, if it was."""
    state, reason = _judge(record, spec.task.expected_exit_codes, stopped)
    return Outcome(
        spec.key,
        state,
        reason,
        record.get("exit_code"),
        moment(record.get("started_at")),
        moment(record.get("finished_at")),
        streams=tuple(name for name in STREAMS if record.get(f"{name}_bytes")),
        seen=_bounded(record.get("seen")),
    )


def not_started(key: AttemptKey, reason: str, doing: str = "") -> Outcome:
    """`doing`: what hung when its start was given up."""
    during = f" (while {doing})" if doing else ""
    return Outcome(key, AttemptState.CANCELLED, f"{reason}, before it was started{during}")


def never_began(key: AttemptKey, losses: int) -> Outcome:
    """Its keepers died, one after another."""
    reason = f"the command's keeper process ended {losses} times before it began; check this machine's memory"
    return Outcome(key, AttemptState.FAILED, reason)


def not_in_time(spec: AttemptSpec, doing: str) -> Outcome:
    """Its time limit passed while it was prepared."""
    reason = f"stopped after {spec.task.timeout:g} s, its time limit, before it was started (while {doing})"
    return Outcome(spec.key, AttemptState.TIMED_OUT, reason)


def unknown(spec: AttemptSpec, found: AttemptStatus, killed: Collection[int], survivors: Collection[int]) -> Outcome:
    """The outcome without an exit record. `killed`: remaining processes that were killed; `survivors`: those that could not be."""
    reason = f"its result is unknown: {found.trouble or 'its keeper process was killed'}"
    if killed:
        reason += f"; its remaining processes were killed (pid {', '.join(map(str, killed))})"
    if survivors:
        reason += f"; still there after being killed: pid {', '.join(map(str, survivors))}"
    return Outcome(spec.key, AttemptState.UNKNOWN, reason, started_at=moment(found.started_at))


def _bounded(seen: object) -> dict[str, Any] | None:
    """What its keeper saw. The command can write anything into its records."""
    if isinstance(seen, dict):
        with contextlib.suppress(ValueError, RecursionError):  # PostgreSQL takes no Infinity
            if len(json.dumps(seen, allow_nan=False)) <= _MOST_SEEN:
                return seen
    return None


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _judge(record: Mapping[str, Any], expected: Collection[int], stopped: str | None) -> tuple[AttemptState, str]:
    how, reason = record["how"], str(record["reason"])
    if record.get("background"):
        left = ", ".join(f"{process['name']} (pid {process['pid']})" for process in record["background"][:3])
        reason += f"; it left running: {left}"
    if record.get("trouble"):
        reason += f"; some of its output was lost: {record['trouble']}"
    if how == "timed_out":
        return AttemptState.TIMED_OUT, reason
    if how == "cancelled":
        return AttemptState.CANCELLED, f"{stopped or 'cancelled'}: {reason}"
    if how in _LOST:
        return AttemptState.UNKNOWN, f"{_LOST[how]}: {reason}"
    if how != "exited":
        return AttemptState.FAILED, reason
    # Windows has unsigned codes: -1 and 4294967295 are the same.
    if any((record["exit_code"] - code) % 2**32 == 0 for code in expected):
        return AttemptState.SUCCEEDED, reason
    return AttemptState.FAILED, f"{reason} (expected {expected_words(expected, ' or ')})"
