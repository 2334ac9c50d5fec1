"""Values reach a batch file as they are, or are refused with the character named: cmd.exe replaces variables before it reads a line."""

from __future__ import annotations

import json

import pytest

YAML = """
id: w
params:
  note: {}
  region: {type: choice, options: [north, "R&D"], default: north}
  free: {unsafe: true, default: x}
tasks:
  - {id: bat, command: show.bat, args: ["{note}", "{date:%Y}"]}
  - {id: py, command: show.py, args: ["{note}", "{region}", "{free}"]}
"""
BAT = "@echo off\r\nsetlocal\r\necho [%PARAM_NOTE%] [%~1]\r\n"
PY = """
import json, os, sys
params = json.load(open(os.environ["PARAMS_FILE"], encoding="utf-8"))
print(json.dumps([sys.argv[1:], os.environ["PARAM_NOTE"], params["note"]]))
"""


@pytest.fixture
def workflow(scheduler):
    (scheduler.home / "show.bat").write_text(BAT, newline="")
    (scheduler.home / "show.py").write_text(PY)
    (scheduler.home / "w.yaml").write_text(YAML)
    scheduler("workflow", "apply", "w.yaml")
    return scheduler


def output(scheduler, run: dict, task: str) -> str:
    lines = scheduler.json("runs", "logs", run["id"], "--task", task, "--stdout")
    return "".join(line["text"] for line in lines).replace("\r\n", "\n").strip()


@pytest.mark.parametrize("note", ["two  words", "it's; $(x) `y`", "(a) = b, c", "*.txt ~ {x}", "-rf /c", "x" * 2000])
def test_a_value_arrives_as_it_is(workflow, note: str) -> None:
    run = workflow.json("run", "w", "-p", f"note={note}", "-p", "region=R&D", "-p", "free=50%")
    assert run["state"] == "succeeded", workflow("runs", "show", run["id"]).stdout
    assert output(workflow, run, "bat") == f"[{note}] [{note}]"
    assert json.loads(output(workflow, run, "py")) == [[note, "R&D", "50%"], note, note]


@pytest.mark.parametrize("bad", '&|<>^"%!')
def test_a_character_that_cmd_acts_on_is_refused_by_name(workflow, bad: str) -> None:
    done = workflow("run", "w", "-p", f"note=a{bad}b", code=2)
    assert f"The parameter 'note' contains {bad}, which cmd.exe would act on" in done.stderr
    assert workflow.json("runs", "list") == []


def test_a_line_break_and_a_schedule_are_refused_too(workflow) -> None:
    assert "contains a line break" in workflow("run", "w", "-p", "note=a\nb", code=2).stderr
    refused = workflow("schedule", "add", "w", "--every", "1h", "-p", "note=100%", code=2)
    assert "contains %" in refused.stderr


def test_a_shell_line_makes_a_workflow_one_that_cmd_reads(scheduler) -> None:
    text = "id: w\nparams: {note: {}}\ntasks: [{id: a, command: 'echo %PARAM_NOTE%', shell: true}]\n"
    scheduler("workflow", "apply", "-", text=text)
    scheduler("run", "w", "-p", "note=a&whoami", code=2)
    assert output(scheduler, scheduler.json("run", "w", "-p", "note=a b"), "a") == "a b"
