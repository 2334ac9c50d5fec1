"""Windows: a service of the service control manager, which starts with the machine. Needs an administrator.

What it runs is `windows_host`; which home it serves stands among the service's own values in the registry.
"""

from __future__ import annotations

import contextlib
import functools
import site
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from workflow_scheduler.domain.errors import NotFound, Refused, SchedulerError

from .description import PREFIX, Service, State

__all__ = ["WindowsService"]

if sys.platform == "win32":
    import winreg

    import pywintypes
    import win32service
    import winerror

    from workflow_scheduler.system.event_log import register_source, remove_source

    from . import windows_host
    from .windows_account import LOCAL_SYSTEM, Account, allow_as_service, own_sid, sid_of
    from .windows_place import check_place, leave_open_folders_out

    _MARGIN = 60.0
    """Seconds for the scheduler itself, on top of the tasks' grace."""
    _LEAST = 180.0
    """Seconds at a shutdown, before Windows 10 1703 also Windows' own measure."""
    _RESTART = 5_000
    """Milliseconds after a failure, as the systemd unit has it."""
    _START = 120.0
    """Seconds without a sign of life after which a start is given up."""
    _DESCRIPTIONS = {
        "scheduler": "Runs workflows on schedule. Uninstall with: scheduler service uninstall",
        "worker": "Runs tasks of a scheduler on another machine. Uninstall with: scheduler worker uninstall",
    }
    _EVENTS = "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application"

    class WindowsService:
        """The service of one home. `grace`: seconds that the home's tasks may need to end when they are asked to."""

        def __init__(self, account: Account = LOCAL_SYSTEM, grace: float = 0.0) -> None:
            self._account = account
            self._preshutdown = int(max(_LEAST, grace + _MARGIN) * 1000)

        @functools.cached_property
        def _trusted(self) -> tuple[str, ...]:
            return tuple(dict.fromkeys((own_sid(), sid_of(self._account.name))))

        def definition(self, service: Service) -> str:
            lines = [
                f"Name: {service.name}",
                f"Display name: {_display_name(service)}",
                "Start: automatic",
                f"Account: {self._account.name}",
                f"Program: {_program(service)}",
                f"Command: {subprocess.list2cmdline(service.command)}",
                f"PATH: {self._path(service)[0]}",
                f"After a failure: restarted after {_RESTART // 1000} seconds",
                f"At a shutdown: {self._preshutdown // 1000} seconds to end (preshutdown)",
            ]
            return "\n".join(lines) + "\n"

        def install(self, service: Service) -> list[str]:
            try:
                win32service.OpenSCManager(None, None, win32service.SC_MANAGER_ALL_ACCESS)
            except pywintypes.error as error:
                raise _refused(error) from None
            python = _base_python()
            if "\\WindowsApps\\" in python:
                raise Refused(
                    f"{python} is Python from the Microsoft Store, which cannot run as a service; install Python from "
                    "python.org and recreate the environment with it."
                )
            if site.ENABLE_USER_SITE and Path(__file__).is_relative_to(site.getusersitepackages()):
                raise Refused(
                    "The scheduler is installed for this user alone (pip's --user), and a service would not find it; install it "
                    "into a virtual environment."
                )
            check_place(service, self._account.name, self._trusted)
            try:
                self._create(service)
            except pywintypes.error as error:
                raise _refused(error) from None
            try:
                register_source()
                if self._account.needs_right:
                    allow_as_service(self._account)
                win32service.StartService(_open(service.name), None)
                _wait_for_start(service.name)
            except (pywintypes.error, OSError, SchedulerError, KeyboardInterrupt) as error:
                self._remove(service.name)
                if isinstance(error, pywintypes.error):
                    raise _refused(error) from None
                raise
            left_out = self._path(service)[1]
            return [f"Left out of its PATH because others may write there: {', '.join(left_out)}"] if left_out else []

        def _path(self, service: Service) -> tuple[str, list[str]]:
            return leave_open_folders_out(service.path, self._trusted)

        def _create(self, service: Service) -> None:
            manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_ALL_ACCESS)
            handle = win32service.CreateService(
                manager,
                service.name,
                _display_name(service),
                win32service.SERVICE_ALL_ACCESS,
                win32service.SERVICE_WIN32_OWN_PROCESS,
                win32service.SERVICE_AUTO_START,
                win32service.SERVICE_ERROR_NORMAL,
                _program(service),
                None,
                0,
                None,
                self._account.account,
                self._account.password,
            )
            try:
                description = _DESCRIPTIONS[service.noun]
                win32service.ChangeServiceConfig2(handle, win32service.SERVICE_CONFIG_DESCRIPTION, description)
                actions = [(win32service.SC_ACTION_RESTART, _RESTART)]
                failure = {"ResetPeriod": 0, "RebootMsg": None, "Command": None, "Actions": actions}
                win32service.ChangeServiceConfig2(handle, win32service.SERVICE_CONFIG_FAILURE_ACTIONS, failure)
                preshutdown = win32service.SERVICE_CONFIG_PRESHUTDOWN_INFO
                win32service.ChangeServiceConfig2(handle, preshutdown, self._preshutdown)
                # Otherwise a host that reports the end of its scheduler is no failure, only one that died. Wine knows no such thing.
                with contextlib.suppress(pywintypes.error):
                    flag = win32service.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG
                    win32service.ChangeServiceConfig2(handle, flag, True)
                options = {"python": service.command[0], "home": str(service.home), "path": self._path(service)[0]}
                windows_host.write_options(service.name, {**options, "does": " ".join(service.words)})
            except (pywintypes.error, OSError):
                self._remove(service.name)
                raise

        def uninstall(self, service: Service) -> None:
            if not self.status(service).installed:
                raise NotFound(f"The {service.noun} of {service.home} is not installed as a service.")
            try:
                self._remove(service.name)
            except pywintypes.error as error:
                raise _refused(error) from None

        def _remove(self, name: str) -> None:
            """Stop it, and take it away with all that was registered for it."""
            handle = _open(name)
            with contextlib.suppress(pywintypes.error):  # it does not run
                win32service.ControlService(handle, win32service.SERVICE_CONTROL_STOP)
            _wait_while(handle, (win32service.SERVICE_STOP_PENDING,))
            win32service.DeleteService(handle)
            win32service.CloseServiceHandle(handle)
            _remove_events(name)

        def status(self, service: Service) -> State:
            try:
                code = win32service.QueryServiceStatus(_open(service.name, win32service.SERVICE_QUERY_STATUS))[1]
            except pywintypes.error:
                return State("windows-service", service.name, service.name, False)
            running = code == win32service.SERVICE_RUNNING
            return State("windows-service", service.name, service.name, True, True, running)

        @staticmethod
        def path(service: Service) -> str | None:
            """The PATH that it is installed with; None if it is not installed."""
            with contextlib.suppress(OSError):
                return windows_host.read_options(service.name).get("path")
            return None

        @staticmethod
        def account(service: Service) -> str | None:
            """What it runs as; None if it is not installed."""
            try:
                handle = _open(service.name, win32service.SERVICE_QUERY_CONFIG)
                return str(win32service.QueryServiceConfig(handle)[7])
            except pywintypes.error:
                return None

    def _display_name(service: Service) -> str:
        return f"Workflow Scheduler{', worker' if service.noun == 'worker' else ''} of {service.home}"

    def _base_python() -> str:
        return str(getattr(sys, "_base_executable", None) or sys.executable)

    def _program(service: Service) -> str:
        host = str(Path(windows_host.__file__).resolve())
        # In quotes also where there is no space: without them a service's path is read in several ways (CWE-428).
        words = [_base_python(), host, sysconfig.get_path("purelib"), service.name]
        program, *rest = (f'"{word}"' for word in words)
        return " ".join([program, "-I", *rest])

    def _open(name: str, access: int = win32service.SERVICE_ALL_ACCESS) -> int:
        # pywin32 closes both handles when they are no longer used.
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
        handle: int = win32service.OpenService(manager, name, access)
        return handle

    def _wait_while(handle: int, states: tuple[int, ...]) -> int:
        """Wait as long as the service is in one of these states and still reports progress; returns its state."""
        seen, deadline = None, 0.0
        while True:
            status = win32service.QueryServiceStatus(handle)
            if status[1] not in states:
                return int(status[1])
            if status[5] != seen:
                seen, deadline = status[5], time.monotonic() + _START
            elif time.monotonic() > deadline:
                raise Refused("The service does not respond; check Windows' event log, then end its process.")
            time.sleep(0.1)

    def _wait_for_start(name: str) -> None:
        """Refused, with what the scheduler said, if it does not come to run."""
        if _wait_while(_open(name), (win32service.SERVICE_START_PENDING,)) == win32service.SERVICE_RUNNING:
            return
        problem = windows_host.read_options(name).get("problem") or "see Windows' event log and scheduler.log"
        raise Refused(
            f"The service ended at once ({problem.removeprefix('Error: ').rstrip('.')}); it was removed again."
        )

    def _remove_events(name: str) -> None:
        """Our source, unless another service writes to it; and pywin32's, which has the name of a service that failed."""
        manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_ENUMERATE_SERVICE)
        services = (service[0] for service in win32service.EnumServicesStatus(manager))
        if not any(service.startswith(PREFIX) and service != name for service in services):
            remove_source()
        with contextlib.suppress(OSError):
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, f"{_EVENTS}\\{name}")

    def _refused(error: pywintypes.error) -> Refused:
        if error.winerror == winerror.ERROR_ACCESS_DENIED:
            return Refused(
                "Only an administrator can install a Windows service; open the terminal as administrator, or use --user."
            )
        return Refused(f"Windows refused the service ({error.strerror.strip()}).")
