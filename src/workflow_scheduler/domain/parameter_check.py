"""Checks what a workflow declares: its parameters, and the placeholders in its fields, each mistake with its position."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .errors import InvalidInput
from .facts import FACTS
from .parameter_values import WrongParameters, read_as, resolve, value_of, variable_of
from .parameters import FREE_TEXT, MOST_BYTES, ORDERED, Parameter, ParameterType
from .pattern_cost import check_pattern
from .placeholders import DATES, DATES_AT_START, Moment, known_in, mistakes_in
from .workflow import Workflow

__all__ = ["SAMPLE", "parameter_mistakes", "placeholder_mistakes", "value_mistakes"]

SAMPLE = Moment(datetime(2026, 3, 2, 1, tzinfo=UTC), ZoneInfo("UTC"))
"""A time at which defaults and values are tried."""
MOST = 100
"""Parameters of a workflow."""
MOST_OPTIONS = 1000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_Path = tuple[str | int, ...]


def parameter_mistakes(workflow: Workflow, *, for_cmd: bool = False) -> Iterator[InvalidInput]:
    """What is wrong with the declared parameters. `for_cmd`: batch files will read their values."""
    variables: dict[str, str] = {}
    if len(workflow.params) > MOST:
        yield InvalidInput(f"The workflow has {len(workflow.params)} parameters; use at most {MOST}.", ("params",))
    for name, parameter in workflow.params.items():
        if why := _wrong_name(name):
            yield InvalidInput(f"The parameter {name[:60]!r} {why}", ("params", name))
            continue
        other = variables.setdefault(variable_of(name), name)
        if other != name:
            yield InvalidInput(
                f"The parameters {other!r} and {name!r} are both {variable_of(name)} for scripts; rename one.",
                ("params", name),
            )
        wrong = list(_declaration_mistakes(parameter))
        for field, sentence in wrong:
            yield InvalidInput(f"The parameter {name!r}: {field} {sentence}", ("params", name, field))
        if not wrong and parameter.default is not None:
            try:
                value_of(name, parameter, None, SAMPLE, for_cmd=for_cmd)
            except InvalidInput as error:
                yield InvalidInput(f"The default does not fit. {error}", ("params", name, "default"))


def _wrong_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "cannot be used; write letters, digits, '_' and '-', at most 64, starting with a letter."
    if name.lower() in (*FACTS, *DATES, "item", "tasks") or re.match(r"(business_)?date-\d", name):
        return "has the name of a placeholder of the scheduler; choose another."
    return ""


def _declaration_mistakes(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """Fields, each with the rest of a sentence."""
    kind = parameter.type
    if (kind is ParameterType.CHOICE) != bool(parameter.options):
        yield "options", "are the values of a choice; give them with `type: choice`, and only there."
    if len(parameter.options) > MOST_OPTIONS or any(len(text.encode()) > MOST_BYTES for text in parameter.options):
        yield (
            "options",
            f"are too many or too long; use at most {MOST_OPTIONS:,}, each of at most {MOST_BYTES:,} bytes.",
        )
    for field, kinds in (
        ("min", ORDERED),
        ("max", ORDERED),
        ("pattern", FREE_TEXT),
        ("max_length", FREE_TEXT),
        ("unsafe", FREE_TEXT),
        ("must_exist", (ParameterType.PATH,)),
    ):
        if getattr(parameter, field) not in (None, False) and kind not in kinds:
            yield field, f"does not apply to {kind}; remove it."
    yield from _bound_mistakes(parameter)
    if parameter.pattern is not None:
        try:
            check_pattern(parameter.pattern)
        except InvalidInput as error:
            yield "pattern", str(error)
    if isinstance(parameter.default, tuple) and kind is not ParameterType.LIST:
        yield "default", "is a list; write one value, or `type: list`."
        return
    for text in [parameter.default] if isinstance(parameter.default, str) else parameter.default or ():
        for sentence in mistakes_in(text, ()):
            yield "default", f"contains {sentence}"


def _bound_mistakes(parameter: Parameter) -> Iterator[tuple[str, str]]:
    if parameter.type not in ORDERED:
        return
    kind = ParameterType.INTEGER if parameter.type is ParameterType.LIST else parameter.type
    for field in ("min", "max"):
        if (bound := getattr(parameter, field)) is not None:
            try:
                read_as(kind, bound)
            except InvalidInput as error:
                yield field, str(error)


def value_mistakes(
    workflow: Workflow, values: Mapping[str, Any], *, for_cmd: bool = False
) -> Iterator[tuple[str, str]]:
    """Why a schedule's values do not fit the workflow: parameters, each with a sentence."""
    if workflow.params or values:
        try:
            resolve(workflow.params, values, SAMPLE, for_cmd=for_cmd)
        except WrongParameters as error:
            yield from error.fields.items()
        except InvalidInput as error:
            yield "", str(error)


def placeholder_mistakes(workflow: Workflow) -> Iterator[InvalidInput]:
    """Unknown placeholders where they are replaced, and known ones where they are not."""
    known = [*workflow.params, *FACTS]
    lists = [name for name, parameter in workflow.params.items() if parameter.type is ParameterType.LIST]
    for path, text, item in _filled_texts(workflow):
        for sentence in mistakes_in(text, known, lists, item=item, dates=DATES_AT_START):
            yield InvalidInput(f"{_place_of(workflow, path)}: the placeholder {sentence}", path)
    for path, text in _plain_texts(workflow):
        if found := known_in(text, known):
            yield InvalidInput(
                f"{_place_of(workflow, path)}: {found} would not be replaced here; write it in `args` or `env` "
                "(a shell line reads variables).",
                path,
            )


def _place_of(workflow: Workflow, path: _Path) -> str:
    if path[0] == "tasks" and isinstance(path[1], int):
        return f"Task {workflow.tasks[path[1]].id!r}: {path[2]}"
    return str(path[0])


def _filled_texts(workflow: Workflow) -> Iterator[tuple[_Path, str, bool]]:
    """Each text in which placeholders are replaced, with its position, and whether it is an argument."""
    for name, value in workflow.env.items():
        yield ("env", name), value, False
    if workflow.working_dir is not None:
        yield ("working_dir",), workflow.working_dir, False
    for at, task in enumerate(workflow.tasks):
        here = ("tasks", at)
        if not task.shell:
            for path, text in _items(task.args, (*here, "args")):
                yield path, text, True
        for name, value in task.env.items():
            yield (*here, "env", name), value, False
        if task.working_dir is not None:
            yield (*here, "working_dir"), task.working_dir, False
        for number, file in enumerate(task.output_files):
            yield (*here, "output_files", number), file.path, False


def _plain_texts(workflow: Workflow) -> Iterator[tuple[_Path, str]]:
    """Each text in which people may expect that, and it does not happen."""
    for name in workflow.env:
        yield ("env", name), name
    for at, task in enumerate(workflow.tasks):
        here = ("tasks", at)
        yield (*here, "command"), task.command
        if task.shell:
            yield from _items(task.args, (*here, "args"))
        for name in task.env:
            yield (*here, "env", name), name
        for field in ("env_file", "stdin"):
            if (text := getattr(task, field)) is not None:
                yield (*here, field), text


def _items(args: Collection[str] | str, path: _Path) -> Iterator[tuple[_Path, str]]:
    """Each argument. A text is split only to find them: this system's rules decide later where one ends."""
    if not isinstance(args, str):
        yield from (((*path, at), arg) for at, arg in enumerate(args))
    elif "{" in args:
        try:
            words = shlex.split(args)
        except ValueError:  # an open quote, which is reported elsewhere
            words = args.split()
        yield from ((path, word) for word in words)
