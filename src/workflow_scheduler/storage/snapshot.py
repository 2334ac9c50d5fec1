"""Workflows as stored: a definition to JSON and back, unharmed by fields that came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workflow_scheduler.domain.workflow import Guarantee, OutputFile, Retry, Task, Workflow

__all__ = ["from_snapshot", "to_snapshot"]


def to_snapshot(workflow: Workflow) -> dict[str, Any]:
    return asdict(workflow)


def from_snapshot(stored: Mapping[str, Any]) -> Workflow:
    tasks = tuple(_task(one) for one in stored["tasks"])
    return Workflow(**{**stored, "tasks": tasks, "labels": tuple(stored["labels"])})


def _task(stored: Mapping[str, Any]) -> Task:
    args, depends_on = stored["args"], stored["depends_on"]
    return Task(
        **{
            **stored,
            "args": args if isinstance(args, str) else tuple(args),
            "expected_exit_codes": tuple(stored["expected_exit_codes"]),
            "output_files": tuple(OutputFile(**one) for one in stored["output_files"]),
            "retry": Retry(**stored["retry"]),
            "guarantee": Guarantee(stored["guarantee"]),
            "depends_on": None if depends_on is None else tuple(depends_on),
        }
    )
