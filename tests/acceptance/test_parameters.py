"""Parameters from the command line to a real script: given, refused, kept, shown; and what the doctor says of them."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="its script is for sh; tests/windows has that of cmd.exe"
)

YAML = """
id: w
params:
  region: {type: choice, options: [north, south], default: north, description: Which warehouse}
  limit: {type: integer, min: 1, max: 100000, default: 1000}
  files: {type: list, default: []}
  note: {}
env: {WHO: "{region}"}
tasks:
  - {id: show, command: sh, args: [show.sh, "{note}", "{files...}"]}
schedules:
  - {id: s, cron: "0 1 * * *", params: {note: at night, region: south}}
"""
SHOW = """printf '%s|' "$WHO" "$PARAM_REGION" "$PARAM_LIMIT" "$@"
printf '%s' "$PARAM_NOTE" > note
cp "$PARAMS_FILE" params.json
"""
HOSTILE = "two  words; $(touch pwned) `touch pwned` 'q' \"z\" %PATH% ^ & | > x\nnext line ä☃ \\ {region} {{x}}"


@pytest.fixture
def workflow(scheduler):
    (scheduler.home / "show.sh").write_text(SHOW)
    scheduler("workflow", "apply", "-", text=YAML)
    return scheduler


def output(scheduler) -> str:
    return scheduler("runs", "logs", "last", "--stdout").stdout.partition("\n")[2].strip()


@pytest.mark.parametrize("note", [HOSTILE, "x" * 4096, "", "-n", "日本語 🙂", "trailing \n"])
def test_a_value_reaches_the_script_unchanged(workflow, note: str) -> None:
    run = workflow.json("run", "w", "-p", f"note={note}", "-p", "files=a b", "-p", "files=c")
    assert run["params"] == {"region": "north", "limit": 1000, "files": ["a b", "c"], "note": note}
    assert (workflow.home / "note").read_bytes() == note.encode()
    assert json.loads((workflow.home / "params.json").read_text(encoding="utf-8")) == run["params"]
    assert not (workflow.home / "pwned").exists()


def test_values_come_from_a_file_and_pairs_win(workflow) -> None:
    (workflow.home / "values.yaml").write_text("note: from a file\nlimit: 7\nfiles: [x, y z]\n")
    workflow("run", "w", "--params", "values.yaml", "-p", "limit=8")
    assert output(workflow) == "north|north|8|from a file|x|y z|"
    workflow("run", "w", "--params", "-", text='{"note": "from standard input", "limit": 9}')
    assert output(workflow) == "north|north|9|from standard input|"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "The parameter 'note' is required; give it a value."),
        (("-p", "note=x", "-p", "regoin=north"), "There is no parameter 'regoin'; did you mean 'region'?"),
        (("-p", "note=x", "-p", "region=sout"), "The parameter 'region' is 'sout'; did you mean 'south'?"),
        (("-p", "note=x", "-p", "limit=0"), "The parameter 'limit' is 0, less than the minimum, 1."),
        (("-p", "note=x", "-p", "note=y"), "The parameter 'note' takes one value, not several."),
        (("-p", "note"), "The parameter 'note' has no '='; write NAME=value."),
        (("--params", "nowhere.yaml"), "Cannot read nowhere.yaml"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_remedy(workflow, words: tuple[str, ...], sentence: str) -> None:
    done = workflow("run", "w", *words, code=None)
    assert done.returncode in (2, 3)
    assert sentence in done.stderr
    assert workflow.json("runs", "list") == []


def test_a_retry_keeps_the_values_or_takes_others(workflow) -> None:
    (workflow.home / "show.sh").rename(workflow.home / "away.sh")
    first = workflow.json("run", "w", "-p", "note=x", "-p", "limit=5", code=1)
    shutil.copy(workflow.home / "away.sh", workflow.home / "show.sh")
    again = workflow.json("runs", "retry", first["id"])
    assert (again["params"], again["retry_of"]) == (first["params"], first["id"])
    other = workflow.json("runs", "retry", again["id"], "-p", "region=south")
    assert (other["params"], other["retry_of"]) == ({**first["params"], "region": "south"}, again["id"])
    assert "region = south" in workflow("runs", "show", other["id"]).stdout


def test_commands_declare_and_schedules_give(workflow) -> None:
    declared = ("--param", "note", "--param", "region={type: string, default: r}")
    workflow("task", "edit", "w", "show", "--arg", "show.sh", "--arg", "{note}", "--arg", "{region}")
    workflow("workflow", "edit", "w", *declared, "--param", "day=date", code=4)  # the schedule lacks one
    workflow("workflow", "edit", "w", *declared, "--env", "WHO={note}")
    assert workflow.json("workflow", "show", "w")["params"] == {"note": {}, "region": {"default": "r"}}
    workflow("schedule", "edit", "s", "--param", "note=y")
    assert workflow.json("schedule", "show", "s")["params"] == {"note": "y"}
    workflow("schedule", "add", "w", "--every", "1h", code=2)
    workflow("schedule", "add", "w", "--every", "1h", "-p", "note=1", "--id", "hourly")
    assert "with note=1" in workflow("schedule", "show", "hourly").stdout
    workflow("run", "w", "-p", "note=a b")
    assert output(workflow) == "a b|r||a b|r|"


def test_a_mistake_in_a_file_has_its_place(scheduler) -> None:
    text = YAML.replace("limit: {type: integer", "limit: {type: intger").replace('"{note}"', '"{nte}"')
    assert (
        "-:5:11: limit: type: 'intger' is not allowed"
        in scheduler("workflow", "validate", "-", text=text, code=2).stderr
    )
    text = YAML.replace('"{note}"', '"{nte}"').replace("note: at night, ", "nte: x, ")
    lines = scheduler("workflow", "validate", "-", text=text, code=2).stderr
    assert "-:10:45: Task 'show': args: the placeholder {nte} is unknown; did you mean {note}?" in lines
    assert "-:12:41: There is no parameter 'nte'; did you mean 'note'?" in lines
    assert "The parameter 'note' is required" in lines
    shell = "id: w\ntasks:\n  - {id: a, command: 'echo {date}', shell: true}\n"
    assert (
        "-:3:13: Task 'a': command: {date} would not"
        in scheduler("workflow", "validate", "-", text=shell, code=2).stderr
    )


def test_the_defaults_of_the_home_reach_every_task(workflow) -> None:
    defaults = workflow.home / "defaults.yaml"
    defaults.write_text("env: {PARAM_LIMIT: no, WHO: home, MORE: '{date:%Y}'}\nworking_dir: work\nretry: {limit: 1}\n")
    (workflow.home / "work").mkdir()
    (workflow.home / "work" / "show.sh").write_text(
        SHOW.replace('"$WHO"', '"$WHO" "$MORE"') + "exit $((ATTEMPT == 1))\n"
    )
    run = workflow.json("run", "w", "-p", "note=x")
    assert [attempt["number"] for attempt in run["tasks"][0]["attempts"]] == [1, 2]
    assert output(workflow).startswith("north|20")
    defaults.write_text("tiemout: 5m\n")
    run = workflow.json("run", "w", "-p", "note=x", code=1)
    assert "'tiemout' is not a known name here; did you mean 'timeout'?" in run["reason"]


def test_the_doctor_looks_at_defaults_and_at_the_values_of_schedules(workflow) -> None:
    def finding(about: str) -> dict[str, str]:
        (found,) = [found for found in workflow.json("doctor", code=None) if found["about"] == about]
        return found

    assert finding("parameters")["state"] == "ok"
    workflow("workflow", "apply", "-", text=YAML.replace("note: {}", "note: {type: path, must_exist: true}"))
    assert finding("parameters")["state"] == "problem"
    assert "The path 'at night' of the parameter 'note' does not exist." in finding("parameters")["words"]
    (workflow.home / "at night").touch()
    assert finding("parameters")["state"] == "ok"
    (workflow.home / "defaults.yaml").write_text("timeout: 2h\n")
    assert finding("defaults")["state"] == "ok"
    (workflow.home / "defaults.yaml").write_text("timeout: 0\n")
    assert (finding("defaults")["state"], ":1:1: " in finding("defaults")["words"]) == ("problem", True)


def test_a_mistake_in_one_of_several_parameters_names_it(scheduler) -> None:
    scheduler("workflow", "create", "w")
    said = scheduler("workflow", "edit", "w", "--param", "day=date", "--param", "size=nosuch", code=2).stderr
    assert said.startswith("Error: size: type: 'nosuch' is not allowed")
    assert "params" not in scheduler.json("workflow", "show", "w")
