"""The menu's questions about parameters: one by one, with the default in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflow_scheduler.bootstrap import App
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.parameter_values import text_of, value_of
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.operations.runs.moments import moment_of_run
from workflow_scheduler.operations.workflows.show import get_workflow

from .prompts import ask

__all__ = ["ask_parameters", "parameter_words"]


def ask_parameters(
    app: App, workflow_id: str, timezone: str, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values that differ from the defaults. `before`: those given so far."""
    workflow, _, _ = get_workflow(app.database, workflow_id)
    moment = app.database.read(lambda db: moment_of_run(db, workflow_id, app.now(), timezone))
    given = dict(before or {})
    values: dict[str, Any] = {}
    for name, parameter in workflow.params.items():
        answer = _ask(name, parameter, moment, given.get(name), for_cmd=workflow.read_by_cmd())
        if answer is not None:
            values[name] = answer
    return values


def _ask(name: str, parameter: Parameter, moment: Moment, given: Any, *, for_cmd: bool) -> Any:
    default = _shown(name, parameter, moment, None)
    offered = default if given is None else _shown(name, parameter, moment, given)

    def parse(answer: str) -> Any:
        written = _written(parameter, answer)
        if answer == default and not parameter.required:
            return None
        if answer == "" and parameter.required:
            written = None
        value_of(name, parameter, written, moment, for_cmd=for_cmd)
        return written

    return ask(_question(name, parameter), offered, parse, shown=offered or "none")


def _shown(name: str, parameter: Parameter, moment: Moment, given: Any) -> str:
    try:
        value = value_of(name, parameter, given, moment)
    except InvalidInput:
        return ""
    return ", ".join(value) if isinstance(value, list) else text_of(value)


def _written(parameter: Parameter, answer: str) -> Any:
    if parameter.type is ParameterType.LIST:
        return [part.strip() for part in answer.split(",") if part.strip()]
    return answer


def _question(name: str, parameter: Parameter) -> str:
    kind = ", ".join(parameter.options) if parameter.options else parameter.type.value
    if parameter.type is ParameterType.LIST:
        kind = "list, separated by commas"
    return f"{name}: {parameter.description} ({kind})" if parameter.description else f"{name} ({kind})"


def parameter_words(values: Mapping[str, Any], option: str = "-p") -> Iterator[str]:
    """The options that give these values."""
    for name, value in values.items():
        for part in value if isinstance(value, list) else [value]:
            yield from (option, f"{name}={part}")
