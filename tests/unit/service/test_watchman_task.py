"""The watchman's task, as it is entered into Windows' Task Scheduler."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from workflow_scheduler.service.description import describe
from workflow_scheduler.service.watchman_task import WatchmanTask


@pytest.fixture
def answers(monkeypatch) -> dict[str, int]:
    """The exit codes of schtasks.exe by its first word; what it was asked is added."""
    codes: dict[str, int] = {}

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, codes.get(command[1], 0), "row", "")

    monkeypatch.setattr(subprocess, "run", run)
    return codes


@pytest.mark.parametrize("system", [True, False])
def test_it_looks_every_five_minutes_for_as_long_as_the_machine_runs(tmp_path: Path, system: bool) -> None:
    service = describe(tmp_path)
    task = ElementTree.fromstring(WatchmanTask(system).definition(service).partition("?>")[2])
    texts = {element.tag.rpartition("}")[2]: element.text for element in task.iter()}
    assert (texts["Interval"], "Duration" in texts) == ("PT5M", False)
    assert texts["DisallowStartIfOnBatteries"] == texts["StopIfGoingOnBatteries"] == "false"
    assert texts["Arguments"].endswith(" watchman")
    assert str(tmp_path) in texts["Arguments"]
    assert (texts["UserId"] == "S-1-5-18") is system


def test_it_is_taken_away_only_where_it_is(tmp_path: Path, answers) -> None:
    service = describe(tmp_path)
    assert WatchmanTask(False).installed(service)
    answers["/Query"] = 1
    assert not WatchmanTask(False).installed(service)
    answers["/Delete"] = 1
    WatchmanTask(False).uninstall(service)
