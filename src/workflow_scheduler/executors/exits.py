"""What a keeper's record of an exit means: whether the command succeeded, and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.expected_codes import expected_words
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.processes.records import STREAMS

from .base import AttemptSpec, Outcome

__all__ = ["moment", "outcome_of"]


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
    )


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _judge(record: Mapping[str, Any], expected: Collection[int], stopped: str | None) -> tuple[AttemptState, str]:
    how, reason = record["how"], str(record["reason"])
    if record.get("background"):
        left = ", ".join(f"{one['name']} (pid {one['pid']})" for one in record["background"][:3])
        reason += f"; it left running: {left}"
    if record.get("trouble"):
        reason += f"; some of its output was lost: {record['trouble']}"
    if how == "timed_out":
        return AttemptState.TIMED_OUT, reason
    if how == "cancelled":
        return AttemptState.CANCELLED, f"{stopped or 'cancelled'}: {reason}"
    if how != "exited":
        return AttemptState.FAILED, reason
    # Windows knows codes without a sign: -1 and 4294967295 are the same.
    if any((record["exit_code"] - code) % 2**32 == 0 for code in expected):
        return AttemptState.SUCCEEDED, reason
    return AttemptState.FAILED, f"{reason}, and expected was {expected_words(expected, ' or ')}"
