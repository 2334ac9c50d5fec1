"""Mistakes of every kind in a workflow are named together, each with its line, and none that follows from another."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.operations.workflows.check import load_text
from workflow_scheduler.operations.workflows.read import read_documents

EVERY_KIND = """id: a b
comment: for the night
id: again
max_active_runs: many
tasks:
  - id: load
    command: echo
    comand: ls
    timeout: 0
    retry: {limit: 1}
    retry_count: 2
  - id: x/y
    depends_on: [nowhere, load]
  - {id: u, command: echo, depends_on: [v], args: 'a "b'}
  - {id: v, command: echo, depends_on: [u], expected_exit_codes: none}
  - [a list]
schedules:
  - {id: s, cron: 99 * * * *, timezone: Europe/Berln}
  - {id: s, cron: 0 25 * * *}
  - {id: t, every: 5, overlap: never}
  - {id: u/v, at: tomorrow}
  - {cron: 0 5 * * *, every: 5m}
  - {cron: 0 5 * * 9, every: 5m}
  - soon
  - {interval: 0}
  - {id: w, colour: red}
"""
LINES = [1, 2, 3, 4, 6, 8, 9, 12, 12, 14, 14, 15, 16, 18, 18, 19, 19, 20, 20, 21, 21, 22, 23, 23, 24, 25, 26, 26]
if sys.platform == "win32":
    LINES.remove(14)  # where the end of the text closes a quote


def mistakes_in(text: str) -> list[tuple[int, str]]:
    with pytest.raises(InvalidInput) as error:
        load_text(text, "f")
    lines = [line.split(":", 3) for line in str(error.value).splitlines()]
    assert all(parts[0] == "f" for parts in lines), lines
    return [(int(line), sentence.strip()) for _, line, _, sentence in lines]


def test_mistakes_of_every_kind_are_named_in_one_answer() -> None:
    mistakes = mistakes_in(EVERY_KIND)
    assert [line for line, _ in mistakes] == LINES, "\n".join(map(str, mistakes))
    assert len(set(mistakes)) == len(mistakes)


TASK = "tasks: [{id: a, command: x}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"id: w\n{TASK}schedules:\n  - cron: 61 * * * *\n  - cron: 0 25 * * *\n", [(4, "minute"), (5, "hour")]),
        (f"id: w\n{TASK}schedules:\n  - cron: 61 * * * *\n    timezone: Nowhere\n", [(4, "minute"), (5, "Nowhere")]),
        (f"id: w\n{TASK}schedules:\n  - cron: 61 * * * *\n    overlap: x\n", [(4, "minute"), (5, "overlap")]),
        (f"id: w\ntsks: []\n{TASK}schedules: [{{at: never}}]\n", [(2, "'tasks'"), (4, "never")]),
        (f"id: w\n{TASK}schedules: [{{every: 5, timezone: X/Y}}]\n", [(3, "unit"), (3, "X/Y")]),
        (f"id: w\n{TASK}schedules:\n  - id: s\n    crn: 61 * * * *\n", [(5, "'cron'"), (5, "minute")]),
        ("id: w\ntasks:\n  - {id: a, command: [x], depends_on: [b]}\n", [(3, "command"), (3, "'b'")]),
        ("id: w\ntasks:\n  - id: a\n    command: x\n    depend_on: [b]\n", [(5, "'depends_on'"), (5, "'b'")]),
        ("id: w\ntasks: [{id: a, command: x, timeout: 0,\n  retry: {limit: 1}, retry_delay: 1s}]", [(2, "retry"), (2, "timeout")]),
        ("id: w\nid: v\ntasks: [{command: x}]\nschedules: [{cron: x}]\n", [(2, "twice"), (4, "'x'")]),
        ("id: w\nlabels: !tag [a]\ntasks: [{command: x}]\nschedules: [{cron: x}]\n", [(2, "tag"), (4, "'x'")]),
        ("id: a\ntasks: x\n---\nid: a\ntasks: []\n", [(2, "tasks"), (4, "defined at f:1:1")]),
    ],
)  # fmt: skip
def test_no_kind_hides_another(text: str, expected: list[tuple[int, str]]) -> None:
    mistakes = mistakes_in(text)
    assert [line for line, _ in mistakes] == [line for line, _ in expected], mistakes
    for line, fragment in expected:
        assert any(place == line and fragment in sentence for place, sentence in mistakes), (fragment, mistakes)


@pytest.mark.parametrize(
    "text",
    [
        "tasks: [{id: a, command: x, depends_on: []}]\nschedules: [{every: 1h}]\n",
        "id: a b\ntasks: []\nschedules: [{every: 1h}]\n",
        "id: [w]\ntasks: []\n",
        "id: w\ntasks: [{name: a, command: x}, {id: b, command: x, depends_on: [a]}]\n",
        "id: w\ntasks: [{id: [a], command: x}, {id: b, command: x, depends_on: [a]}]\n",
        "id: w\ntasks: [a, {id: b, command: x, depends_on: [a]}]\n",
        "id: w\ntasks: []\nschedules: [{cron: {a: 1}}]\n",
        "id: w\ntasks: []\nschedules: [5m]\n",
        "id: w\ntasks: []\nschedules: [{every: 5m, timezone: [UTC]}]\n",
        "id: w\ntasks: [{id: a, command: x, output_files: [[b]]}]\n",
        "id: w\ntasks: [{id: a, command: x, retry: {limt: 1}}]\n",
    ],
)
def test_what_follows_from_a_mistake_is_not_another_one(text: str) -> None:
    assert len(mistakes_in(text)) == 1, mistakes_in(text)


def test_documents_without_an_id_are_not_defined_twice() -> None:
    text = "tasks: []\nschedules: [{every: 1h}]\n"
    assert [sentence for _, sentence in mistakes_in(f"{text}---\n{text}")] == ["'id' is missing; write `id: …`."] * 2


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("strict: 1", "'strict'"),
        ("args: {a: 1}", "args"),
        ("env: {strange: [1]}", "strange"),
        ("output_files: {minimum_size: 1}", "'path'"),
        ("output_files: [[a]]", "output_files"),
    ],
)
def test_sentences_use_the_names_of_the_format(task: str, name: str) -> None:
    """Not those that the library adds for each type that a field may have."""
    ((_, sentence),) = mistakes_in(f"id: w\ntasks:\n  - {{id: a, command: x, {task}}}\n")
    assert sentence.startswith(name)


def test_mistakes_of_every_kind_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"id: a\n{TASK}max_active_runs: x\nschedules: [{{cron: x}}, {{every: 0s}}]\n")
    (tmp_path / "b.yaml").write_text(f"id: a\n{TASK}schedules: [{{at: x}}]\n---\nid: [\n---\nid: c\ntasks: 1\n")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InvalidInput) as error:
        read_documents([str(tmp_path), str(tmp_path / "gone.yaml")], io.BytesIO())
    text = str(error.value).replace(str(tmp_path) + "/", "").replace(str(tmp_path) + "\\", "")
    for place in (
        "a.yaml:3",
        "a.yaml:4:",
        "b.yaml:3",
        "b.yaml:6:",
        "b.yaml:8",
        "c.yaml:1",
        "gone.yaml",
        "b.yaml:1:1: the workflow 'a'",
    ):
        assert place in text, (place, text)
    assert text.count("a.yaml:4:") == 2


_NAMES = st.sampled_from(["id", "idd", "tasks", "schedules", "command", "cron", "every", "retry", "limit", "timezone"])
_MORE = st.sampled_from(["retry_count", "output_files", "path", "env", "args", "depends_on", "timeout", "description"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "b", "5m", "0 5 * * *", "UTC", ""])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | _MORE, inner, max_size=4),
    max_leaves=10,
)


@given(
    st.dictionaries(_NAMES | _MORE, _VALUES, max_size=5), st.lists(_VALUES, max_size=2), st.lists(_VALUES, max_size=2)
)
def test_whatever_is_wrong_has_sentences(
    value: dict[str, object], tasks: list[object], schedules: list[object]
) -> None:
    for text in ({"tasks": tasks, "schedules": schedules, **value}, {"id": "w", **value, "tasks": tasks}):
        with contextlib.suppress(InvalidInput):
            load_text(json.dumps(text), "f")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"secrets: {{{', '.join(f'P{at}: env:X' for at in range(101))}}}",
            "secrets: more than 100 entries; use fewer.",
        ),
        (f"description: {'x' * 32_001}", "description: more than 32,000 characters; use fewer."),
    ],
)
def test_what_is_too_long_is_said_in_words_of_the_format(text: str, sentence: str) -> None:
    assert mistakes_in(f"id: w\n{text}\n") == [(2, sentence)]
