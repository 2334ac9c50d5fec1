"""Windows: a task of the Task Scheduler that starts the scheduler when its user signs in. Needs no administrator."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from workflow_scheduler.domain.errors import NotFound, Refused

from .description import Service, State, windowless
from .schtasks import schtasks

__all__ = ["LogonTask"]

# A task is otherwise ended after three days, not started on battery power, and run below normal priority (7), with everything
# that it starts. Source: Microsoft, Task Scheduler schema, ExecutionTimeLimit and Priority.
_XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Workflow Scheduler of {home}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{user}</UserId></LogonTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>{user}</UserId><LogonType>InteractiveToken</LogonType>
    <RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author"><Exec><Command>{program}</Command><Arguments>{arguments}</Arguments>
    <WorkingDirectory>{home}</WorkingDirectory></Exec></Actions>
</Task>
"""


class LogonTask:
    """The sign-in task of the user who installs it."""

    def definition(self, service: Service) -> str:
        user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
        program = windowless(service.command[0])
        arguments = subprocess.list2cmdline(service.command[1:])
        values = {"home": str(service.home), "user": user, "program": program, "arguments": arguments}
        return _XML.format(**{name: escape(value) for name, value in values.items()})

    def install(self, service: Service) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_text(self.definition(service), encoding="utf-16")
            schtasks("/Create", "/TN", service.name, "/XML", str(file), "/F")
        schtasks("/Run", "/TN", service.name)
        return ["It starts when you sign in; to start it with the machine, install it as administrator with --system."]

    def uninstall(self, service: Service) -> None:
        if not self.status(service).installed:
            raise NotFound(f"The {service.noun} of {service.home} is not installed as a task of the Task Scheduler.")
        schtasks("/Delete", "/TN", service.name, "/F")

    def status(self, service: Service) -> State:
        try:
            found = schtasks("/Query", "/TN", service.name, "/FO", "CSV", "/NH")
        except Refused:
            return State("logon-task", service.name, service.name, False)
        # The words for the states are translated; the scheduler itself is asked whether it runs.
        return State("logon-task", service.name, service.name, True, bool(found), False)
