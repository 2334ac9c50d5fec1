"""Values for parameters as people give them: NAME=VALUE pairs, or the text of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workflow_scheduler.definitions.source_map import read_trees
from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["values_from_pairs", "values_from_text"]

MOST_BYTES = 1_000_000


def values_from_pairs(pairs: Iterable[str]) -> dict[str, Any]:
    """A name that is given several times has a list."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidInput(f"The parameter {pair[:60]!r} has no '='; write NAME=value.")
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value
    return values


def values_from_text(text: str, source: str) -> dict[str, Any]:
    """YAML or JSON with a value, or a list of values, for each name. InvalidInput has the position of what is wrong."""
    if len(text) > MOST_BYTES:
        raise InvalidInput(f"{source}: the file has more than {MOST_BYTES:,} characters; use a shorter one.")
    trees = list(read_trees(text, source))
    if len(trees) != 1 or not isinstance(trees[0].value, dict):
        raise InvalidInput(f"{source}: expected one set of names and values; write `name: value`.")
    tree = trees[0]
    wrong = list(tree.mistakes)
    for name, value in tree.value.items():
        parts = value if isinstance(value, list) else [value]
        if any(isinstance(part, dict | list) for part in parts):
            wrong.append(tree.mistake((name,), f"{name!r} is neither a value nor a list of values."))
    if wrong:
        raise InvalidInput("\n".join(map(str, sorted(wrong))))
    return {name: value for name, value in tree.value.items() if value is not None}
