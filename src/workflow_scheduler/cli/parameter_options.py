"""The options that give a run the values of its parameters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

__all__ = ["parameter_options", "values_given"]

_F = TypeVar("_F", bound=Callable[..., Any])


def parameter_options(function: _F) -> _F:
    pairs = click.option(
        "-p",
        "--param",
        "pairs",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of a parameter. Repeatable; a list takes the same name several times.",
    )
    file = click.option(
        "--params", "file", metavar="FILE", help="YAML or JSON file with values of parameters; '-' is standard input."
    )
    return pairs(file(function))


def values_given(pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """The values of the file and of the pairs, which win."""
    if not pairs and file is None:
        return {}
    from workflow_scheduler.operations.runs.given_values import values_from_pairs, values_from_text
    from workflow_scheduler.operations.workflows.read import read_text

    values = {} if file is None else values_from_text(*read_text(file, sys.stdin.buffer))
    return values | values_from_pairs(pairs)
