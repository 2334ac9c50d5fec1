"""The entry of the Task Scheduler that wakes the machine: what it says, and that it follows the next fire."""

from __future__ import annotations

import queue
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

from patience import PATIENCE

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.service.description import Service
from workflow_scheduler.service.wake_task import LOCAL_SYSTEM, WakeTask, account_here, definition

SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
SERVICE = Service("workflow-scheduler-a", Path("/home & more"), ("python",), "")
DUE = datetime(2026, 11, 29, 0, 0, 10, tzinfo=UTC)


def fields(text: str) -> dict[str, str]:
    return {
        element.tag.removeprefix(SPACE): element.text or "" for element in ET.fromstring(text.partition("?>")[2]).iter()
    }


def test_what_is_entered_wakes_the_machine_before_the_fire_and_goes_by_itself() -> None:
    found = fields(definition(SERVICE, DUE, "DOMAIN\\ada & co"))
    assert found["StartBoundary"] == "2026-11-28T23:59:40Z"
    assert found["EndBoundary"] == "2026-11-29T00:04:40Z"
    assert (found["WakeToRun"], found["DeleteExpiredTaskAfter"]) == ("true", "PT0S")
    assert (found["UserId"], found["LogonType"]) == ("DOMAIN\\ada & co", "InteractiveToken")
    assert found["Description"].endswith(str(SERVICE.home))


def test_the_machines_own_account_signs_in_nowhere(monkeypatch) -> None:
    monkeypatch.setenv("USERNAME", "PC$")
    found = fields(definition(SERVICE, DUE, account_here()))
    assert found["UserId"] == LOCAL_SYSTEM
    assert "LogonType" not in found


class TaskScheduler:
    """What the Task Scheduler was asked, from any thread."""

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[str, ...]] = queue.Queue()
        self.refuses = False

    def __call__(self, *words: str) -> str:
        if "/XML" in words:
            start = fields(Path(words[words.index("/XML") + 1]).read_text(encoding="utf-16"))["StartBoundary"]
            words = (words[0], words[2], start)
        self.asked.put(words)
        if self.refuses:
            raise Refused("The Task Scheduler refused: access denied")
        return ""

    def next(self) -> tuple[str, ...]:
        return self.asked.get(timeout=PATIENCE)


def test_it_follows_the_next_fire_and_goes_with_the_last() -> None:
    asked = TaskScheduler()
    wake = WakeTask(SERVICE, "ada", asked)
    wake(None)
    wake(DUE)
    assert asked.next() == ("/Create", "workflow-scheduler-a-wake", "2026-11-28T23:59:40Z")
    wake(DUE)
    wake(DUE.replace(hour=3))
    assert asked.next() == ("/Create", "workflow-scheduler-a-wake", "2026-11-29T02:59:40Z")
    wake(None)
    assert asked.next() == ("/Delete", "/TN", "workflow-scheduler-a-wake", "/F")


def test_a_refusal_is_in_the_log_and_the_next_fire_is_tried(caplog) -> None:
    asked = TaskScheduler()
    asked.refuses = True
    wake = WakeTask(SERVICE, "ada", asked)
    wake(DUE)
    asked.next()
    wake(DUE.replace(hour=3))
    assert asked.next()[0] == "/Create"
    assert "This machine cannot be woken for a fire: The Task Scheduler refused: access denied" in caplog.text
