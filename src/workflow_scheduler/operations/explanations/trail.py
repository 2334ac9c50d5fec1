"""Collects the gates of an explanation in their order, and gives it its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.explanation import (
    VERDICTS,
    Explanation,
    Gate,
    GateCode,
    GateState,
    Remedy,
    VerdictCode,
)
from workflow_scheduler.operations.timestamps import signed

__all__ = ["Trail", "clock"]

_ORDER = list(GateCode)


def clock(at: datetime, timezone: str) -> str:
    """`2026-11-29 06:30 +01:00`, in the zone."""
    local = at.astimezone(ZoneInfo(timezone))
    offset = local.utcoffset()
    seconds = ":%S" if local.second else ""
    return f"{local:%Y-%m-%d %H:%M{seconds}} {signed(offset) if offset else '+00:00'}"


class Trail:
    """What is explained, and the gates on its way so far."""

    def __init__(
        self, workflow_id: str, timezone: str, schedule_id: str | None = None, due: datetime | None = None
    ) -> None:
        self.workflow_id = workflow_id
        self.timezone = timezone
        self.schedule_id = schedule_id
        self.due = due
        self.run_id: str | None = None
        self.what = workflow_id
        self._gates: list[Gate] = []

    def passed(self, code: GateCode, fact: str, at: datetime | None = None, by: str = "") -> None:
        self._gates.append(Gate(code, GateState.PASSED, fact, at, by))

    def late(self, code: GateCode, fact: str, at: datetime) -> None:
        self._gates.append(Gate(code, GateState.LATE, fact, at))

    def unrecorded(self, code: GateCode, fact: str) -> None:
        self._gates.append(Gate(code, GateState.NOT_RECORDED, fact))

    def stopped(self, code: GateCode, fact: str, at: datetime | None = None, by: str = "") -> None:
        self._gates.append(Gate(code, GateState.STOPPED, fact, at, by))

    def clock(self, at: datetime) -> str:
        return clock(at, self.timezone)

    def explanation(self, verdict: VerdictCode, why: str = "", remedies: Sequence[Remedy] = ()) -> Explanation:
        """The gates after the last one were not reached."""
        at = "" if self.due is None else f" at {self.clock(self.due)}"
        sentence = VERDICTS[verdict].format(what=self.what, at=at, why=_inner(why))
        reached = max((_ORDER.index(gate.code) for gate in self._gates), default=-1)
        rest = [Gate(code, GateState.NOT_REACHED, "not reached") for code in _ORDER[reached + 1 :]]
        return Explanation(
            verdict_code=verdict,
            verdict=sentence,
            gates=(*self._gates, *rest),
            next=tuple(remedies),
            workflow_id=self.workflow_id,
            schedule_id=self.schedule_id,
            run_id=self.run_id,
            due_utc=self.due,
        )


def _inner(sentence: str) -> str:
    """A sentence as a part of another one."""
    first_word = sentence.split(" ", 1)[0]
    plain = first_word[1:].islower() or len(first_word) == 1
    return (sentence[:1].lower() + sentence[1:] if plain else sentence).rstrip(".")
