"""The scheduler as a Windows service, and as a task at sign-in."""

from __future__ import annotations

import ctypes
import json
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest


def test_the_task_at_sign_in_is_xml_with_the_homes_command(scheduler) -> None:
    text = scheduler.json("service", "install", "--user", "--print")["definition"]
    task = ElementTree.fromstring(text.partition("?>")[2])
    texts = {element.tag.rpartition("}")[2]: element.text for element in task.iter()}
    assert str(scheduler.home) in texts["Arguments"]
    assert texts["WorkingDirectory"] == str(scheduler.home)
    assert texts["ExecutionTimeLimit"] == "PT0S"


def test_installing_a_service_answers_json_whatever_pywin32_prints(scheduler) -> None:
    """It prints how it moves its host. What Windows answers depends on rights, and on Wine."""
    try:
        answer = scheduler("service", "install", "--system", "--json", code=None).stdout
        assert not answer.strip() or json.loads(answer)["installed"] is True
    finally:
        scheduler("service", "uninstall", "--system", code=None)


def test_what_is_registered_as_a_service_is_shown(scheduler) -> None:
    text = scheduler.json("service", "install", "--system", "--print")["definition"]
    assert "pythonservice.exe" in text
    assert "workflow_scheduler.service.windows_service.SchedulerService" in text
    assert str(scheduler.home) in text


def test_what_is_not_installed_is_said(scheduler) -> None:
    assert scheduler.json("service", "status", "--system")["installed"] is False
    assert "not installed" in scheduler("service", "uninstall", "--system", code=3).stderr


@pytest.mark.real_windows("Wine has no Task Scheduler")
def test_a_task_at_sign_in(scheduler, until) -> None:
    assert scheduler.json("service", "status", "--user")["installed"] is False
    assert "not installed" in scheduler("service", "uninstall", "--user", code=3).stderr
    assert scheduler.json("service", "install", "--user")["installed"] is True
    try:
        until(lambda: scheduler.json("service", "status", "--user")["running"])
    finally:
        scheduler("service", "uninstall", "--user")
    state = scheduler.json("service", "status", "--user")
    assert (state["installed"], state["running"]) == (False, False)


@pytest.mark.real_windows("Wine's service control manager starts no service of pywin32")
def test_a_service_of_the_machine(scheduler, until) -> None:
    if not ctypes.windll.shell32.IsUserAnAdmin():
        assert "administrator" in scheduler("service", "install", "--system", code=4).stderr
        return
    scheduler("service", "install", "--system")
    try:
        until(lambda: scheduler.json("service", "status", "--system")["running"])
        assert scheduler.json("service", "status", "--system")["active"] is True
        pid = scheduler.json("status")["pid"]
        # A failure, after which Windows starts it anew. The process is the system's: os.kill may not end it.
        subprocess.run(["taskkill", "/F", "/PID", str(pid)], check=True, capture_output=True)
        until(lambda: scheduler.json("status").get("pid") not in (None, pid), seconds=60)
    finally:
        scheduler("service", "uninstall", "--system")
    assert scheduler.json("service", "status", "--system")["installed"] is False
