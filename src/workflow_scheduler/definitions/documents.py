"""Definitions from YAML, JSON or plain values, and back."""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.identifiers import first_unused
from workflow_scheduler.domain.schedule import Catchup, Overlap, OverlapScope, ScheduleDefinition
from workflow_scheduler.domain.workflow import OutputFile, Retry, Task, Workflow, check_workflow

from .models import OutputFileModel, RetryModel, ScheduleModel, TaskModel, WorkflowModel
from .source_map import Path, Tree, read_trees

__all__ = [
    "Document",
    "json_schema",
    "load",
    "task_from",
    "task_to_plain",
    "to_plain",
    "to_yaml",
]


@dataclass(frozen=True, slots=True)
class Document:
    """One workflow as written. `schedules` is None where the document says nothing about them."""

    workflow: Workflow
    schedules: tuple[ScheduleDefinition, ...] | None = None
    tree: Tree | None = field(default=None, compare=False)

    def place(self, *path: str | int) -> str:
        return self.tree.place(path) if self.tree else self.workflow.id


def load(text: str, source: str) -> list[Document]:
    """Every workflow of a file. InvalidInput has a line for each thing that is wrong: where, what, and what to write."""
    documents = [_document(tree) for tree in read_trees(text, source)]
    if not documents:
        raise InvalidInput(f"{source}:1:1: the file defines no workflow; begin with `id: my_workflow`.")
    return documents


def _document(tree: Tree) -> Document:
    if not isinstance(tree.value, dict):
        raise InvalidInput(f"{tree.place(())}: a workflow is expected here; begin with `id: my_workflow`.")
    try:
        model = WorkflowModel.model_validate(tree.value)
    except ValidationError as error:
        raise InvalidInput("\n".join(_lines(error, tree))) from None
    workflow = _workflow(model)
    try:
        check_workflow(workflow)
    except InvalidInput as error:
        raise InvalidInput(f"{tree.place(error.path)}: {error}") from None
    schedules = None if model.schedules is None else _schedules(model.id, model.schedules, tree)
    return Document(workflow, schedules, tree)


def _workflow(model: WorkflowModel) -> Workflow:
    tasks: list[Task] = []
    given = {task.id for task in model.tasks if task.id}
    for task in model.tasks:
        name = task.id or first_unused("task", given)
        given.add(name)
        tasks.append(_task(task, name))
    return Workflow(
        id=model.id,
        description=model.description,
        tasks=tuple(tasks),
        max_active_runs=model.max_active_runs,
        enabled=model.enabled,
        labels=tuple(model.labels),
        keep_awake=model.keep_awake,
    )


def _task(model: TaskModel, name: str) -> Task:
    retry = model.retry or RetryModel(limit=model.retry_count or 0, delay=model.retry_delay or 0)
    outputs = (OutputFileModel(path=one) if isinstance(one, str) else one for one in model.output_files)
    same = "command shell working_dir env env_file output_timeout continue_on_failure timeout stop_grace guarantee"
    return Task(
        id=name,
        args=model.args if isinstance(model.args, str) else tuple(model.args),
        expected_exit_codes=tuple(dict.fromkeys(model.expected_exit_codes)),
        output_files=tuple(OutputFile(one.path, one.minimum_size) for one in outputs),
        retry=Retry(**retry.model_dump()),
        depends_on=None if model.depends_on is None else tuple(model.depends_on),
        **{field: getattr(model, field) for field in same.split()},
    )


def _schedules(workflow_id: str, models: list[ScheduleModel], tree: Tree) -> tuple[ScheduleDefinition, ...]:
    found: dict[str, ScheduleDefinition] = {}
    for at, model in enumerate(models):
        name = model.id or f"{workflow_id}.{at + 1}"
        if name in found:
            raise InvalidInput(f"{tree.place(('schedules', at, 'id'))}: two schedules are called {name!r}.")
        spec = {key: getattr(model, key) for key in ("cron", "every", "interval", "at")}
        found[name] = ScheduleDefinition(
            name,
            {key: value for key, value in spec.items() if value is not None},
            model.timezone,
            model.catchup,
            model.catchup_window,
            model.overlap,
            model.overlap_scope,
            model.enabled,
            model.wake,
        )
    return tuple(found.values())


def task_from(values: Mapping[str, Any]) -> Task:
    """A task from plain values, such as a command line's; `id` must be among them. InvalidInput names the field."""
    try:
        model = TaskModel.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidInput("; ".join(_sentence(one, TaskModel) for one in _meant(error))) from None
    return _task(model, model.id or "")


_KINDS = ("list[", "str", "constrained-str", "OutputFile")
"""What pydantic puts into the place of an error for each kind that a value may be of."""


def _meant(error: ValidationError) -> list[Any]:
    """The errors without those of a kind that was not meant: names and values are no path of a file."""
    return [
        one for one in error.errors() if one["loc"][-1:] != ("constrained-str",) or not isinstance(one["input"], dict)
    ]


def _lines(error: ValidationError, tree: Tree) -> list[str]:
    lines = []
    for one in _meant(error):
        path = tuple(part for part in one["loc"] if isinstance(part, int) or not part.startswith(_KINDS))
        lines.append(f"{tree.place(path)}: {_sentence(one, WorkflowModel)}")
    return list(dict.fromkeys(lines))


_WORDS = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not a text",
    "list_type": "is not a list; write [one, two], or one item a line beginning with '- '",
    "dict_type": "is not a set of names and values; write `name: value`",
    "model_type": "is not a set of names and values; write `name: value`",
    "model_attributes_type": "is not a set of names and values; write `name: value`",
}


def _sentence(error: Any, model: type[BaseModel]) -> str:
    """What is wrong and what to write, in the words of the format and not of the library."""
    path: Path = error["loc"]
    names = [part for part in path if isinstance(part, str) and not part.startswith(_KINDS)]
    name, kind = (names[-1] if names else ""), error["type"]
    value = repr(error.get("input"))
    shown = value if len(value) <= 60 else value[:57] + "…"
    if kind == "extra_forbidden":
        known = _names_at(path[:-1], model)
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}."
        return f"{name!r} is not a name that is known here; {hint}"
    if kind == "missing":
        return f"{name!r} is missing; write `{name}: …`."
    if kind in _WORDS:
        return f"{name}: {shown} {_WORDS[kind]}."
    if kind in ("enum", "literal_error"):
        return f"{name}: {shown} is not allowed; write {error['ctx']['expected']}."
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {text}." if kind == "value_error" and name else f"{name}: {shown}: {text[0].lower()}{text[1:]}."


def _names_at(path: Path, model: type[BaseModel]) -> list[str]:
    here: dict[str | int, type[BaseModel]] = {
        "retry": RetryModel,
        "schedules": ScheduleModel,
        "tasks": TaskModel,
        "output_files": OutputFileModel,
    }
    for part in reversed(path):
        if part in here:
            return list(here[part].model_fields)
    return list(model.model_fields)


def task_to_plain(task: Task) -> dict[str, Any]:
    """A task as it is written; what is at its default is left out."""
    default = Task("", "")
    plain: dict[str, Any] = {"id": task.id, "command": task.command}
    if task.args:
        plain["args"] = task.args if isinstance(task.args, str) else list(task.args)
    for name in ("shell", "working_dir", "env", "env_file"):
        if getattr(task, name) != getattr(default, name):
            value = getattr(task, name)
            plain[name] = dict(value) if isinstance(value, Mapping) else value
    if task.expected_exit_codes != (0,):
        plain["expected_exit_codes"] = list(task.expected_exit_codes)
    if task.output_files:
        plain["output_files"] = [
            {"path": one.path, "minimum_size": one.minimum_size} if one.minimum_size else one.path
            for one in task.output_files
        ]
    if task.retry != Retry():
        fields = ("limit", "delay", "backoff", "max_delay")
        plain["retry"] = {
            name: _short(getattr(task.retry, name))
            for name in fields
            if getattr(task.retry, name) != getattr(Retry(), name)
        }
    for name in ("output_timeout", "timeout", "stop_grace"):
        if getattr(task, name) != getattr(default, name):
            plain[name] = _short(getattr(task, name))
    if task.continue_on_failure:
        plain["continue_on_failure"] = True
    if task.guarantee is not default.guarantee:
        plain["guarantee"] = task.guarantee.value
    if task.depends_on is not None:
        plain["depends_on"] = list(task.depends_on)
    return plain


def to_plain(document: Document) -> dict[str, Any]:
    """A definition as it is written, in the order of the reference; what is at its default is left out."""
    workflow = document.workflow
    plain: dict[str, Any] = {"id": workflow.id}
    if workflow.description:
        plain["description"] = workflow.description
    if not workflow.enabled:
        plain["enabled"] = False
    if workflow.labels:
        plain["labels"] = list(workflow.labels)
    if workflow.max_active_runs is not None:
        plain["max_active_runs"] = workflow.max_active_runs
    if workflow.keep_awake is not None:
        plain["keep_awake"] = workflow.keep_awake
    plain["tasks"] = [task_to_plain(task) for task in workflow.tasks]
    if document.schedules:
        plain["schedules"] = [_schedule_to_plain(one) for one in document.schedules]
    return plain


def _schedule_to_plain(one: ScheduleDefinition) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": one.id}
    plain.update((name, _short(value)) for name, value in one.spec.items() if name != "anchor")
    if one.timezone is not None:
        plain["timezone"] = one.timezone
    if one.catchup is not Catchup.LATEST:
        plain["catchup"] = one.catchup.value
    if one.catchup_window is not None:
        plain["catchup_window"] = _short(one.catchup_window)
    if one.overlap is not Overlap.QUEUE:
        plain["overlap"] = one.overlap.value
    if one.overlap_scope is not OverlapScope.WORKFLOW:
        plain["overlap_scope"] = one.overlap_scope.value
    if one.wake:
        plain["wake"] = True
    if not one.enabled:
        plain["enabled"] = False
    return plain


def _short(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def to_yaml(document: Document) -> str:
    """The definition as YAML that `load` reads back to the same."""
    from ruamel.yaml import YAML  # noqa: PLC0415  only exports and diffs need the writer

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(to_plain(document), out)
    return out.getvalue()


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a definition, for editors."""
    schema = TypeAdapter(WorkflowModel).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Workflow"}
