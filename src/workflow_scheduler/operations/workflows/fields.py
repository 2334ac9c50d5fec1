"""Converts typed task fields to values, for the commands and the menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workflow_scheduler.definitions.documents import changed_task
from workflow_scheduler.definitions.source_map import read_trees
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.task import Task

__all__ = ["parse_declared", "parse_environment", "parse_sources", "retyped_task"]


def parse_sources(pairs: Iterable[str]) -> dict[str, str]:
    """`NAME=REFERENCE` each. What is no such pair may be a secret itself, and is not shown."""
    found = {}
    for pair in pairs:
        name, equals, reference = pair.partition("=")
        if not equals or not name:
            raise InvalidInput("A secret has no '='; write NAME=REFERENCE, such as DB_PASSWORD=store:shop/db.")
        found[name] = reference
    return found


def parse_environment(pairs: Iterable[str]) -> dict[str, str]:
    """`NAME=value` each."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidInput(f"The variable {pair!r} has no '='; write NAME=value.")
        found[name] = value
    return found


def parse_declared(pairs: Iterable[str]) -> dict[str, Any]:
    """Parameters, each as `NAME`, `NAME=TYPE` or `NAME={type: …, default: …}`."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, _, spec = pair.partition("=")
        found[name] = {"type": spec} if spec else {}
        if spec.lstrip().startswith("{"):
            (tree,) = read_trees(spec, f"--param {name}")
            if tree.mistakes:
                raise InvalidInput("\n".join(map(str, tree.mistakes)))
            found[name] = tree.value
    return found


def retyped_task(task: Task, changes: Mapping[str, Any]) -> Task:
    """`changed_task` for typed values: an output file that the task already has keeps its smallest size."""
    changed = changed_task(task, changes)
    if changes.get("output_files") is None:
        return changed
    known = {file.path: file for file in task.output_files}
    return replace(changed, output_files=tuple(known.get(file.path, file) for file in changed.output_files))
