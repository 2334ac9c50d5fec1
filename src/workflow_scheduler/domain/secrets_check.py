"""Checks the secrets of a workflow, and how its tasks use them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from .errors import InvalidInput
from .facts import FACTS
from .secrets import Delivery, SecretUse, check_secret_name, parse_source, parse_use
from .task import Task
from .workflow import Workflow

__all__ = ["secret_mistakes"]

_RESERVED = ("PARAM_", "PARAMS_FILE", "ATTEMPT_FOLDER", "BUSINESS_DATE")


def secret_mistakes(workflow: Workflow) -> Iterator[InvalidInput]:
    """References that cannot be read, unknown names, and variables that would be set twice, each with its place."""
    seen: dict[str, str] = {}
    for name, written in workflow.secrets.items():
        if (other := seen.setdefault(name.upper(), name)) != name:
            words = f"The secrets {other} and {name} differ only in case, and are one variable on Windows; rename one."
            yield InvalidInput(words, ("secrets", name))
        try:
            check_secret_name(name)
            parse_source(written)
        except InvalidInput as error:
            yield InvalidInput(str(error), ("secrets", name))
    for at, task in enumerate(workflow.tasks):
        yield from (InvalidInput(sentence, ("tasks", at, "secrets")) for sentence in _wrong_uses(workflow, task))


def _wrong_uses(workflow: Workflow, task: Task) -> Iterator[str]:
    uses: list[SecretUse] = []
    for written in task.secrets:
        try:
            use = parse_use(written)
        except InvalidInput as error:
            yield str(error)
            continue
        if use.name not in workflow.secrets:
            near = get_close_matches(use.name, workflow.secrets, 1)
            what = (
                f"did you mean {near[0]!r}?"
                if near
                else f"add it to the workflow's secrets: {{{use.name}: store:NAME}}."
            )
            yield f"Task {task.id!r} uses the secret {use.name!r}, which the workflow does not have; {what}"
        uses.append(use)
    variables = [use.variable for use in uses if use.variable]
    for variable in dict.fromkeys(variables):
        if variables.count(variable) > 1:
            yield f"Two secrets of task {task.id!r} set the variable {variable}; name each once."
        elif variable in {**workflow.env, **task.env}:
            yield f"The variable {variable} of task {task.id!r} is set by env and by a secret; remove one."
        elif variable.lower() in FACTS or variable.startswith(_RESERVED):
            yield f"The variable {variable} of task {task.id!r} is set by the scheduler itself; rename the secret."
    inputs = [use for use in uses if use.delivery is Delivery.STDIN]
    if len(inputs) + (task.stdin is not None) > 1:
        yield f"Task {task.id!r} has one standard input; give it one secret as stdin, or its own stdin, not both."
