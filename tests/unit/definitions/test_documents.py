"""YAML to workflows and back; what is wrong is said with its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow_scheduler.definitions.documents import json_schema, load, to_yaml
from workflow_scheduler.definitions.source_map import read_trees
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.task import Retry
from workflow_scheduler.operations.workflows.check import check_documents

FULL = r"""
id: nightly
description: everything
labels: [shop, night]
max_active_runs: 1
keep_awake: no
tasks:
  - id: dump
    command: backup_database.bat
    args: 'C:\backups\x.sql --level 2.50'
    expected_exit_codes: "0 3"
    output_files: ['C:\backups\db_backup.sql', {path: out.csv, minimum_size: 10}]
    output_timeout: 2m
    retry: {limit: 2, delay: 30s, backoff: 2, max_delay: 5m}
    env: {LEVEL: 2.50, ON: yes}
    timeout: 1h30m
  - command: zip
    args: [2.50, true, "03", ""]
    retry_count: 1
    retry_delay: 15
    continue_on_failure: yes
    depends_on: dump
schedules:
  - {cron: 0 1 * * mon-fri, timezone: Europe/Berlin, overlap: skip}
  - {id: often, every: 90s, catchup: none, wake: yes}
"""


def test_every_field_is_read() -> None:
    document = load(FULL, "f.yaml")[0]
    assert document.workflow.keep_awake is False
    dump, second = document.workflow.tasks
    assert dump.args == r"C:\backups\x.sql --level 2.50"
    assert dump.expected_exit_codes == (0, 3)
    assert dump.output_files == (OutputFile(r"C:\backups\db_backup.sql"), OutputFile("out.csv", 10))
    assert dump.retry == Retry(2, 30, 2, 300)
    assert dict(dump.env) == {"LEVEL": "2.50", "ON": "yes"}
    assert dump.timeout == 5400
    assert second.id == "task_1"
    assert second.args == ("2.50", "true", "03", "")
    assert second.retry == Retry(1, 15)
    assert second.continue_on_failure
    assert second.depends_on == ("dump",)
    assert [(schedule.id, schedule.policies.wake) for schedule in document.schedules or ()] == [
        ("nightly.1", False),
        ("often", True),
    ]


def test_what_is_written_is_read_back_to_the_same() -> None:
    document = load(FULL, "f.yaml")[0]
    again = load(to_yaml(document), "again.yaml")[0]
    assert (again.workflow, again.schedules) == (document.workflow, document.schedules)


def test_several_documents_and_json() -> None:
    found = load('id: a\n---\n---\n{"id": "b", "tasks": [{"command": "x"}]}\n', "f")
    assert [document.workflow.id for document in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("id: w\ntasks:\n  - comand: x\n", "f:3:5", "did you mean 'command'?"),
        ("id: w\ntasks:\n  - id: a\n", "f:3:5", "'command' is missing"),
        ("id: w\ntasks:\n  - command: x\n    retry_count: many\n", "f:4:5", "whole number"),
        ("id: w\ntasks:\n  - command: x\n    timeout: soon\n", "f:4:5", "1h30m"),
        ("id: w\ntasks:\n  - command: x\n    shell: maybe\n", "f:4:5", "neither true nor false"),
        ("id: w\ntasks:\n  - {id: a, command: x}\n  - {id: a, command: x}\n", "f:4:6", "Two tasks"),
        ("id: w\ntasks:\n  - {id: a, command: x, depends_on: [b]}\n", "f:3:25", "'b'"),
        ("id: w\nid: v\n", "f:2:1", "twice"),
        ("id: a/b\n", "f:1:1", "cannot be used"),
        ("id: w\nschedules:\n  - {cron: '@daily', every: 5m}\n", "f:3:5", "exactly one"),
        ("id: w\nschedules:\n  - {every: 5m, overlap: never}\n", "f:3:17", "'queue'"),
        ("id: [w\n", "f:2:1", "invalid YAML"),
        ("- a\n", "f:1:1", "id: my_workflow"),
        ("", "f:1:1", "no workflow"),
        ("id: !!python/object:os.system w\n", "f:1:5", "tag"),
        ("id: w\0\n", "f:1:", ""),
    ],
)
def test_errors_name_the_place_and_what_to_write(text: str, place: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        load(text, "f")
    assert str(error.value).startswith(place)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"id": "a"}\n---\n{"id": "b",\n "tasks": [{"comand": "x"}]}', "f:4:12", "did you mean 'command'?"),
        ('{"id": "a",\n "id": "b"}', "f:2:2", "twice"),
        ('{"id": "a", "max_active_runs": NaN}', "f:1:13", "whole number"),
        ('{"id": "a", "x": ' + "[" * 60 + "]" * 60 + "}", "f:1:68", "50 levels"),
        ('{"id": "a"', "f:1:11", "invalid YAML"),
    ],
)
def test_errors_in_json_name_the_place(text: str, place: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        load(text, "f")
    assert str(error.value).startswith(place)
    assert words in str(error.value)


# YAML takes names of up to 1,024 characters, and escapes beyond the first plane for two. No database takes NUL.
_TEXT = st.text(st.characters(min_codepoint=1, max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=50)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=8)


@given(st.dictionaries(_TEXT, _VALUES))
@example({"a": True, "b": [1.50, "22:30", None, -0.0, "true"], "c": {"<<": "x", "~": "~"}})
def test_json_is_read_as_yaml_reads_it(value: dict[str, object]) -> None:
    text = json.dumps(value)
    (quick,) = read_trees(text, "f")
    (slow,) = read_trees(f"# YAML\n{text}", "f")
    assert quick.value == slow.value


def test_all_errors_of_a_document_come_together() -> None:
    with pytest.raises(InvalidInput) as error:
        load("id: w\ntasks:\n  - comand: x\n  - command: y\n    retry_count: -1\n", "f")
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join('*' + a for _ in range(10))}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "id: w\ndescription: " + "x" * 33_000_000,
    ],
    ids=["alias bomb", "size"],
)
def test_bombs_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"f:\d+:\d+"):
        load(text, "f")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("id: w\nx: " + "[" * 3000 + "]" * 3000, "2:54"),
        ("id: w\nx: " + "{a: " * 3000 + "}" * 3000, "2:201"),
        ("".join(f"{' ' * level}a:\n" for level in range(3000)), "51:51"),
        ("a: &a [*a]\n", "1:4"),
    ],
    ids=["brackets", "braces", "indents", "an alias of itself"],
)
def test_what_is_nested_too_deep_is_refused_where_it_becomes_so(text: str, place: str) -> None:
    with pytest.raises(InvalidInput, match=f"^f:{place}: nested more than 50 levels deep"):
        load(text, "f")


NAMES = ["🙂", "w🙂", "\u202egnp", "a\u2066b", "w\u200b", "\uff57", "é", "日本"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("quote", ["", '"'])
def test_names_that_only_look_like_identifiers_are_refused_with_their_line(name: str, quote: str) -> None:
    """Emoji, letters of other alphabets, and characters that turn the direction of writing, or that nobody sees."""
    name = f"{quote}{name}{quote}"
    for text, line in (
        (f"id: {name}\n", 1),
        (f"id: w\ntasks:\n  - id: {name}\n    command: x\n", 3),
        (f"id: w\ntasks:\n  - command: x\nschedules:\n  - every: 5m\n    id: {name}\n", 6),
    ):
        with pytest.raises(InvalidInput) as error:
            check_documents(load(text, "f"), "UTC")
        assert str(error.value).startswith(f"f:{line}:")
        # The sentence itself does not turn the direction of what stands behind it.
        assert not set("\u202e\u2066\u200b") & set(str(error.value))


def test_the_schema_knows_every_name() -> None:
    schema = json_schema()
    assert {"id", "tasks", "schedules", "labels"} <= set(schema["properties"])
    assert {"command", "retry", "depends_on", "output_files"} <= set(schema["$defs"]["TaskModel"]["properties"])
