"""What a keeper's record of an exit means: whether the command succeeded, and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from workflow_scheduler.domain.run import AttemptState

__all__ = ["judge_exit"]


def judge_exit(record: Mapping[str, Any], expected: Collection[int], stopped: str | None) -> tuple[AttemptState, str]:
    """`expected`: the exit codes that count as success. `stopped`: why it was asked to end, if it was."""
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
    return AttemptState.FAILED, f"{reason}, and expected was {' or '.join(map(str, expected))}"
