"""What schedulers and workers tell each other, as JSON: what to run, and what became of it.

A newer version may tell more: names that are unknown here are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage.snapshot import task_from

from .base import AttemptSpec, CheckingOutputs, NotLaunched, Outcome, Report, Started
from .told import told_values

__all__ = ["kind_of", "read_report", "read_spec", "report_json", "spec_json"]

_KINDS: Mapping[str, type[Report]] = {
    "started": Started,
    "checking_outputs": CheckingOutputs,
    "not_launched": NotLaunched,
    "outcome": Outcome,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def spec_json(spec: AttemptSpec) -> dict[str, Any]:
    """What to run, without what the assignment says: its key, its place, and whether it has begun."""
    names = [field.name for field in fields(spec) if field.name not in ("key", "begun", "place")]
    values = {name: getattr(spec, name) for name in names}
    return {**values, "task": asdict(spec.task)}


def read_spec(key: AttemptKey, told: Mapping[str, Any], *, begun: bool) -> AttemptSpec:
    values = _known(AttemptSpec, told)
    for name in ("must_exist", "free_text"):
        values[name] = tuple(values.get(name, ()))
    return AttemptSpec(**{**values, "key": key, "begun": begun, "task": task_from(told["task"])})


def kind_of(report: Report) -> str:
    return _NAMES[type(report)]


def report_json(report: Report) -> dict[str, Any]:
    values = {field.name: getattr(report, field.name) for field in fields(report) if field.name != "key"}
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    return {"kind": kind_of(report), **told}


def read_report(key: AttemptKey, told: Mapping[str, Any]) -> Report | None:
    """None for a kind that this version does not know. LookupError, TypeError or ValueError for what cannot be read."""
    kind = _KINDS.get(told["kind"])
    if kind is None:
        return None
    return kind(**{**told_values(kind, told), "key": key})


def _known(kind: type[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in told.items() if name in names}
