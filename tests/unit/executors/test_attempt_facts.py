"""What is true when an attempt begins."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import attempt_facts, order_builder
from workflow_scheduler.executors.attempt_facts import MOST_INPUTS, MOST_VARIABLES, FactFinder
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.processes.command_line import Invocation
from workflow_scheduler.processes.surroundings import Interpreters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "load.py").write_bytes(b"print(1)\n")
    (tmp_path / "orders.csv").write_bytes(b"a,b\n")
    return tmp_path


@pytest.fixture
def finder() -> FactFinder:
    return FactFinder(b"key")


def find(finder: FactFinder, folder: Path, *args: str, task: str = "w/a", **more):
    argv = [sys.executable, str(folder / "load.py"), *args]
    return finder.find(task, argv, args, str(folder), more.get("env", {}), more.get("secrets", {}), more.get("stdin"))


def test_the_script_and_its_text_once(finder, folder) -> None:
    facts = find(finder, folder)
    assert facts["script"]["path"] == str(folder / "load.py")
    assert finder.new_text("w/a", facts) == "print(1)\n"
    again = find(finder, folder)
    assert again["script"] == facts["script"]
    assert finder.new_text("w/a", again) is None
    assert finder.new_text("w/b", find(finder, folder, task="w/b")) == "print(1)\n"


def test_an_edited_script_has_another_hash(finder, folder) -> None:
    before = find(finder, folder)
    (folder / "load.py").write_bytes(b"print(2222)\n")
    after = find(finder, folder)
    assert after["script"]["hash"] != before["script"]["hash"]
    assert finder.new_text("w/a", after) == "print(2222)\n"


def test_a_script_is_read_again_only_if_it_changed(finder, folder, monkeypatch) -> None:
    find(finder, folder)
    monkeypatch.setattr(attempt_facts, "read_regular", None)
    assert "script" in find(finder, folder)


def test_a_batch_file_is_the_script_although_cmd_runs_it(tmp_path, monkeypatch) -> None:
    batch = tmp_path / "job.bat"
    batch.write_text("echo 1")
    line = f'""{batch}" x"'
    invocation = Invocation([sys.executable, "/d", "/s", "/c", line], f"cmd {line}", batch=str(batch))
    monkeypatch.setattr(order_builder, "resolve", lambda *_, **__: invocation)
    spec = AttemptSpec(AttemptKey("r", "t", 1), Task("t", "job.bat", ("x",)), {})
    order, why = order_builder.prepare(tmp_path, spec, lambda _: None, Interpreters(), FactFinder(b"key"))
    assert order is not None, why
    assert order.notes["facts"]["script"]["path"] == str(batch)
    assert order.argv == invocation.argv


def test_this_python_by_its_version_and_others_by_their_time(finder, folder) -> None:
    assert find(finder, folder)["program"]["version"] == sys.version.split()[0]
    facts = finder.find("w/a", [str(folder / "load.py")], [], str(folder), {}, {})
    assert set(facts["program"]) == {"path", "at"}
    assert finder.find("w/a", ["nothing"], [], str(folder), {}, {})["program"] == {"path": "nothing"}


def test_input_files_are_what_arguments_name(finder, folder) -> None:
    facts = find(finder, folder, "--all", "orders.csv", "missing.csv", ".", "a\0b", "x" * 5000, stdin="orders.csv")
    assert {at: file["size"] for at, file in facts["inputs"].items()} == {"2": 4, "stdin": 4}


def test_a_script_that_finds_the_interpreter_is_not_the_one(finder, folder) -> None:
    shim = folder / "python3"
    shim.write_text('#!/bin/sh\nexec python3.11 "$@"\n')
    argv = [str(shim), "load.py", "orders.csv"]
    facts = finder.find("w/a", argv, argv[1:], str(folder), {}, {})
    assert facts["script"]["path"] == str(folder / "load.py")
    assert [one["path"] for one in facts["inputs"].values()] == [str(folder / "orders.csv")]
    alone = finder.find("w/b", [str(shim), "orders.csv"], ["orders.csv"], str(folder), {}, {})
    assert alone["script"]["path"] == str(shim)


def test_the_script_is_no_input(finder, folder) -> None:
    facts = finder.find("w/a", [sys.executable, "load.py"], ["load.py"], str(folder), {}, {})
    assert facts["script"]["path"] == str(folder / "load.py")
    assert facts["inputs"] == {}


def test_neither_values_nor_secrets(finder, folder) -> None:
    (folder / "load.py").write_bytes(b"login('hunter2-hunter2')\n")
    facts = find(finder, folder, env={"MODE": "quite-secret"}, secrets={"PASSWORD": "hunter2-hunter2"})
    assert set(facts["env"]) == {"MODE", "PASSWORD"}
    assert "hunter2" not in json.dumps(facts)
    assert "quite-secret" not in json.dumps(facts)
    assert finder.new_text("w/a", facts) is None
    other = FactFinder(b"other").find("w/a", ["x"], [], str(folder), {"MODE": "quite-secret"}, {})
    assert other["env"]["MODE"] != facts["env"]["MODE"]
    assert other["key"] != facts["key"]


def test_bounds(finder, folder) -> None:
    for at in range(20):
        (folder / f"{at}.csv").write_bytes(b"x")
    names = [f"{at}.csv" for at in range(20)]
    env = {f"{at:03}" + "N" * 5000: "x" * 5000 for at in range(1000)}
    facts = find(finder, folder, *names, env=env)
    assert len(facts["inputs"]) == MOST_INPUTS
    assert len(facts["env"]) == MOST_VARIABLES
    assert len(json.dumps(facts)) < 10_000


def test_a_long_script_is_known_without_its_text(finder, folder) -> None:
    (folder / "load.py").write_bytes(b"#" * (attempt_facts.LONGEST_TEXT + 1))
    facts = find(finder, folder)
    assert len(facts["script"]["hash"]) == 32
    assert finder.new_text("w/a", facts) is None
    (folder / "load.py").write_bytes(b"#" * (attempt_facts.LONGEST_SCRIPT + 1))
    assert "script" not in find(finder, folder)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has named pipes")
def test_a_pipe_is_not_waited_for(finder, folder) -> None:
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "pipe.py")
    facts = finder.find("w/a", [sys.executable, "pipe.py"], ["pipe", "pipe.py"], str(folder), {}, {}, "pipe")
    assert facts["inputs"] == {}
    assert "script" not in facts
