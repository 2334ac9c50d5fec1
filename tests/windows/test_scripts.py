"""Batch files, Python scripts and what cmd has built in, with their real exit codes and exact arguments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SHOW = "import sys\nprint('|'.join(sys.argv[1:]))\n"


def attempt(scheduler, run: dict, task: str) -> dict:
    (found,) = [
        candidate for candidate in scheduler.json("runs", "show", run["id"])["tasks"] if candidate["id"] == task
    ]
    return found["attempts"][-1]


def output(scheduler, run: dict, task: str) -> str:
    (text,) = {line["text"] for line in scheduler.json("runs", "logs", run["id"], "--task", task, "--stdout")}
    return text.replace("\r\n", "\n")


def test_each_kind_of_script_and_its_real_exit_code(scheduler) -> None:
    home = scheduler.home
    (home / "three.bat").write_text("@echo off\necho bat %1\nexit /b 3\n")
    (home / "four.cmd").write_text("@echo off\necho cmd %1\nexit 4\n")
    (home / "five.py").write_text("import sys\nprint('py', sys.argv[1])\nsys.exit(5)\n")
    (home / "calls.bat").write_text("@echo off\ncall three.bat inner\necho after %ERRORLEVEL%\nexit /b %ERRORLEVEL%\n")
    (home / "w.yaml").write_text(
        """
id: w
tasks:
  - {id: bat, command: three.bat, args: [x], expected_exit_codes: [3]}
  - {id: cmd, command: four.cmd, args: [x], expected_exit_codes: [4]}
  - {id: py, command: five.py, args: [x], expected_exit_codes: [5]}
  - {id: python, command: python, args: [five.py, y], expected_exit_codes: [5]}
  - {id: call, command: calls.bat, expected_exit_codes: [3]}
  - {id: echo, command: echo, args: "Hello World"}
  - {id: shell, command: 'exit /b 7', shell: true, expected_exit_codes: [7]}
"""
    )
    scheduler("workflow", "apply", "w.yaml")
    run = scheduler.json("run", "w")
    assert run["state"] == "succeeded", scheduler("runs", "show", run["id"]).stdout
    assert [
        attempt(scheduler, run, task)["exit_code"] for task in ("bat", "cmd", "py", "python", "call", "echo", "shell")
    ] == [*[3, 4, 5, 5, 3, 0, 7]]
    assert output(scheduler, run, "bat") == "bat x\n"
    assert output(scheduler, run, "call") == "bat inner\nafter 3\n"
    assert output(scheduler, run, "echo") == "Hello World\n"


def test_an_unexpected_exit_code_fails_the_run(scheduler) -> None:
    (scheduler.home / "bad.bat").write_text("@exit /b 9\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "bad.bat")
    run = scheduler.json("run", "w", code=1)
    assert attempt(scheduler, run, "task_1")["exit_code"] == 9


def test_negative_and_huge_exit_codes(scheduler) -> None:
    (scheduler.home / "minus.py").write_text("import os\nos._exit(-1)\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "minus.py", "--expected-exit-codes", "-1")
    scheduler("task", "add", "w", "--command", "minus.py", "--expected-exit-codes", "4294967295")
    assert scheduler.json("run", "w")["state"] == "succeeded"


def test_spaces_and_other_alphabets(scheduler) -> None:
    folder = scheduler.home / "Meine Skripte é пробел"
    folder.mkdir()
    (folder / "zeig's an.py").write_text(SHOW)
    (folder / "mein skript ß пробел.bat").write_text("@echo off\necho [%~1] [%~2]\n")
    (scheduler.home / "w.yaml").write_text(
        f"""
id: w
tasks:
  - {{id: py, command: "{(folder / "zeig's an.py").as_posix()}", args: ["ä ö", "пробел", "a&b", "100%", '"q"', ""]}}
  - {{id: bat, command: mein skript ß пробел.bat, working_dir: "{folder.as_posix()}", args: ["two words", "(x)"]}}
""",
        encoding="utf-8",
    )
    scheduler("workflow", "apply", "w.yaml")
    run = scheduler.json("run", "w", code=None)
    assert run["state"] == "succeeded", scheduler("log").stdout
    assert output(scheduler, run, "py") == 'ä ö|пробел|a&b|100%|"q"|\n'
    assert output(scheduler, run, "bat") == "[two words] [(x)]\n"


HOSTILE = ('"&canary.bat', "%PATH%", "!x!", "a^b", "x&canary.bat", "x|canary.bat", "x>f", "x<f", "a\nb", "a b\\")


SPELLED = [(command, "x&canary.bat") for command in ("script.CMD", "script.bat.", "script.bat ")]


@pytest.mark.parametrize(("command", "argument"), [*(("script.bat", argument) for argument in HOSTILE), *SPELLED])
def test_what_cmd_would_act_on_is_refused_at_apply(scheduler, command: str, argument: str) -> None:
    """CVE-2024-24576: the arguments of a batch file are read by cmd.exe once more; CVE-2024-43402: `x.bat.` is one too."""
    task = {"id": "t", "command": command, "args": [argument]}
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": [task]}))
    assert "cmd.exe would interpret" in scheduler("workflow", "apply", "w.json", code=2).stderr


def test_what_cmd_would_act_on_is_refused_at_the_start(scheduler) -> None:
    """Only then is it known that a name without an ending is that of a batch file."""
    (scheduler.home / "script.bat").write_text("@echo x > ran\n")
    (scheduler.home / "canary.bat").write_text("@echo x > canary\n")
    commands = [("script", argument) for argument in HOSTILE]
    tasks = [
        {"id": f"t{number}", "command": command, "args": [argument], "continue_on_failure": True}
        for number, (command, argument) in enumerate(commands)
    ]
    (scheduler.home / "w.json").write_text(json.dumps({"id": "w", "tasks": tasks}))
    scheduler("workflow", "apply", "w.json")
    run = scheduler.json("run", "w", code=None)
    found = [task["attempts"][-1] for task in run["tasks"]]
    assert len(found) == len(commands)
    for command, attempt_row in zip(commands, found, strict=True):
        assert (attempt_row["state"], attempt_row["exit_code"]) == ("failed", None), command
        assert "cmd.exe would interpret" in attempt_row["reason"], command
    left = {path.name for path in scheduler.home.iterdir()}
    assert not left & {"ran", "canary", "f"}


def test_output_in_the_consoles_code_page_is_readable_and_its_bytes_are_kept(scheduler) -> None:
    raw = "äß".encode("oem", "replace")
    assert raw != "äß".encode()
    (scheduler.home / "old.py").write_text(f"import os\nos.write(1, {raw!r})\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "old.py")
    run = scheduler.json("run", "w")
    assert output(scheduler, run, "task_1") == raw.decode("oem")
    assert Path(attempt(scheduler, run, "task_1")["stdout"]).read_bytes() == raw
    assert raw.decode("oem") in (scheduler.home / "scheduler.log").read_text(encoding="utf-8")


def test_answers_are_json_in_every_code_page(scheduler) -> None:
    scheduler.env.pop("PYTHONIOENCODING")
    scheduler("workflow", "create", "w", "--description", "пробел é")
    assert scheduler.json("workflow", "show", "w")["description"] == "пробел é"


@pytest.mark.real_windows("Wine's powershell.exe does nothing")
def test_powershell(scheduler) -> None:
    (scheduler.home / "script.ps1").write_text('Write-Output "ps $($args[0])"\nexit 6\n')
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "script.ps1", "--arg", "a b", "--expected-exit-codes", "6")
    run = scheduler.json("run", "w")
    assert output(scheduler, run, "task_1") == "ps a b\n"


@pytest.mark.real_windows("Wine's CTRL_BREAK ends a process without asking its handler")
def test_a_polite_stop_is_ctrl_break(scheduler, until) -> None:
    (scheduler.home / "polite.py").write_text(
        "import signal, sys, time\n"
        "def stop(*_):\n    open('stopped', 'w').close()\n    sys.exit(0)\n"
        "signal.signal(signal.SIGBREAK, stop)\nopen('began', 'w').close()\nwhile True: time.sleep(0.1)\n"
    )
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "polite.py", "--stop-grace", "20s")
    scheduler("start")
    run = scheduler.json("run", "w", "--detach")
    until((scheduler.home / "began").exists)
    scheduler("runs", "cancel", run["id"])
    until((scheduler.home / "stopped").exists)


def test_a_python_script_writes_utf_8_and_its_input_is_at_the_end(scheduler) -> None:
    del scheduler.env["PYTHONIOENCODING"]
    (scheduler.home / "enc.py").write_text("import sys\nprint(sys.stdout.encoding, repr(sys.stdin.read()))\n")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "enc.py")
    assert output(scheduler, scheduler.json("run", "w"), "task_1") == "utf-8 ''\n"
