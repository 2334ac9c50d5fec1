"""Completion: the scripts of the shells, and what they are answered."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_a_script(scheduler, shell: str) -> None:
    script = scheduler("completion", shell).stdout
    assert f"{shell}_complete" in script
    assert "_SCHEDULER_COMPLETE" in script


@pytest.mark.parametrize(
    ("words", "part", "values"),
    [
        ([], "workf", ["workflow"]),
        (["workflow"], "cr", ["create"]),
        (["run"], "", ["nightly", "tidy"]),
        (["run", "nightly"], "--det", ["--detach"]),
    ],
)
def test_what_powershell_is_answered(scheduler, words: list[str], part: str, values: list[str]) -> None:
    scheduler("workflow", "create", "nightly")
    scheduler("workflow", "create", "tidy")
    scheduler.env |= {
        "_SCHEDULER_COMPLETE": "powershell_complete",
        "COMP_WORDS": "\n".join(["scheduler", *words]),
        "COMP_CWORD": f"={part}",
    }
    lines = [line.split("\t") for line in scheduler().stdout.splitlines()]
    assert [value for value, help_ in lines if help_] == values


def test_completing_makes_no_home(scheduler) -> None:
    scheduler.env |= {"_SCHEDULER_COMPLETE": "powershell_complete", "COMP_WORDS": "scheduler\nrun", "COMP_CWORD": "="}
    assert scheduler().stdout.strip() == ""
    assert list(scheduler.home.iterdir()) == []


def asked(scheduler, shell: str, words: list[str], part: str) -> list[str]:
    """What the shell's script is answered: values, and `FILE` or `DIR` where the shell completes paths itself."""
    before = dict(scheduler.env)
    every = ["scheduler", *words, part]
    said = {"fish": (" ".join(every), part), "powershell": ("\n".join(every[:-1]), f"={part}")}
    typed, place = said.get(shell, (" ".join(every), str(len(every) - 1)))
    scheduler.env |= {"_SCHEDULER_COMPLETE": f"{shell}_complete", "COMP_WORDS": typed, "COMP_CWORD": place}
    lines = scheduler().stdout.rstrip().splitlines()
    scheduler.env = before
    if shell == "powershell":
        return [line.partition("\t")[0] for line in lines]
    kinds = [(line.partition(",")[0], line.partition(",")[2].partition("\t")[0]) for line in lines]
    if shell == "zsh":
        kinds = list(zip(lines[::3], lines[1::3], strict=True))
    return [value if kind == "plain" else kind.upper() for kind, value in kinds]


@pytest.fixture
def furnished(scheduler):
    """A home with a workflow of two tasks, two schedules and a run."""
    (scheduler.home / "w.yaml").write_text("""
id: nightly
tasks: [{id: copy, command: echo}, {id: check, command: echo}]
schedules: [{id: evening, cron: 0 20 * * *}, {id: every_hour, every: 1h}]
""")
    scheduler("workflow", "apply", "w.yaml")
    scheduler("run", "nightly", "--id", "run-of-monday")
    (scheduler.home / "folder").mkdir()
    return scheduler


PLACES = [
    (["schedule", "show"], "ev", ["evening", "every_hour"]),
    (["fires", "list", "--schedule"], "eve", ["evening", "every_hour"]),
    (["fires", "list"], "n", ["nightly"]),
    (["workflow", "export"], "n", ["nightly"]),
    (["task", "edit", "nightly"], "c", ["copy", "check"]),
    (["task", "add", "nightly", "--depends-on"], "co", ["copy"]),
    (["runs", "logs", "run-of-monday", "--task"], "ch", ["check"]),
    (["runs", "logs", "--workflow", "nightly", "--task"], "ch", ["check"]),
    (["runs", "logs", "--workflow"], "", ["nightly"]),
    (["runs", "show"], "", ["last", "run-of-monday"]),
    (["runs", "retry"], "monday", ["run-of-monday"]),
    (["schedule", "add", "nightly", "--timezone"], "Europe/Berl", ["Europe/Berlin"]),
    (["schedule", "preview", "--timezone"], "berlin", ["Europe/Berlin"]),
    (["runs", "list", "--state"], "fa", ["failed"]),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_identifiers_and_zones_are_completed(furnished, shell: str) -> None:
    for arguments, part, values in PLACES:
        assert asked(furnished, shell, arguments, part) == values, (arguments, part)


PATHS = [
    (["workflow", "apply"], "FILE"),
    (["workflow", "validate"], "FILE"),
    (["workflow", "export", "--output"], "FILE"),
    (["task", "add", "nightly", "--command"], "FILE"),
    (["task", "add", "nightly", "--output-file"], "FILE"),
    (["task", "add", "nightly", "--env-file"], "FILE"),
    (["task", "add", "nightly", "--working-dir"], "DIR"),
    (["backup"], "FILE"),
    (["restore"], "FILE"),
    (["--home"], "DIR"),
    (["status", "--home"], "DIR"),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_files_and_folders_are_left_to_the_shell(furnished, shell: str) -> None:
    assert [asked(furnished, shell, arguments, "f") for arguments, _ in PATHS] == [[kind] for _, kind in PATHS]


def test_files_and_folders_in_powershell(furnished) -> None:
    for arguments, kind in PATHS:
        assert asked(furnished, "powershell", arguments, "fol") == [f"folder{os.sep}"]
        assert asked(furnished, "powershell", arguments, "w.") == (["w.yaml"] if kind == "FILE" else [])
    assert asked(furnished, "powershell", ["restore"], "nowhere/") == []


def test_the_home_that_is_named_counts(furnished, tmp_path) -> None:
    home = str(furnished.home)
    del furnished.env["SCHEDULER_HOME"]
    furnished.home = tmp_path
    assert asked(furnished, "bash", ["run"], "n") == []
    assert asked(furnished, "bash", ["--home", home, "run"], "n") == ["nightly"]
    assert asked(furnished, "bash", ["run", "--home", home], "n") == ["nightly"]
    furnished.home = tmp_path / "home"


def test_users_tokens_and_webhooks(furnished) -> None:
    furnished("user", "add", "ada", "--role", "viewer", "--password-stdin", text="correct horse battery\n")
    token = furnished.json("token", "add", "ci")["id"]
    hook = furnished.json("webhook", "add", "nightly")["id"]
    assert asked(furnished, "bash", ["user", "delete"], "") == ["ada"]
    assert asked(furnished, "bash", ["user", "passwd"], "a") == ["ada"]
    assert asked(furnished, "bash", ["token", "delete"], token[:3]) == [token]
    for name in ("webhook", "hook"):
        assert asked(furnished, "bash", [name, "delete"], "") == [hook]


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
def test_bash_itself(furnished, tmp_path) -> None:
    program = tmp_path / "scheduler"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m workflow_scheduler "$@"\n')
    program.chmod(0o755)
    script = """
eval "$(scheduler completion bash)"
COMP_WORDS=(scheduler schedule show ev); COMP_CWORD=3
_scheduler_completion scheduler ev show
printf '%s\n' "${COMPREPLY[@]}"
"""
    env = {**furnished.env, "PATH": f"{tmp_path}{os.pathsep}{furnished.env['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=env, cwd=furnished.home, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["evening", "every_hour"]
