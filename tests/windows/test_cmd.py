"""What cmd.exe does for a task is what it does at its prompt, where a person puts quotes around what needs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows.arguments import check_arguments
from workflow_scheduler.processes.cmd_exe import built_in_line
from workflow_scheduler.processes.command_line import Invocation, Surroundings, resolve

BARE = ("echo", "prompt", "rem", "set", "title")
GIVES_AWAY = ("call", "for", "if", "start")
"""What they run reads the arguments again."""
NAMES = {"space": "a b", "ampersand": "a&b", "percent": "a%b", "parentheses": "a(b)", "empty": ""}
MOMENT = re.compile(r"(\w{3} )?\d+([:/]\d+)+( [AP]M)?")
"""What `date /t` and `time /t` print; a second or a midnight may lie between two of them."""
COMMANDS: dict[str, list[list[str]]] = {
    **{
        name: [[], ["{}"]]
        for name in ("break", "cls", "endlocal", "keys", "popd", "setlocal", "shift", "ver", "verify")
    },
    **{name: [["/s", "/q", "{}"]] for name in ("rd", "rmdir")},
    **{name: [["{}x"], ["{}", "{}y"]] for name in ("md", "mkdir")},
    **{name: [["{}.txt"], ["/q", "{}.txt"]] for name in ("del", "erase")},
    **{name: [["{}.txt", "{}z"]] for name in ("ren", "rename")},
    **{name: [["{}"], ["/d", "{}"]] for name in ("cd", "chdir")},
    "assoc": [["{}"]],
    "call": [["{}.bat"]],
    "color": [["{}"]],
    "copy": [["/y", "{}.txt", "new"], ["one.txt", "{}"], ["/b", "one.txt+two.txt", "{}new"]],
    "date": [["/t", "{}"]],
    "dir": [["/b", "{}"], ["/b", "/o-n", "{}"]],
    "dpath": [["{}"]],
    "echo": [["{}"], ["x", "{}", "y"]],
    "exit": [["/b", "3"], ["3"]],
    "ftype": [["{}"]],
    "goto": [["{}"]],
    "if": [["exist", "{}.txt", "del", "{}.txt"], ["a==a", "del", "{}.txt"]],
    "mklink": [["/h", "{}new", "one.txt"]],
    "move": [["/y", "{}.txt", "moved"], ["one.txt", "{}"]],
    "path": [["{}"]],
    "pause": [[]],
    "prompt": [["{}"]],
    "pushd": [["{}"]],
    "rem": [["{}"]],
    "set": [["{}"], ["X={}"]],
    "start": [["", "/b", "/wait", "{}.bat"]],
    "time": [["/t", "{}"]],
    "title": [["{}"]],
    "type": [["{}.txt"], ["one.txt", "{}.txt"]],
    "vol": [["{}"]],
}
LINES = [
    (name, args, kind) for name, lists in COMMANDS.items() for args in lists for kind in NAMES if str(args).count("{}")
]
LINES += [(name, args, "none") for name, lists in COMMANDS.items() for args in lists if not str(args).count("{}")]


def surroundings(folder: Path) -> Surroundings:
    return Surroundings("windows", os.environ, str(folder), sys.executable)


def furnish(folder: Path) -> Path:
    """A folder in which each name exists as a file, a folder and a batch file, and the parts of each name do, too."""
    folder.mkdir()
    for name in ("one", "two", "a", "b", *NAMES.values()):
        (folder / f"{name}.txt").write_text(f"text of {name}\n")
        (folder / f"{name}.bat").write_text(f"@echo batch {name}>ran\n")
        if name:
            (folder / name).mkdir()
            (folder / name / "kept.txt").write_text("kept\n")
    return folder


def shape(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(errors="replace") if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def started(asked: Invocation, folder: Path) -> tuple[int, str, dict[str, str]]:
    """Its exit code, what it printed and what it left, without the folder's own name and the clock's."""
    done = subprocess.run(
        asked.line or asked.argv,
        executable=asked.argv[0],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode("oem", "replace").replace(folder.name, "folder")
    return done.returncode, MOMENT.sub("now", said), shape(folder)


def at_the_prompt(name: str, args: list[str], value: str) -> str:
    words = [word.format(value) for word in args]
    if name in BARE:
        return " ".join([name, *words]).rstrip() if any(words) or name != "echo" else "echo."
    return " ".join(
        [name, *(f'"{word}"' if "{}" in arg or not arg else word for arg, word in zip(args, words, strict=True))]
    )


@pytest.mark.parametrize(
    ("name", "args", "kind"), LINES, ids=lambda value: " ".join(value) if isinstance(value, list) else value
)
def test_a_built_in_does_what_it_does_at_the_prompt(tmp_path: Path, name: str, args: list[str], kind: str) -> None:
    value = NAMES.get(kind, "")
    words = [word.format(value) for word in args]
    if "&" in value and name in (*BARE, *GIVES_AWAY):
        with pytest.raises(InvalidInput, match="would interpret"):
            built_in_line(name, words)
        return
    ours, theirs = furnish(tmp_path / "ours"), furnish(tmp_path / "theirs")
    cmd = str(Path(os.environ["SYSTEMROOT"]) / "System32" / "cmd.exe")
    typed = Invocation([cmd], f'"{cmd}" /d /s /c "{at_the_prompt(name, args, value)}"')
    assert started(resolve(name, words, shell=False, around=surroundings(ours)), ours) == started(typed, theirs)


def test_all_built_ins_are_tried() -> None:
    """Source: the words that `help` lists and that no file in System32 has the name of; `for` is only for the shell."""
    assert len({*COMMANDS, "for"}) == 45
    with pytest.raises(InvalidInput, match="shell: true"):
        built_in_line("for", ["%i", "in", "(*.txt)", "do", "echo", "%i"])


def test_built_ins_remove_what_was_named(scheduler) -> None:
    """Without its quotes `rd /s /q data old` removes the folder `data`."""
    for folder in ("data", "data old", "R&D"):
        (scheduler.home / folder).mkdir()
        (scheduler.home / folder / "x.txt").write_text("x")
    (scheduler.home / "w.json").write_text(
        '{"id": "w", "tasks": [{"id": "a", "command": "rd", "args": "/s /q \\"data old\\""},'
        '{"id": "b", "command": "RMDIR", "args": ["/s", "/q", "R&D"]},'
        '{"id": "c", "command": "echo", "args": "two  \\"quoted words\\""}]}'
    )
    scheduler("workflow", "apply", "w.json")
    run = scheduler.json("run", "w")
    assert [(scheduler.home / folder).exists() for folder in ("data", "data old", "R&D")] == [True, False, False]
    (text,) = {part["text"] for part in scheduler.json("runs", "logs", run["id"], "--task", "c", "--stdout")}
    assert text.strip() == "two quoted words"


@pytest.mark.parametrize(
    "argument", ["%PATH%", "%PATH:~0,3%", 'a"b', "a\nb"], ids=["variable", "substring", "quote", "line end"]
)
def test_what_a_built_in_would_act_on_is_refused_at_apply(argument: str) -> None:
    for name in (*COMMANDS, "for", "RD"):
        with pytest.raises(InvalidInput, match="would interpret"):
            check_arguments(Workflow("w", tasks=(Task("t", name, (argument,)),)))


def test_a_batch_file_in_a_folder_with_an_ampersand(scheduler) -> None:
    for folder in ("R&D", "100% sure", "a^b", "wow!", "a (x86)"):
        (scheduler.home / folder).mkdir()
        (scheduler.home / folder / "job.bat").write_text("@echo %~n0 %~1\n")
    tasks = ["R&D/job.bat", "100% sure/job.bat", "a^b/job.bat", "wow!/job.bat", "a (x86)/job.bat"]
    (scheduler.home / "w.yaml").write_text(
        "id: w\ntasks:\n"
        + "".join(f"  - {{id: t{at}, command: '{command}', args: [x y]}}\n" for at, command in enumerate(tasks))
        + "  - {id: here, command: job.bat, args: [x y], working_dir: 'R&D'}\n"
    )
    scheduler("workflow", "apply", "w.yaml")
    run = scheduler.json("run", "w", code=None)
    assert run["state"] == "succeeded", [task["attempts"][-1]["reason"] for task in run["tasks"]]
    assert {part["text"].strip() for part in scheduler.json("runs", "logs", run["id"], "--stdout")} == {"job x y"}


def test_a_programs_path_with_a_space_is_no_search(scheduler) -> None:
    """CWE-428: of `C:\\my tools\\tool.exe` without quotes Windows would run `C:\\my.exe`."""
    system = Path(os.environ["SYSTEMROOT"]) / "System32"
    (scheduler.home / "my tools").mkdir()
    (scheduler.home / "my tools" / "tool.exe").write_bytes((system / "hostname.exe").read_bytes())
    (scheduler.home / "my.exe").write_bytes((system / "whoami.exe").read_bytes())
    expected = subprocess.run([system / "hostname.exe"], capture_output=True, text=True, check=True).stdout
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", str(scheduler.home / "my tools" / "tool.exe"))
    run = scheduler.json("run", "w")
    (text,) = {part["text"] for part in scheduler.json("runs", "logs", run["id"], "--stdout")}
    assert text.strip() == expected.strip()
