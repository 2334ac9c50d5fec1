"""Definitions from YAML, JSON or plain values, and back."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from workflow_scheduler.domain.calendar import is_calendar
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.identifiers import first_unused
from workflow_scheduler.domain.parameter_check import parameter_mistakes, placeholder_mistakes, value_mistakes
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import ScheduleDefinition
from workflow_scheduler.domain.spec_names import SPEC
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.domain.workflow_check import mistakes_in, wrong_identifier

from .models import PARTS, RETRY_NAMES, RetryModel, ScheduleModel, TaskModel, WorkflowModel, values_of
from .plain import plain_of
from .sentences import sentences_of
from .source_map import Mistake, Tree, read_trees
from .valid_part import read_valid_part

__all__ = [
    "Document",
    "Draft",
    "changed_policies",
    "changed_task",
    "changed_workflow",
    "drafts",
    "json_schema",
    "load",
    "task_from",
    "to_plain",
    "to_yaml",
    "yaml_of",
]


_M = TypeVar("_M", bound=BaseModel)
_D = TypeVar("_D")


@dataclass(frozen=True, slots=True)
class Document:
    """One workflow as written. `schedules` is None if the document does not mention them. `folder`: where its file is, and
    the `files` that it names; None if it comes without one."""

    workflow: Workflow
    schedules: tuple[ScheduleDefinition, ...] | None = None
    tree: Tree | None = field(default=None, compare=False)
    folder: Path | None = field(default=None, compare=False)

    def place(self, *path: str | int) -> str:
        """`file:line:column` of a part; without a file the workflow's ID."""
        return self.tree.place(path) if self.tree else self.workflow.id


@dataclass(frozen=True, slots=True)
class Draft:
    """A document with its mistakes. `document` has the parts that could be read; None if they make no workflow."""

    document: Document | None
    mistakes: tuple[Mistake, ...] = ()


def load(text: str, source: str) -> list[Document]:
    """Every workflow of a text. InvalidInput has a line for each mistake: where, what, and what to write."""
    found = drafts(text, source)
    if mistakes := [mistake for draft in found for mistake in sorted(draft.mistakes)]:
        raise InvalidInput("\n".join(map(str, mistakes)))
    return [draft.document for draft in found if draft.document]


def drafts(text: str, source: str) -> list[Draft]:
    """Every workflow of a text with its mistakes, without its calendars. InvalidInput if a part of the text is no workflow at all."""
    trees = list(read_trees(text, source))
    found = [_draft(tree) for tree in trees if not is_calendar(tree.value)]
    if not trees:
        raise InvalidInput(f"{source}:1:1: the file defines no workflow; start with `id: my_workflow`.")
    return found


def _draft(tree: Tree) -> Draft:
    if not isinstance(tree.value, dict):
        raise InvalidInput(f"{tree.place(())}: expected a workflow here; start with `id: my_workflow`.")
    part = read_valid_part(tree)
    if part.model is None:
        return Draft(None, (*tree.mistakes, *part.mistakes))
    workflow = _workflow(part.model)
    schedules = None if part.model.schedules is None else _schedules(part.model.id, part.model.schedules)
    document = Document(workflow, schedules, part.tree)
    errors = [*mistakes_in(workflow, all_named=part.all_named), *_wrong_names(part.model, schedules or ())]
    if not any(path[:1] == ("params",) for path in part.wrong):
        unread = {path[1] for path in part.wrong if path[:1] == ("schedules",) and path[2:3] == ("params",)}
        errors += [
            error
            for error in _parameter_mistakes(workflow, schedules or ())
            if error.path[:1] != ("schedules",) or error.path[1] not in unread
        ]
    mistakes = [part.tree.mistake(error.path, str(error)) for error in errors if error.path not in part.wrong]
    return Draft(document, (*tree.mistakes, *part.mistakes, *mistakes))


def _parameter_mistakes(workflow: Workflow, schedules: Sequence[ScheduleDefinition]) -> list[InvalidInput]:
    """What is wrong with parameters, and with what follows from them only if nothing is."""
    if wrong := list(parameter_mistakes(workflow, for_cmd=workflow.read_by_cmd())):
        return wrong
    return [
        *placeholder_mistakes(workflow),
        *(
            InvalidInput(sentence, ("schedules", at, "params", name))
            for at, schedule in enumerate(schedules)
            for name, sentence in value_mistakes(workflow, schedule.policies.params, for_cmd=workflow.read_by_cmd())
        ),
    ]


def _workflow(model: WorkflowModel) -> Workflow:
    tasks: list[Task] = []
    given = {task.id for task in model.tasks if task.id}
    for task in model.tasks:
        name = task.id or first_unused("task", given)
        given.add(name)
        tasks.append(_task(task, name))
    return Workflow(**values_of(model, Workflow), tasks=tuple(tasks))


def _task(model: TaskModel, name: str) -> Task:
    task = Task(**{**values_of(model, Task), "id": name})
    retry = {part: getattr(model, alias) for alias, part in RETRY_NAMES.items() if getattr(model, alias) is not None}
    return replace(task, retry=replace(task.retry, **retry)) if retry else task


def _schedules(workflow_id: str, models: list[ScheduleModel]) -> tuple[ScheduleDefinition, ...]:
    schedules: list[ScheduleDefinition] = []
    for at, model in enumerate(models):
        name = model.id or f"{workflow_id}.{at + 1}"
        spec = model.model_dump(include=set(SPEC), exclude_none=True)
        spec = {key: spec[key] for key in SPEC if key in spec}
        schedules.append(ScheduleDefinition(name, spec, model.timezone, Policies(**values_of(model, Policies))))
    return tuple(schedules)


def _wrong_names(model: WorkflowModel, schedules: Sequence[ScheduleDefinition]) -> Iterator[InvalidInput]:
    """Invalid and duplicate IDs of schedules. An ID made from a wrong one of the workflow is no mistake of its own."""
    names: set[str] = set()
    usable = not list(wrong_identifier((), "workflow", model.id))
    for at, (schedule, written) in enumerate(zip(schedules, model.schedules or (), strict=True)):
        place = ("schedules", at, "id")
        if written.id or usable:
            yield from wrong_identifier(place, "schedule", schedule.id)
        if schedule.id in names:
            yield InvalidInput(f"Two schedules have the ID {schedule.id!r}; give each its own.", place)
        names.add(schedule.id)


def task_from(values: Mapping[str, Any]) -> Task:
    """A task from plain values, such as a command line's; `id` must be among them. InvalidInput names the field."""
    model = _checked(TaskModel, values)
    return _task(model, model.id or "")


def changed_task(task: Task, changes: Mapping[str, Any]) -> Task:
    """The task with some fields as given, checked like any definition. None gives a field its default.

    `retry_` and the name of one of its fields, or `retry_count`, changes that of the retry alone.
    """
    fields = {name: value for name, value in changes.items() if not name.startswith("retry_")}
    parts = {_RETRY.get(name, name): value for name, value in changes.items() if name not in fields}
    changed = _changed_parts(task, TaskModel, fields, {"id": task.id, "command": task.command})
    if not parts:
        return changed
    parts = {name.removeprefix("retry_"): value for name, value in parts.items()}
    called = {part: name for name, part in RETRY_NAMES.items()}
    names = {name: called.get(name, f"retry_{name}") for name in parts}
    return replace(changed, retry=_changed(changed.retry, RetryModel, parts, {}, names))


_RETRY = {name: f"retry_{part}" for name, part in RETRY_NAMES.items()}


def changed_workflow(workflow: Workflow, changes: Mapping[str, Any]) -> Workflow:
    """The workflow with some fields beside its tasks as given, checked like any definition. None gives one its default."""
    return _changed_parts(workflow, WorkflowModel, changes, {"id": workflow.id})


def changed_policies(policies: Policies, changes: Mapping[str, Any]) -> Policies:
    """The policies with some as given, checked like any definition. None gives one its default."""
    return _changed_parts(policies, ScheduleModel, changes, {"every": "1h"})


def _changed_parts(thing: _D, model: type[BaseModel], changes: Mapping[str, Any], start: Mapping[str, Any]) -> _D:
    """`_changed`, in which a field of a part, but for the retry, may be given by itself."""
    left = dict(changes)
    given: dict[str, dict[str, Any]] = {}
    parts = [
        field for field in declared_fields(thing.__class__) if type(field.default) in PARTS and field.name != "retry"
    ]
    for part in parts:
        names = {field.alone: field.name for field in declared_fields(type(part.default))}
        given[part.name] = {names[name]: left.pop(name) for name in names.keys() & left.keys()}
    changed = _changed(thing, model, left, start)
    for part in parts:
        if values := given[part.name]:
            kind = type(part.default)
            names = {field.name: field.alone for field in declared_fields(kind)}
            value = _changed(getattr(changed, part.name), PARTS[kind], values, {}, names)
            changed = replace(changed, **{part.name: value})  # type: ignore[type-var]
    return changed


def _changed(
    thing: _D,
    model: type[BaseModel],
    changes: Mapping[str, Any],
    start: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
) -> _D:
    """`start`: what the model needs. `names`: see `_checked`."""
    fields = {field.name: field for field in declared_fields(thing.__class__)}
    # Unknown fields stay in, for the model to refuse; required fields without a value are left out, and reported.
    given = {name: value for name, value in changes.items() if value is not None or name not in fields}
    checked = _checked(model, {**{name: value for name, value in start.items() if name not in changes}, **given}, names)
    defaults = {fields[name].attribute: fields[name].default for name in changes if name not in given}
    return replace(thing, **defaults, **values_of(checked, thing.__class__, set(given)))  # type: ignore[type-var]


def _checked(kind: type[_M], values: Mapping[str, Any], names: Mapping[str, str] | None = None) -> _M:
    """The validated model. InvalidInput names the field by its name in `names`."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidInput(" ".join(sentence for _, sentence in sentences_of(error, values, kind, names))) from None


def to_plain(document: Document) -> dict[str, Any]:
    """A definition as written, in the order of the reference, without fields at their default."""
    plain = plain_of(document.workflow)
    plain["tasks"] = [plain_of(task) for task in document.workflow.tasks]
    if document.schedules:
        plain["schedules"] = [_schedule_to_plain(schedule) for schedule in document.schedules]
    return plain


def _schedule_to_plain(schedule: ScheduleDefinition) -> dict[str, Any]:
    spec = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in schedule.spec.items()
        if name != "anchor"
    }
    zone = {} if schedule.timezone is None else {"timezone": schedule.timezone}
    return {"id": schedule.id, **spec, **zone, **plain_of(schedule.policies)}


def to_yaml(document: Document) -> str:
    """The definition as YAML that `load` reads back to the same."""
    return yaml_of(to_plain(document))


def yaml_of(plain: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415  only exports and diffs need the writer

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(plain, out)
    return out.getvalue()


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a definition, for editors."""
    schema = TypeAdapter(WorkflowModel).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Workflow"}
