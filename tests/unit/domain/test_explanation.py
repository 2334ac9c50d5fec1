"""Each gate, verdict, disposition and state has its sentence, so that nothing stays unexplained."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter

import pytest

from workflow_scheduler.domain import explanation
from workflow_scheduler.domain.explanation import GateCode, VerdictCode
from workflow_scheduler.domain.placement import WhyNot
from workflow_scheduler.domain.run import AttemptState, RunState, TaskRunState
from workflow_scheduler.domain.schedule import Disposition


@pytest.mark.parametrize(
    ("kind", "sentences"),
    [
        (GateCode, explanation.GATES),
        (VerdictCode, explanation.VERDICTS),
        (Disposition, explanation.OF_DISPOSITION),
        (RunState, explanation.OF_RUN),
        (TaskRunState, explanation.OF_TASK),
        (AttemptState, explanation.OF_ATTEMPT),
        (WhyNot, explanation.OF_NO_MACHINE),
    ],
)
def test_none_is_missing(kind: type[StrEnum], sentences: Mapping[StrEnum, object]) -> None:
    assert set(sentences) == set(kind)
    for entry in sentences.values():
        assert (entry if isinstance(entry, str) else entry[-1]).strip()


@pytest.mark.parametrize("sentence", explanation.VERDICTS.values())
def test_a_verdict_is_one_sentence_about_something(sentence: str) -> None:
    assert sentence.endswith(".")
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    assert "what" in names
    assert names <= {"what", "at", "why"}
