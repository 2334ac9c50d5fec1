"""Explanations."""

from __future__ import annotations

from workflow_scheduler.domain.explanation import GateCode, GateState, RemedyCode, VerdictCode

from .base import Answer, Identifier, Moment, Text

__all__ = ["ExplanationAnswer"]


class GateAnswer(Answer):
    """`at`: since when, or when; `by`: who or what."""

    code: GateCode
    state: GateState
    fact: Text
    at: Moment | None
    by: Text


class RemedyAnswer(Answer):
    """`target`: the workflow, schedule or run that it concerns; empty for the scheduler."""

    code: RemedyCode
    target: Text


class ExplanationAnswer(Answer):
    """The gates come in their order; those after the one that stopped it were not reached."""

    verdict_code: VerdictCode
    verdict: Text
    gates: list[GateAnswer]
    next: list[RemedyAnswer]
    workflow_id: Identifier
    schedule_id: Identifier | None
    run_id: Identifier | None
    due_utc: Moment | None
