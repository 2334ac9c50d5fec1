"""Windows: a task of the Task Scheduler that wakes the machine from sleep for the next fire of a schedule that asks for it."""

from __future__ import annotations

import logging
import os
import queue
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from workflow_scheduler.domain.errors import Refused

from .description import Service
from .schtasks import schtasks

__all__ = ["WakeTask", "account_here", "definition"]

AHEAD = timedelta(seconds=30)
"""A machine needs that long until its disks and networks are there."""
LOCAL_SYSTEM = "S-1-5-18"
# What it runs does nothing; that it runs is what wakes. Without an end a task cannot be deleted by itself.
# Source: Microsoft, Task Scheduler schema, WakeToRun and DeleteExpiredTaskAfter.
_XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Wakes this machine for the Workflow Scheduler of {home}</Description></RegistrationInfo>
  <Triggers><TimeTrigger><StartBoundary>{start}</StartBoundary><EndBoundary>{end}</EndBoundary>
    <Enabled>true</Enabled></TimeTrigger></Triggers>
  <Principals><Principal id="Author">{principal}<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <WakeToRun>true</WakeToRun>
    <DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>
    <ExecutionTimeLimit>PT1M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author"><Exec><Command>%SystemRoot%\\System32\\cmd.exe</Command><Arguments>/d /c exit</Arguments></Exec></Actions>
</Task>
"""
_log = logging.getLogger(__name__)


def definition(service: Service, due: datetime, account: str) -> str:
    """The task's XML. `account`: a user `DOMAIN\\name`, or `LOCAL_SYSTEM`."""
    start = (due - AHEAD).astimezone(UTC)
    logon = "" if account == LOCAL_SYSTEM else "<LogonType>InteractiveToken</LogonType>"
    return _XML.format(
        home=escape(str(service.home)),
        start=f"{start:%Y-%m-%dT%H:%M:%SZ}",
        end=f"{start + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        principal=f"<UserId>{escape(account)}</UserId>{logon}",
    )


class WakeTask:
    """Called repeatedly with the next time at which the machine must be awake, or None. Calls the Task Scheduler in a
    separate thread."""

    def __init__(self, service: Service, account: str, ask: Callable[..., str] = schtasks) -> None:
        self._service = service
        self._account = account
        self._ask = ask
        self._name = f"{service.name}-wake"
        self._wanted: queue.SimpleQueue[datetime | None] = queue.SimpleQueue()
        self._due: datetime | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, due: datetime | None) -> None:
        if due == self._due:
            return
        self._due = due
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="wake", daemon=True)
            self._thread.start()
        self._wanted.put(due)

    def _keep(self) -> None:
        while True:
            due = self._wanted.get()
            while not self._wanted.empty():  # only the newest counts
                due = self._wanted.get()
            try:
                self._enter(due)
            except (Refused, OSError) as error:
                _log.warning("This machine cannot be woken for a fire: %s", error)

    def _enter(self, due: datetime | None) -> None:
        if due is None:
            self._ask("/Delete", "/TN", self._name, "/F")
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_text(definition(self._service, due, self._account), encoding="utf-16")
            self._ask("/Create", "/TN", self._name, "/XML", str(file), "/F")


def account_here() -> str:
    """The account of this process, as the Task Scheduler writes it. The machine's own account has a name that ends in
    `$`."""
    user = os.environ.get("USERNAME", "")
    return LOCAL_SYSTEM if user.endswith("$") else "\\".join(filter(None, (os.environ.get("USERDOMAIN"), user)))
