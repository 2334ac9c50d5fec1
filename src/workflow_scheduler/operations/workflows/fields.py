"""What people type for the fields of a task, as values; the same for the commands and the menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflow_scheduler.definitions.documents import task_from, task_to_plain
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.numbers import parse_count
from workflow_scheduler.domain.workflow import Task

__all__ = ["changed_task", "parse_active_runs", "parse_environment", "parse_keep_awake", "retyped_task"]


_RETRY = {"retry_count": "limit", "retry_delay": "delay", "retry_backoff": "backoff", "retry_max_delay": "max_delay"}


def parse_active_runs(text: str) -> int | None:
    """A whole number from 1, or `-` for no limit."""
    if text == "-":
        return None
    count = parse_count(text)
    if count is None or not 1 <= count <= 1000:
        raise InvalidInput(
            f"The number of active runs {text[:40]!r} cannot be used; write 1 to 1000, or '-' for no limit."
        )
    return count


def parse_keep_awake(text: str) -> bool | None:
    """`yes`, `no`, or `-` for runs of schedules."""
    if text.lower() not in ("yes", "no", "-"):
        raise InvalidInput(f"{text[:40]!r} is neither 'yes' nor 'no'; '-' stands for runs of schedules only.")
    return None if text == "-" else text.lower() == "yes"


def parse_environment(pairs: Iterable[str]) -> dict[str, str]:
    """`NAME=value` each."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidInput(f"The variable {pair!r} cannot be read; write NAME=value.")
        found[name] = value
    return found


def changed_task(task: Task, changes: Mapping[str, Any]) -> Task:
    """The task with some fields as given, checked like any definition. None clears a field."""
    plain = task_to_plain(task)
    retry = {_RETRY[name]: value for name, value in changes.items() if name in _RETRY}
    if retry:
        plain["retry"] = {
            name: value for name, value in {**plain.get("retry", {}), **retry}.items() if value is not None
        }
    plain.update((name, value) for name, value in changes.items() if name not in _RETRY)
    return task_from({name: value for name, value in plain.items() if value is not None})


def retyped_task(task: Task, changes: Mapping[str, Any]) -> Task:
    """`changed_task` for what is typed, where a file has no size: one that the task has keeps its minimum size."""
    known = {one["path"]: one for one in task_to_plain(task).get("output_files", ()) if not isinstance(one, str)}
    files = changes.get("output_files")
    if files is not None:
        changes = {**changes, "output_files": [known.get(path, path) for path in files]}
    return changed_task(task, changes)
