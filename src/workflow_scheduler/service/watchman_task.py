"""Windows: a task of the Task Scheduler that has the watchman look at the scheduler every five minutes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.quick_dataclass import dataclass

from .description import WATCHMAN_MINUTES, Service, watchman_of, windowless
from .schtasks import schtasks

__all__ = ["WatchmanTask"]

LOCAL_SYSTEM = "S-1-5-18"
# Source: Microsoft, Task Scheduler schema, repetitionType: without a duration it goes on forever.
_XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Watchman of the Workflow Scheduler of {home}</Description></RegistrationInfo>
  <Triggers><TimeTrigger><StartBoundary>2026-01-01T00:00:00</StartBoundary><Enabled>true</Enabled>
    <Repetition><Interval>PT{minutes}M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition></TimeTrigger></Triggers>
  <Principals><Principal id="Author">{principal}<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT{minutes}M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author"><Exec><Command>{program}</Command><Arguments>{arguments}</Arguments>
    <WorkingDirectory>{home}</WorkingDirectory></Exec></Actions>
</Task>
"""


@dataclass(frozen=True)
class WatchmanTask:
    """A task of the machine's own account, or of the user who installs it."""

    system: bool

    def definition(self, service: Service) -> str:
        user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
        account = f"<UserId>{escape(user)}</UserId><LogonType>InteractiveToken</LogonType>"
        command = watchman_of(service).command
        return _XML.format(
            home=escape(str(service.home)),
            minutes=WATCHMAN_MINUTES,
            principal=f"<UserId>{LOCAL_SYSTEM}</UserId>" if self.system else account,
            program=escape(windowless(command[0])),
            arguments=escape(subprocess.list2cmdline(command[1:])),
        )

    def install(self, service: Service) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_text(self.definition(service), encoding="utf-16")
            schtasks("/Create", "/TN", watchman_of(service).name, "/XML", str(file), "/F")

    def uninstall(self, service: Service) -> None:
        if self.installed(service):
            schtasks("/Delete", "/TN", watchman_of(service).name, "/F")

    def installed(self, service: Service) -> bool:
        try:
            return bool(schtasks("/Query", "/TN", watchman_of(service).name, "/FO", "CSV", "/NH"))
        except Refused:
            return False
