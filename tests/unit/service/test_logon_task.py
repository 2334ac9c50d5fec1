"""The task at sign-in, as it is entered into Windows' Task Scheduler."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from workflow_scheduler.service.description import describe
from workflow_scheduler.service.logon_task import LogonTask


def test_it_runs_at_normal_priority(tmp_path: Path) -> None:
    """Without the element it is 7: below normal, for every script, too."""
    task = ElementTree.fromstring(LogonTask().definition(describe(tmp_path)).partition("?>")[2])
    assert [element.text for element in task.iter() if element.tag.endswith("}Priority")] == ["4"]


def test_the_task_scheduler_is_asked_by_its_whole_path(tmp_path: Path, monkeypatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("SYSTEMROOT", "D:\\Windows")
    LogonTask().install(describe(tmp_path))
    assert [command[0] for command in asked] == ["D:\\Windows\\System32\\schtasks.exe"] * 2
