"""Reads the defaults of a home from YAML."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError, create_model

from workflow_scheduler.domain.defaults import Defaults
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.facts import FACTS
from workflow_scheduler.domain.placeholders import DATES_AT_START, mistakes_in

from .models import DefinitionModel, RetryModel, fields_of, values_of
from .sentences import sentences_of
from .source_map import Path, read_trees

__all__ = ["DefaultsModel", "load_defaults"]

_Defaults: Any = create_model("DefaultsModel", __base__=DefinitionModel, **fields_of(Defaults, retry=RetryModel | None))


class DefaultsModel(_Defaults):
    """`defaults.yaml` in the home: what every task has unless its workflow or the task itself says otherwise."""


def load_defaults(text: str, source: str) -> Defaults:
    """InvalidInput has a line for each mistake. An empty text has none."""
    trees = list(read_trees(text, source))
    if not trees:
        return Defaults()
    tree = trees[0]
    if len(trees) > 1 or not isinstance(tree.value, dict):
        raise InvalidInput(f"{tree.place(())}: expected one set of names and values; write for example `timeout: 2h`.")
    try:
        defaults = Defaults(**values_of(DefaultsModel.model_validate(tree.value), Defaults))
    except ValidationError as error:
        mistakes = [tree.mistake(path, words) for path, words in sentences_of(error, tree.value, DefaultsModel)]
    else:
        texts: list[tuple[Path, str]] = [(("env", name), value) for name, value in defaults.env.items()]
        texts += [(("working_dir",), defaults.working_dir)] if defaults.working_dir else []
        mistakes = [
            tree.mistake(path, f"The placeholder {words}")
            for path, value in texts
            for words in mistakes_in(value, FACTS, dates=DATES_AT_START)
        ]
        if defaults.timeout == 0:
            mistakes.append(tree.mistake(("timeout",), "timeout: 0 would end every attempt at once; leave it out."))
    if mistakes := [*tree.mistakes, *mistakes]:
        raise InvalidInput("\n".join(map(str, sorted(mistakes))))
    return defaults
