"""What is said of a task before it runs: operators of a shell without one, and a command that is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.placement import Place
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.workflows.task_warnings import task_warnings


@pytest.mark.parametrize("operator", ["&&", "||", "|", ";", ">", ">>", "<", "2>&1"])
@pytest.mark.parametrize("form", ["list", "text", "command"])
def test_an_operator_without_a_shell(operator: str, form: str, tmp_path: Path) -> None:
    args = ("a", operator, "b")
    task = {
        "list": Task("t", "python", args),
        "text": Task("t", "python", " ".join(args)),
        "command": Task("t", f"python {operator} b"),
    }[form]
    assert f"{operator!r} is shell syntax" in next(iter(task_warnings(task, tmp_path)))


def test_a_text_for_another_program_is_no_operator(tmp_path: Path) -> None:
    args = ("-c", "print(1 if 2 > 1 else 0); print(1 | 2)")
    assert list(task_warnings(Task("t", "python", args), tmp_path)) == []
    assert list(task_warnings(Task("t", "python", "a > b", shell=True), tmp_path)) == []


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    (words,) = task_warnings(Task("t", "nowhere.sh"), tmp_path)
    assert "nowhere.sh" in words
    assert list(task_warnings(Task("t", sys.executable), tmp_path)) == []


def test_a_folder_that_a_run_decides_is_not_looked_into(tmp_path: Path) -> None:
    assert list(task_warnings(Task("t", "nowhere.sh", working_dir="{region}"), tmp_path)) == []


def test_what_is_on_another_machine_is_not_known_here(tmp_path: Path) -> None:
    there = Task("t", "nowhere.sh", env={"DB_PASSWORD": "hunter2"}, place=Place("erp"))
    (words,) = task_warnings(there, tmp_path)
    assert "looks like a password" in words
