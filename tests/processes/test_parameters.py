"""Values reach a real command unchanged: as arguments, in its environment and in a file."""

from __future__ import annotations

import functools
import json
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.processes.command_line import Invocation

SHOW = """
import json, os, sys
params = open(os.environ["PARAMS_FILE"], encoding="utf-8").read() if "PARAMS_FILE" in os.environ else None
names = [name for name in os.environ if name.startswith(("PARAM_", "OWN"))]
print(json.dumps([sys.argv[1:], {name: os.environ[name] for name in names}, params]))
"""
FACTS = {"SCHEDULED_TIME": "2026-11-27T23:30:00Z", "SCHEDULED_ZONE": "Europe/Berlin"}
HARMLESS = [
    "two  words",
    "'",
    '"',
    'it\'s "q"',
    ";",
    "$(touch pwned)",
    "`touch pwned`",
    "%PATH%",
    "^",
    "&",
    "| x",
    "\\",
    "-rf",
]
HOSTILE = ["line\nend", "\r\n", "日本語 🙂", "e\u0301", "{run_id} {{x}}", "x" * 4096, "\t", " ", "*", "~"]


def spec_with(executing, params: dict[str, Any] | None, *args: str, **options: Any) -> AttemptSpec:
    spec = executing.spec(SHOW, **options)
    task = replace(spec.task, args=(*spec.task.args, *args))
    return replace(spec, task=task, params=params, values={**spec.values, **FACTS})


def shown(executing, spec: AttemptSpec) -> Any:
    executing.executor.launch(spec)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.SUCCEEDED, outcome
    return json.loads(executing.output(spec.key[2]))


def test_values_arrive_as_they_are(executing, tmp_path: Path) -> None:
    texts = [*HARMLESS, *HOSTILE, ""]
    params = {f"p-{number}": text for number, text in enumerate(texts)}
    args = [f"{{{name}}}" for name in params]
    arguments, variables, file = shown(executing, spec_with(executing, params, *args, env={"OWN": "<{p-5}>"}))
    assert arguments == texts
    assert variables == {**{f"PARAM_P_{number}": text for number, text in enumerate(texts)}, "OWN": "<$(touch pwned)>"}
    assert json.loads(file) == params
    assert not (tmp_path / "pwned").exists()


def test_each_type_has_one_text_and_a_list_is_several_arguments(executing) -> None:
    params = {"n": 1000, "x": 1.5, "full": True, "files": ["a b", "c"], "none": []}
    arguments, variables, file = shown(
        executing,
        spec_with(executing, params, "{n}", "{x}", "{full}", "{files...}", "{none...}", "{date-1d:%Y%m%d}", "{{n}}"),
    )
    assert arguments == ["1000", "1.5", "true", "a b", "c", "20261127", "{n}"]  # in Berlin it is the 28th
    assert variables == {
        "PARAM_N": "1000",
        "PARAM_X": "1.5",
        "PARAM_FULL": "true",
        "PARAM_FILES": "a b\nc",
        "PARAM_NONE": "",
    }
    assert json.loads(file) == params


def test_a_text_of_arguments_is_split_before_values_are_put_in(executing) -> None:
    spec = spec_with(executing, {"name": "a b 'c"})
    (tmp := executing.home / "show.py").write_text(SHOW)
    spec = replace(spec, task=replace(spec.task, args=f'"{tmp.as_posix()}" {{name}} "x {{name}}"'))
    assert shown(executing, spec)[0] == ["a b 'c", "x a b 'c"]


def test_without_parameters_there_is_no_file_and_no_variable(executing, tmp_path: Path) -> None:
    assert shown(executing, spec_with(executing, None)) == [[], {}, None]
    assert not list(tmp_path.rglob("params.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="the folder's rights are handed down")
def test_the_file_is_for_the_owner_alone(executing, tmp_path: Path) -> None:
    shown(executing, spec_with(executing, {"a": 1}))
    (file,) = tmp_path.rglob("params.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_folders_and_output_files_are_named_by_values_not_by_patterns(executing, tmp_path: Path) -> None:
    (tmp_path / "in [1]").mkdir()
    code = "open('out [a]*.csv' if __import__('os').name != 'nt' else 'out [a].csv', 'w').write('x')"
    name = "[a]*" if sys.platform != "win32" else "[a]"
    spec = executing.spec(code, working_dir="in {n}", output_files=(OutputFile("out {name}.csv"),))
    spec = replace(spec, params={"n": "[1]", "name": name}, values={**spec.values, **FACTS})
    executing.executor.launch(spec)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.SUCCEEDED, outcome


def test_a_path_that_must_exist_is_looked_for_before_the_start(executing, tmp_path: Path) -> None:
    spec = replace(spec_with(executing, {"source": "in.csv"}), must_exist=("source",))
    executing.executor.launch(spec)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.FAILED
    assert "The path 'in.csv' of the parameter 'source' does not exist" in outcome.reason
    (tmp_path / "in.csv").touch()
    assert shown(executing, replace(spec, key=("r", "t", 2)))[1] == {"PARAM_SOURCE": "in.csv"}


def test_a_command_that_turns_out_to_be_for_cmd_gets_no_text_that_it_would_act_on(executing, monkeypatch) -> None:
    spec = replace(spec_with(executing, {"a": "x & y", "b": "x & y"}), free_text=("b",))
    with_line = functools.partial(Invocation, spec.task.command, "cmd /c x")
    monkeypatch.setattr("workflow_scheduler.executors.order_builder.resolve", lambda *_, **__: with_line())
    executing.executor.launch(spec)
    outcome = executing.outcome()
    assert outcome.state is AttemptState.FAILED
    assert "The parameter 'b' contains &, which cmd.exe would act on" in outcome.reason


def test_what_is_nearer_to_the_command_wins(executing, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("OWN_A=file\nOWN_B=file\n{x}=y\nOWN_C={date}\n")
    spec = spec_with(executing, {"own": "p"}, env={"OWN_A": "task"}, env_file="env")
    spec = replace(spec, env={"OWN_A": "workflow", "OWN_B": "workflow", "OWN_D": "{own}", "PARAM_OWN": "workflow"})
    assert shown(executing, spec)[1] == {
        "OWN_A": "task",
        "OWN_B": "file",
        "OWN_C": "{date}",
        "OWN_D": "p",
        "PARAM_OWN": "p",
    }


def test_what_is_refused_is_a_failed_attempt_with_the_sentence(executing) -> None:
    executing.executor.launch(replace(executing.spec(""), refusal="defaults.yaml:1:1: nonsense"))
    assert executing.outcome().reason == "defaults.yaml:1:1: nonsense"
