"""Reads what a document with mistakes still says, so that its other mistakes are found in the same pass."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from workflow_scheduler.domain.quick_dataclass import dataclass

from .models import TRIGGERS, WorkflowModel
from .sentences import meant_name, sentences_of
from .source_map import Mistake, Path, Tree

__all__ = ["ValidPart", "read_valid_part"]

_PASSES = 10
"""Leaving a part out can show further mistakes around it; no definition needs more than a few passes."""


@dataclass(frozen=True, slots=True)
class ValidPart:
    """The `model` of what could be read (None: nothing), and the mistakes of the rest."""

    model: WorkflowModel | None
    tree: Tree
    mistakes: tuple[Mistake, ...] = ()
    wrong: frozenset[Path] = frozenset()
    """Where those mistakes are: what is found there as well follows from them."""
    all_named: bool = True
    """Whether the ID of every task could be read."""


def read_valid_part(tree: Tree) -> ValidPart:
    """The document without its invalid parts. A misspelled name counts as the one that was probably meant."""
    value, places = tree.value, tree
    mistakes: dict[Mistake, Path] = {}
    renamed: dict[Path, Path] = {}
    for _ in range(_PASSES):
        try:
            model = WorkflowModel.model_validate(value)
        except ValidationError as error:
            sentences = sentences_of(error, value, WorkflowModel)
            mistakes |= {places.mistake(path, sentence): path for path, sentence in sentences}
            value = copy.deepcopy(value) if value is tree.value else value
            for path in dict.fromkeys(path for path, _ in sentences):
                _repair(value, path, renamed)
            places = tree.renamed(renamed)
        else:
            wrong = frozenset(mistakes.values())
            return ValidPart(model, places, tuple(mistakes), wrong, _all_named(model, wrong))
    return ValidPart(None, places, tuple(mistakes))


def _all_named(model: WorkflowModel, wrong: frozenset[Path]) -> bool:
    nameless = {("tasks", at) for at, task in enumerate(model.tasks) if task.id is None}
    return not any(path[:2] in nameless for path in wrong)


def _repair(value: Any, path: Path, renamed: dict[Path, Path]) -> None:
    """Leave out the field at the path or around it, or give it another value where it is needed."""
    if path[:1] in (("tasks",), ("schedules",)) and len(path) > 1:
        name, at = path[:2]
        item = value[name][at]
        if not isinstance(item, dict):
            item = value[name][at] = {}
        _repair_field(item, path[2:], path, renamed)
        if name == "tasks":
            item.setdefault("command", "unknown")
        elif len(path) == 2 or path[2] in TRIGGERS:
            _leave_one_trigger(item)
    else:
        _repair_field(value, path, path, renamed)
        value.setdefault("id", "")


def _repair_field(item: dict[str, Any], field: Path, path: Path, renamed: dict[Path, Path]) -> None:
    if not field:  # what contradicts itself: two forms of a retry
        item.pop("retry", None)
        return
    written = item.pop(str(field[0]), None)
    meant = meant_name(path, WorkflowModel) if len(field) == 1 else ""
    if meant not in ("", field[0]) and meant not in item:
        item[meant] = written
        renamed[*path[:-1], meant] = path


def _leave_one_trigger(schedule: dict[str, Any]) -> None:
    first = next((name for name in TRIGGERS if schedule.get(name) is not None), "every")
    written = schedule.get(first, "1h")
    for name in TRIGGERS:
        schedule.pop(name, None)
    schedule[first] = "1h" if written is None else written
