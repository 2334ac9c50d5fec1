"""Writes the reference of commands, definitions and the API from the code, so that it cannot say anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from workflow_scheduler.cli.main import cli
from workflow_scheduler.definitions.calendars import CalendarModel
from workflow_scheduler.definitions.defaults import DefaultsModel
from workflow_scheduler.definitions.documents import json_schema
from workflow_scheduler.domain.fields import Declared, Kind, declared_fields
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.web.application import openapi_document

HERE = Path(__file__).parent
_EVERYWHERE = {"--json", "--home", "--help"}


def commands() -> str:
    lines = [
        "# Commands",
        "",
        "Every command takes `--json` (answer as JSON), `--home DIR` and `--help`. `scheduler` alone opens the menu.",
        "Exit codes are in [settings](settings.md#exit-codes).",
    ]
    root = click.Context(cli, info_name="scheduler")
    for name in cli.list_commands(root):
        lines += _command(cli.get_command(root, name), f"scheduler {name}", root)
    return "\n".join(lines) + "\n"


def _command(command: click.Command | None, path: str, parent: click.Context) -> list[str]:
    assert command is not None
    context = click.Context(command, info_name=path.rsplit(maxsplit=1)[-1], parent=parent)
    if isinstance(command, click.Group):
        found = [
            _command(command.get_command(context, name), f"{path} {name}", context)
            for name in command.list_commands(context)
        ]
        return ["", f"## {path}", "", _about(command)[0], *(line for lines in found for line in lines)]
    words = " ".join(one for one in command.collect_usage_pieces(context) if one != "[OPTIONS]")
    text, example = _about(command)
    heading = "###" if path.count(" ") > 1 else "##"
    lines = ["", f"{heading} {path}", "", text, "", f"`{path} {words}`".replace(" `", "`"), "", f"Example: `{example}`"]
    rows = [
        f"| `{' '.join([*option.opts, *option.secondary_opts])}` | {option.help} |"
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden and not _EVERYWHERE & set(option.opts)
    ]
    return [*lines, "", "| option | meaning |", "|---|---|", *rows] if rows else lines


def _about(command: click.Command) -> tuple[str, str]:
    text, _, example = (command.help or "").partition("Example: ")
    return " ".join(text.split()), example.strip()


def definitions() -> str:
    schema = json_schema()
    lines = [
        "# Definitions",
        "",
        "The fields of YAML and JSON files. Several workflows and calendars in a file are separated by `---`. Times are seconds, or texts such as",
        "`90s`, `5m`, `1h30m`. `scheduler workflow schema` prints the JSON Schema.",
    ]
    parts = {
        "Workflow": schema,
        **{
            name: schema["$defs"][f"{name}Model"]
            for name in (
                *("Task", "Retry", "OutputFile", "Parameter", "Schedule", "BusinessDay"),
                *("WorkflowDeadlines", "TaskDeadlines", "ScheduleDeadlines", "Place", "WhenUnreachable"),
            )
        },
        "Defaults": DefaultsModel.model_json_schema(),
        "Calendar": (calendar := CalendarModel.model_json_schema(by_alias=True)),
        **{name: calendar["$defs"][f"{name}Model"] for name in ("Holidays", "Ics", "Span")},
    }
    schema["$defs"] |= calendar["$defs"]
    for name, part in parts.items():
        lines += ["", f"## {name}", "", part["description"], "", "| name | default | meaning |", "|---|---|---|"]
        required = part.get("required", [])
        for field, about in part["properties"].items():
            default = (
                "needed"
                if field in required
                else f"`{about.get('default')}`".replace("`None`", "none")
                .replace("`[]`", "none")
                .replace("`{}`", "none")
                .replace("``", "none")
            )
            lines.append(f"| `{field}` | {default} | {_meaning(about, schema)} |")
    return "\n".join(lines) + "\n"


def _meaning(about: dict[str, Any], schema: dict[str, Any]) -> str:
    choices = [ref for ref in (about, *about.get("anyOf", ())) if "$ref" in ref]
    values = [value for ref in choices for value in schema["$defs"][ref["$ref"].rpartition("/")[2]].get("enum", ())]
    words = about.get("description", "")
    listed = " · ".join(f"`{value}`" for value in values)
    return ": ".join(part for part in (words, listed) if part)


def openapi() -> str:
    return json.dumps(openapi_document(), indent=1, ensure_ascii=False) + "\n"


def fields() -> str:
    lines = ["/** The fields of definitions as `domain` declares them; written by `python dev.py docs`. */"]
    lines += ["", 'import type { DeclaredField } from "./declared";']
    for name, kind in (("TASK", Task), ("POLICIES", Policies), ("WORKFLOW", Workflow)):
        lines += ["", f"export const {name}: readonly DeclaredField[] = ["]
        lines += [f"  {json.dumps(_field(*field), ensure_ascii=False)}," for field in _flat(kind)]
        lines += ["];"]
    return "\n".join(lines) + "\n"


def _flat(kind: type[Any]) -> Iterator[tuple[str, str, Declared]]:
    """Each field with its name in a form, where those of a part are fields as well, and the part that has it."""
    for field in declared_fields(kind):
        if field.about.kind is Kind.PART:
            for one in declared_fields(type(field.default)):
                yield (
                    one.alone,
                    field.name,
                    replace(one, about=replace(one.about, group=field.about.group)),
                )
        else:
            yield field.name, "", field


def _field(name: str, part: str, field: Declared) -> dict[str, Any]:
    about, default = field.about, field.default
    if isinstance(default, tuple | Mapping):
        default = None if about.kind in (Kind.VARIABLES, Kind.SOURCES) else list(default)
    shape = {
        "name": name,
        "kind": about.kind.value,
        "label": about.label,
        "help": about.help,
        "group": about.group,
        "default": default,
        "unset": about.unset,
        "shown": about.shown,
        "examples": list(about.examples),
    }
    if part:
        shape |= {"part": part, "partName": field.name}
    if about.words:
        shape["words"] = list(about.words.items())
    return {key: value for key, value in shape.items() if value not in ("", []) or key in ("default", "label")}


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "definitions.md": definitions,
    "openapi.json": openapi,
    "../../ui/src/api/fields.ts": fields,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (HERE / page).write_text(make(), encoding="utf-8")
