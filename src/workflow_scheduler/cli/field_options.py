"""The options of a command that are made from declared fields."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.fields import Declared, Kind, declared_fields

__all__ = ["changes_from", "field_options", "option_words"]

_F = TypeVar("_F", bound=Callable[..., Any])
_METAVARS = {
    Kind.TEXT: "TEXT",
    Kind.PATH: "PATH",
    Kind.FLAG: "yes|no",
    Kind.COUNT: "N",
    Kind.FACTOR: "FACTOR",
    Kind.DURATION: "TIME",
    Kind.TIME: "TIME",
    Kind.IDENTIFIER: "ID",
    Kind.CODES: "CODES",
    Kind.NAMES: "NAME",
    Kind.FILES: "PATH",
    Kind.VARIABLES: "NAME=VALUE",
    Kind.SOURCES: "NAME=REFERENCE",
    Kind.USES: "NAME[:file|:stdin]",
    Kind.VALUES: "NAME=VALUE",
    Kind.FINISH_BY: "HH:MM",
    Kind.LENGTH: "usual|TIME",
    Kind.PARAMETERS: "NAME=TYPE",
}
_REPEATABLE = (Kind.NAMES, Kind.FILES, Kind.VARIABLES, Kind.SOURCES, Kind.USES, Kind.VALUES, Kind.PARAMETERS)


def _fields(kind: type[Any], leave: tuple[str, ...]) -> Iterator[tuple[str, Declared]]:
    """Each field with its parameter name; the fields of a part with the names of their options."""
    for field in declared_fields(kind):
        if field.about.kind is Kind.PART:
            yield from ((part.alone, part) for part in declared_fields(type(field.default)))
        elif field.name not in leave:
            yield field.name, field


def field_options(kind: type[Any], *, leave: tuple[str, ...] = ("id",), edits: bool = False) -> Callable[[_F], _F]:
    """Options for the declared fields, without those to `leave`. None or an empty tuple: not given. `edits`: what exists has
    values already, which those that are given replace."""
    options = [option for name, field in _fields(kind, leave) for option in _options(name, field, edits=edits)]
    return lambda function: functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), function)


def _options(name: str, field: Declared, *, edits: bool) -> Iterator[Callable[[Any], Any]]:
    about, option, words = field.about, f"--{field.option}", _help(field, edits=edits)
    if about.kind is Kind.ARGUMENTS:
        yield click.option(
            option, "--args", name, metavar="TEXT", help="Arguments in one text, split by the operating system's rules."
        )
        yield click.option(
            "--arg", "arg_list", multiple=True, metavar="TEXT", help="One argument as it is. Repeatable."
        )
    elif about.kind is Kind.CHOICE:
        choice = click.Choice([value.value for value in type(field.default)])
        yield click.option(option, name, type=choice, help=words)
    elif about.kind is Kind.FLAG and not field.optional:
        yield click.option(f"{option}/--{about.off}", name, default=None, help=words)
    else:
        metavar = _METAVARS[about.kind]
        short = ["-p"] if about.kind is Kind.VALUES else []
        yield click.option(*short, option, name, multiple=about.kind in _REPEATABLE, metavar=metavar, help=words)


def _help(field: Declared, *, edits: bool) -> str:
    about = field.about
    words = [about.help]
    if about.kind is Kind.PARAMETERS:
        words.append("Written NAME=TYPE, or NAME={type: TYPE, default: VALUE}.")
    if about.kind in _REPEATABLE:
        words.append("Repeatable; replaces all there are." if edits else "Repeatable.")
    if default := _default(field):
        words.append(f"Default: {default}.")
    return " ".join(words)


def _default(field: Declared) -> str:
    if field.default is None:
        return field.about.unset
    if field.about.kind is Kind.DURATION:
        return format_duration(field.default)
    if field.about.kind is Kind.CODES:
        return "0"
    return (
        f"{field.default:g}"
        if isinstance(field.default, int | float) and field.about.kind is not Kind.FLAG
        else (field.default.value if field.about.kind is Kind.CHOICE else "")
    )


def changes_from(kind: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields as in a definition; None (from `-` or an empty text) resets a field to its default."""
    from workflow_scheduler.operations.runs.given_values import values_from_pairs
    from workflow_scheduler.operations.workflows.fields import parse_declared, parse_environment, parse_sources

    parsers = {
        Kind.VARIABLES: parse_environment,
        Kind.SOURCES: parse_sources,
        Kind.VALUES: values_from_pairs,
        Kind.PARAMETERS: parse_declared,
    }
    changes: dict[str, Any] = {}
    for name, field in _fields(kind, ()):
        value = given.get(name)
        if field.about.kind is Kind.ARGUMENTS and given.get("arg_list"):
            if value is not None:
                raise click.UsageError("Give either --arguments or --arg, not both.")
            changes[name] = list(given["arg_list"])
        elif value is None or value == ():
            continue
        elif value == "" or (value in ("-", ("-",), ("",)) and field.about.kind is not Kind.ARGUMENTS):
            changes[name] = None
        elif (parse := parsers.get(field.about.kind)) is not None:
            changes[name] = parse(value)
        else:
            changes[name] = list(value) if isinstance(value, tuple) else value
    return changes


def option_words(kind: type[Any], changes: Mapping[str, Any]) -> list[str]:
    """The options that express these changes; fields at their default are left out."""
    words: list[str] = []
    for name, field in _fields(kind, ("id",)):
        value = changes.get(name)
        if value in (None, "", False) or str(value) == _default(field).removesuffix("s"):
            continue
        if isinstance(value, bool):
            words.append(f"--{field.option}")
        else:
            for text in value if isinstance(value, list | tuple) else [value]:
                words += [f"--{field.option}", str(text)]
    return words
