"""What is refused on Windows when a definition is saved: variables in paths, and what is longer than can be run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from operated import Commands

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows import edit as commands_module
from workflow_scheduler.operations.workflows.arguments import check_arguments
from workflow_scheduler.processes.command_line import Surroundings, resolve
from workflow_scheduler.settings import find_home, read_settings
from workflow_scheduler.storage.database import Database

ENV = {"Temp": "C:\\Temp", "ProgramFiles(x86)": "C:\\Programs"}


def check(task: Task, platform: str = "windows") -> None:
    check_arguments(Workflow("w", tasks=(task,)), platform, ENV)


@pytest.mark.parametrize(
    ("field", "task"),
    [
        ("command", Task("t", "%TEMP%\\x.exe")),
        ("working_dir", Task("t", "x.exe", working_dir="%TEMP%\\x.exe")),
        ("env_file", Task("t", "x.exe", env_file="%temp%\\x.exe")),
        ("output_files", Task("t", "x.exe", output_files=(OutputFile("a"), OutputFile("%TEMP%\\x.exe")))),
    ],
)
def test_a_variable_in_a_path_is_refused_with_its_value(field: str, task: Task) -> None:
    with pytest.raises(InvalidInput, match=r"contains a variable, .* write C:\\Temp\\x\.exe\.$") as caught:
        check(task)
    assert caught.value.path == ("tasks", 0, field)
    check(task, "posix")


def test_a_variable_that_is_not_known_here() -> None:
    with pytest.raises(InvalidInput, match="%GONE% is not set here"):
        check(Task("t", "%GONE%\\%TEMP%\\x.exe"))
    with pytest.raises(InvalidInput, match=r"write C:\\Programs\\x"):
        check(Task("t", "x.exe", working_dir="%ProgramFiles(x86)%\\x"))


@pytest.mark.parametrize("path", ["100%", "50% of 100%", "a%20b%20c", "%", "%%", "a%b"])
def test_a_percent_sign_alone_is_a_character(path: str) -> None:
    check(Task("t", "x.exe", working_dir=path, output_files=(OutputFile(path),)))


def test_the_shell_replaces_its_variables_itself() -> None:
    check(Task("t", "%TEMP%\\x.exe > %TEMP%\\y", shell=True))


@pytest.mark.parametrize(
    ("task", "limit"),
    [
        (Task("t", "echo", ("x" * 8186,)), 8191),
        (Task("t", "copy", ("x" * 8186,)), 8191),
        (Task("t", "a.bat", ("x" * 8188,)), 8191),
        (Task("t", "dir " + "x" * 8187, shell=True), 8191),
        (Task("t", "x.exe", ("x" * 32_760,)), 32_766),
    ],
)
def test_the_longest_line(task: Task, limit: int) -> None:
    check(task)
    longer = Task("t", task.command, (*task.args, "yy"), shell=task.shell)
    with pytest.raises(InvalidInput, match=f"at most {limit:,}"):
        check(longer)
    check(longer, "posix")


@pytest.mark.parametrize(
    ("command", "shell", "most"), [("a.bat", False, 8191), ("dir", True, 8191), ("a.exe", False, 32766)]
)
def test_what_is_too_long_with_its_path_is_not_started(command: str, shell: bool, most: int, monkeypatch) -> None:
    monkeypatch.setattr("os.path.isfile", lambda path: path == f"C:\\w\\{command}")
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    with pytest.raises(InvalidInput, match=f"at most {most:,}"):
        resolve(command, ["x" * (most - 3)], shell=shell, around=around)


def test_a_home_and_the_settings(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(InvalidInput, match="write C:"):
        find_home("%TEMP%\\home", ENV)
    monkeypatch.setenv("TEMP", "C:\\Temp")
    for variable in ("TLS_CERT", "TLS_KEY", "SCRIPT_PYTHON", "SCRIPT_POWERSHELL"):
        with pytest.raises(InvalidInput, match=rf"{variable}: .* write C:\\Temp\\x"):
            read_settings(tmp_path, {variable: "%TEMP%\\x"})


def test_a_workflow_that_was_saved_before_can_still_be_paused(tmp_path, monkeypatch) -> None:
    database = Database("sqlite:///jobs.sqlite", tmp_path)
    database.open()
    commands, now = Commands(database, "UTC"), datetime(2026, 11, 28, tzinfo=UTC)
    commands.create_workflow("w", now)
    monkeypatch.setattr(commands_module, "check_arguments", lambda workflow: None)
    commands.add_task("w", Task("t", "%TEMP%\\x.exe"), now)
    monkeypatch.setattr(commands_module, "check_arguments", lambda workflow: check_arguments(workflow, "windows", ENV))
    commands.change_workflow("w", lambda old: replace(old, enabled=False), now)
    with pytest.raises(InvalidInput, match="contains a variable"):
        commands.edit_task("w", "t", lambda old: replace(old, timeout=5.0), now)
    database.close()


def test_the_form_of_a_date_is_neither_a_variable_nor_refused_for_batch_files() -> None:
    files = (OutputFile("{date:%Y%m%d}.csv"),)
    check(Task("t", "x.bat", ("{date:%Y%m%d}", "{region}"), working_dir="{date:%Y%m%d}", output_files=files))
    with pytest.raises(InvalidInput, match=r"cmd\.exe would interpret"):
        check(Task("t", "x.bat", ("{date:%Y%%}",)))
