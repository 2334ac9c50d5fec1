"""The defaults of a home are read when they have changed, and what is wrong with them is one sentence with its place."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows.defaults_file import DefaultsFile, read_defaults


def test_a_file_that_stays_the_same_gives_the_same_object(tmp_path: Path) -> None:
    read, path = DefaultsFile(tmp_path), tmp_path / "defaults.yaml"
    none = read()
    assert (none, read() is none) == (Defaults(), True)
    path.write_text("timeout: 2h\nenv: {A: 1}\n")
    first = read()
    assert (first, read() is first) == (Defaults(env={"A": "1"}, timeout=7200.0), True)
    path.write_text("retry: {limit: 2, delay: 5s}\n")
    assert read() == Defaults(retry=Retry(2, 5.0))
    path.write_text("retry: many\n")
    assert "defaults.yaml:1:1: retry: " in read().problem
    path.unlink()
    assert read() == Defaults()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timout: 5m", "1:1: 'timout' is not a known name here; did you mean 'timeout'?"),
        ("timeout: soon", "1:1: timeout: The duration 'soon' is invalid"),
        ("timeout: 0", "1:1: timeout: 0 would end every attempt at once"),
        ("\nenv: {A: '{region}'}", "2:7: The placeholder {region} is unknown"),
        ("working_dir: '{dat}'", "1:1: The placeholder {dat} is unknown; did you mean {date}?"),
        ("retry: {limit: -1}", "1:9: limit: '-1': "),
        ("[a]", "1:1: expected one set of names and values"),
        ("a: b\n---\nc: d", "expected one set of names and values"),
        ("a: [", "invalid YAML"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "defaults.yaml"
    path.write_text(text)
    problem = read_defaults(path).problem
    assert words in problem
    assert "\n" not in problem


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "defaults.yaml")
    assert "is a named pipe" in read_defaults(tmp_path / "defaults.yaml").problem
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xff\x00\x80")
    assert "cannot be read" in read_defaults(tmp_path / "bytes").problem


def test_a_workflow_that_leaves_nothing_open_is_the_same_one() -> None:
    workflow = Workflow("w", tasks=(Task("a", "x"),))
    assert with_defaults(workflow, Defaults()) is workflow
    filled = with_defaults(Workflow("w", tasks=(Task("a", "x"),), working_dir="own"), Defaults(working_dir="home"))
    assert filled.tasks[0].working_dir == "own"
