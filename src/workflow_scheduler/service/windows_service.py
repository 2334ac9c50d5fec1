"""Windows: a service of the service control manager, which starts with the machine. Needs an administrator.

The class is loaded by pywin32's host; which home it serves stands among the service's own options.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys

from workflow_scheduler.domain.errors import NotFound, Refused

from .description import Service, State

__all__ = ["SchedulerService", "WindowsService"]

if sys.platform == "win32":
    import pywintypes
    import servicemanager
    import win32event
    import win32service
    import win32serviceutil
    import winerror

    class SchedulerService(win32serviceutil.ServiceFramework):  # type: ignore[misc]
        """Runs `serve` as a process of its own, and ends with it."""

        def __init__(self, args: list[str]) -> None:
            self._svc_name_ = args[0]
            super().__init__(args)
            self._stop = win32event.CreateEvent(None, True, False, None)

        def SvcStop(self) -> None:  # noqa: N802  pywin32's name
            self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, 30_000)
            win32event.SetEvent(self._stop)

        def SvcDoRun(self) -> None:  # noqa: N802  pywin32's name
            python, home = (win32serviceutil.GetServiceCustomOption(self._svc_name_, one) for one in ("python", "home"))
            command = [python, "-m", "workflow_scheduler", "--home", home]
            child = subprocess.Popen([*command, "serve"], cwd=home, creationflags=subprocess.CREATE_NO_WINDOW)
            servicemanager.LogInfoMsg(f"{self._svc_name_}: the scheduler of {home} runs (pid {child.pid})")
            handles = [self._stop, int(child._handle)]  # type: ignore[attr-defined]
            if win32event.WaitForMultipleObjects(handles, False, win32event.INFINITE) == win32event.WAIT_OBJECT_0:
                # Scripts that run go on, as with every stop.
                subprocess.run([*command, "stop"], creationflags=subprocess.CREATE_NO_WINDOW, check=False)
                child.wait()
            elif code := child.wait():
                # pywin32's host writes it into the event log and reports a failure, upon which Windows starts the service anew.
                raise RuntimeError(f"{self._svc_name_}: the scheduler ended with exit code {code}")

    _CLASS = f"{__name__}.{SchedulerService.__name__}"

    def _display_name(service: Service) -> str:
        return f"Workflow Scheduler of {service.home}"

    class WindowsService:
        """The service of one home."""

        def definition(self, service: Service) -> str:
            lines = [
                f"Name: {service.name}",
                f"Display name: {_display_name(service)}",
                "Start: automatic; 5 seconds after a failure again",
                "Account: LocalSystem",
                f"Program: pythonservice.exe of pywin32, which loads {_CLASS}",
                f"It runs: {subprocess.list2cmdline(service.command)}",
            ]
            return "\n".join(lines) + "\n"

        def install(self, service: Service) -> list[str]:
            try:
                with contextlib.redirect_stdout(sys.stderr):  # pywin32 prints what it does with its host
                    win32serviceutil.InstallService(
                        _CLASS,
                        service.name,
                        _display_name(service),
                        startType=win32service.SERVICE_AUTO_START,
                        description="Runs workflows at their times. Uninstall with: scheduler service uninstall",
                    )
                win32serviceutil.SetServiceCustomOption(service.name, "home", str(service.home))
                win32serviceutil.SetServiceCustomOption(service.name, "python", service.command[0])
                _restart_on_failure(service.name)
                win32serviceutil.StartService(service.name)
            except pywintypes.error as error:
                if error.winerror != winerror.ERROR_ACCESS_DENIED and self.status(service).installed:
                    win32serviceutil.RemoveService(service.name)
                raise _refused(error) from None
            return []

        def uninstall(self, service: Service) -> None:
            found = self.status(service)
            if not found.installed:
                raise NotFound(f"The scheduler of {service.home} is not installed as a service.")
            try:
                if found.active:
                    win32serviceutil.StopService(service.name)
                    win32serviceutil.WaitForServiceStatus(service.name, win32service.SERVICE_STOPPED, 60)
                win32serviceutil.RemoveService(service.name)
            except pywintypes.error as error:
                raise _refused(error) from None

        def status(self, service: Service) -> State:
            try:
                code = win32serviceutil.QueryServiceStatus(service.name)[1]
            except pywintypes.error:
                return State("windows-service", service.name, service.name, False)
            return State(
                "windows-service", service.name, service.name, True, True, code == win32service.SERVICE_RUNNING
            )

    def _restart_on_failure(name: str) -> None:
        """As the systemd unit has it: five seconds after each failure."""
        restart = [(win32service.SC_ACTION_RESTART, 5_000)]
        actions = {"ResetPeriod": 0, "RebootMsg": None, "Command": None, "Actions": restart}
        # pywin32 closes both handles when they are no longer used.
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
        handle = win32service.OpenService(manager, name, win32service.SERVICE_ALL_ACCESS)
        win32service.ChangeServiceConfig2(handle, win32service.SERVICE_CONFIG_FAILURE_ACTIONS, actions)
        # Otherwise a host that reports the end of its scheduler is no failure, only one that died. Wine does not know it.
        win32service.ChangeServiceConfig2(handle, win32service.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True)

    def _refused(error: pywintypes.error) -> Refused:
        if error.winerror == winerror.ERROR_ACCESS_DENIED:
            return Refused(
                "A Windows service is installed by an administrator only; open the terminal as administrator, or use --user."
            )
        return Refused(f"Windows refused the service ({error.strerror.strip()}).")
