"""`scheduler workflow validate` names every mistake of every file at once."""

from __future__ import annotations

import re
import sys

import pytest

FIRST = """id: a
tasks:
  - {id: t, command: echo, comand: x, timeout: soon}
---
id: b
tasks:
  - {id: t, command: echo, depends_on: [nowhere]}
---
# only a comment
---
id: c
tasks: [{id: t, command: echo}]
schedules:
  - {id: s1, cron: 99 * * * *}
  - {id: s2, every: never}
  - {id: a/b, every: 1h}
"""
SECOND = """id: d
tasks:
  - {id: one, command: echo, args: 'a "b'}
  - {id: two, command: echo, args: 'c "d'}
"""


def lines_of(said: str) -> list[str]:
    return re.findall(r"^(\S+:\d+):\d+: ", said, re.MULTILINE)


def test_every_mistake_of_every_file_is_named(scheduler) -> None:
    (scheduler.home / "1.yaml").write_text(FIRST)
    (scheduler.home / "2.yaml").write_text(SECOND if sys.platform != "win32" else "id: d\ntasks: [{id: x}]\n")
    (scheduler.home / "3.yaml").write_text("id: e\ntasks: [{id: t, command: echo}]\n")
    said = scheduler("workflow", "validate", "1.yaml", "gone.yaml", "2.yaml", "3.yaml", code=2).stderr
    places = lines_of(said)
    expected = {"1.yaml:3", "1.yaml:7", "1.yaml:14", "1.yaml:15", "1.yaml:16"}
    expected |= {"2.yaml:3", "2.yaml:4"} if sys.platform != "win32" else {"2.yaml:2"}
    assert expected == set(places)
    assert places.count("1.yaml:3") == 2
    assert "Cannot read gone.yaml" in said
    assert not (scheduler.home / "jobs.sqlite").exists()
    assert lines_of(scheduler("workflow", "apply", "1.yaml", "2.yaml", code=2).stderr) == places


WHOLE = """id: a b
tasks:
  - {id: t, command: echo, depends_on: [nowhere]}
  - {id: u, command: echo, depends_on: [v, gone]}
  - {id: v, command: echo, depends_on: [u]}
  - {id: x/y, command: echo}
schedules:
  - {id: s, cron: 0 1 * * *}
  - {id: s, cron: 0 2 * * *}
"""


def test_every_mistake_of_one_workflow_is_named(scheduler) -> None:
    (scheduler.home / "1.yaml").write_text(WHOLE)
    said = scheduler("workflow", "validate", "1.yaml", code=2).stderr
    assert sorted(lines_of(said)) == [f"1.yaml:{line}" for line in (1, 3, 4, 4, 6, 9)]
    for text in ("'nowhere'", "'gone'", "u -> v -> u", "'x/y'", "Two schedules have the ID 's'"):
        assert said.count(text) == 1, text
    (scheduler.home / "2.yaml").write_text(
        "id: a\ntasks: [{id: t, command: x}, {id: u, command: x}, {id: T, command: x}]\n"
    )
    said = scheduler("workflow", "validate", "2.yaml", code=2).stderr
    assert said.count("have the ID 't'") == len(lines_of(said)) == 1


def test_a_workflow_that_stands_twice_is_named_beside_other_mistakes(scheduler) -> None:
    (scheduler.home / "1.yaml").write_text("id: a\ntasks: []\n")
    (scheduler.home / "2.yaml").write_text("id: a\ntasks: []\n---\nid: b\ntasks: x\n")
    said = scheduler("workflow", "validate", "1.yaml", "2.yaml", code=2).stderr
    assert lines_of(said) == ["2.yaml:5", "2.yaml:1"]


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "%YAML 1.2\n---\n", "--- \nid: [\n", "a\n---\nb\n"])
def test_what_is_no_definition_is_one_sentence_each(scheduler, text: str) -> None:
    (scheduler.home / "1.yaml").write_text(text)
    said = scheduler("workflow", "validate", "1.yaml", code=2).stderr
    assert len(said.splitlines()) == len(lines_of(said)) >= 1


def test_only_missing_files_are_not_found(scheduler) -> None:
    said = scheduler("workflow", "validate", "x.yaml", "y.yaml", code=3).stderr
    assert "x.yaml" in said
    assert "y.yaml" in said
