"""Windows: the process that the service control manager starts. Runs the scheduler, or a worker, beside itself, and
ends with it.

Started by its path, with the Python that the environment was made of: that one has its DLLs beside itself, where a service
finds them, whatever PATH the machine has. pywin32's own host lacks them in an environment (mhammond/pywin32#1450), and the
environment's python.exe is a launcher, of which the service control manager would know the wrong process.

    python.exe -I windows_host.py SITE-PACKAGES SERVICE
"""

from __future__ import annotations

import contextlib
import os
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

if sys.platform == "win32":
    import winreg

    PARAMETERS = "SYSTEM\\CurrentControlSet\\Services\\{}\\Parameters"
    """Where in HKEY_LOCAL_MACHINE a service has its own values: python, home, path and what it does; `problem` is how the last
    start ended."""
    STOPS = {"serve": "stop", "worker start": "worker stop"}
    """What a service may do, and what ends that."""
    _BEAT = 2.0
    """Seconds between two reports that it still starts, or stops."""
    _HINT = 15_000
    """Milliseconds in which the next report is promised."""
    _PATIENCE = 60.0
    """Seconds that a scheduler has which `stop` could not end."""
    _FAILED = 1

    def stop_command(scheduler: list[str], does: str, shutdown: bool) -> list[str]:
        """How what the service does is asked to end; `shutdown`: because the machine shuts down."""
        return [*scheduler, *STOPS[does].split(), *(["--shutdown"] if shutdown else [])]

    class Child:
        """The scheduler, as a process. `ready` is set once it plans and runs; `said` is its last word of an error. `ended` is
        called when it has."""

        def __init__(self, python: str, home: str, path: str, does: str, ended: Callable[[], None]) -> None:
            self._does = does
            self._command = [python, "-m", "workflow_scheduler", "--home", home]
            self._options: dict[str, Any] = {
                "cwd": home,
                "env": {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
                "stdin": subprocess.DEVNULL,
                "creationflags": subprocess.CREATE_NO_WINDOW,
            }
            texts: dict[str, Any] = {"text": True, "encoding": "utf-8", "errors": "replace"}
            texts |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            self.process: subprocess.Popen[str] = subprocess.Popen(
                [*self._command, *does.split(), "--json"], **texts, **self._options
            )
            self.ready = threading.Event()
            self.said = ""
            self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_out, self._read_errors)]
            for thread in (*self._readers, threading.Thread(target=self._await, args=(ended,), daemon=True)):
                thread.start()

        def _await(self, ended: Callable[[], None]) -> None:
            self.process.wait()
            ended()

        def _read_out(self) -> None:
            while self.process.stdout is not None and self.process.stdout.readline(10_000):
                self.ready.set()  # it says where it is, and nothing else

        def _read_errors(self) -> None:
            while self.process.stderr is not None and (line := self.process.stderr.readline(10_000)):
                self.said = line.strip() or self.said

        def lives(self) -> bool:
            return self.process.poll() is None

        def ask_to_stop(self, shutdown: bool) -> subprocess.Popen[bytes]:
            command, nowhere = stop_command(self._command, self._does, shutdown), subprocess.DEVNULL
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdout=nowhere, stderr=nowhere, **self._options
            )
            return process

        def end(self) -> tuple[int, str]:
            """Its exit code and its last word."""
            code = self.process.wait()
            for reader in self._readers:
                reader.join(5)
            return code, self.said

    def host(name: str) -> None:
        """Be the service until it is stopped."""
        import servicemanager  # noqa: PLC0415  where they are is known only now
        import win32api  # noqa: PLC0415
        import win32service  # noqa: PLC0415
        import win32serviceutil  # noqa: PLC0415

        class SchedulerService(win32serviceutil.ServiceFramework):  # type: ignore[misc]
            _svc_name_ = name
            checkPoint = 0  # noqa: N815  pywin32's name

            def __init__(self, args: list[str]) -> None:
                super().__init__(args)
                self._wake = threading.Event()
                self._asked = self._shutdown = False
                self._state = win32service.SERVICE_START_PENDING
                # That a user signs out is told to all consoles of services, and ends those that do not listen.
                win32api.SetConsoleCtrlHandler(lambda event: True, True)

            def GetAcceptedControls(self) -> int:  # noqa: N802  pywin32's name
                wanted = win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_SHUTDOWN
                return int(wanted | win32service.SERVICE_ACCEPT_PRESHUTDOWN)

            def ServiceCtrlHandlerEx(self, control: int, event_type: int, data: object) -> None:  # noqa: N802
                early, late = win32service.SERVICE_CONTROL_PRESHUTDOWN, win32service.SERVICE_CONTROL_SHUTDOWN
                if control in (win32service.SERVICE_CONTROL_STOP, early, late):
                    self._shutdown = self._shutdown or control != win32service.SERVICE_CONTROL_STOP
                    self._asked = True
                    self._report(win32service.SERVICE_STOP_PENDING)
                    self._wake.set()
                elif control == win32service.SERVICE_CONTROL_INTERROGATE:
                    self._report(self._state)

            def _report(self, state: int) -> None:
                """pywin32's default does not allow stopping a service that is starting."""
                self._state, settled = state, state == win32service.SERVICE_RUNNING
                self.checkPoint = 0 if settled else self.checkPoint + 1
                facts = (self.GetAcceptedControls(), 0, 0, self.checkPoint, 0 if settled else _HINT)
                status = (win32service.SERVICE_WIN32_OWN_PROCESS, state, *facts)
                win32service.SetServiceStatus(self.ssh, status)

            def SvcRun(self) -> None:  # noqa: N802  pywin32's name
                options = read_options(name)
                _write_problem(name, "")
                does = options.get("does", "serve")
                child = Child(options["python"], options["home"], options["path"], does, self._wake.set)
                while child.lives() and not self._asked:
                    self._report(win32service.SERVICE_START_PENDING)
                    if child.ready.wait(_BEAT):
                        self._report(win32service.SERVICE_RUNNING)
                        self._wake.wait()
                if self._asked:
                    self._stop(child)
                code, said = child.end()
                if code != 0 and not self._asked:
                    _write_problem(name, said or f"exit code {code}")
                    # pywin32 writes it into the event log and reports a failure, upon which Windows starts the service again.
                    raise RuntimeError(f"{name}: the scheduler ended with exit code {code}. {said}")
                self._report(win32service.SERVICE_STOP_PENDING)

            def _stop(self, child: Child) -> None:
                """Running scripts continue, as with every stop."""
                asking = child.ask_to_stop(self._shutdown)
                given_up = None
                while child.lives():
                    self._report(win32service.SERVICE_STOP_PENDING)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.process.wait(_BEAT)
                    if asking.poll() in (None, 0):
                        continue
                    given_up = given_up or time.monotonic() + _PATIENCE
                    if time.monotonic() > given_up:
                        child.process.kill()  # the next start picks up what it was doing
                    else:  # such as of a scheduler that was not there yet
                        asking = child.ask_to_stop(self._shutdown)

        servicemanager.Initialize(name, None)
        servicemanager.PrepareToHostSingle(SchedulerService)
        servicemanager.StartServiceCtrlDispatcher()

    def read_options(name: str) -> dict[str, str]:
        """What the service was installed with. OSError if it is not installed."""
        found = {}
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, PARAMETERS.format(name)) as key:
            for number in range(winreg.QueryInfoKey(key)[1]):
                option, value, _ = winreg.EnumValue(key, number)
                found[option] = str(value)
        return found

    def write_options(name: str, options: dict[str, str]) -> None:
        with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, PARAMETERS.format(name)) as key:
            for option, value in options.items():
                winreg.SetValueEx(key, option, 0, winreg.REG_SZ, value)

    def _write_problem(name: str, words: str) -> None:
        """For `service install`, which waits for the start. Not every account may write it."""
        with contextlib.suppress(OSError):
            write_options(name, {"problem": words})

    if __name__ == "__main__":
        site.addsitedir(sys.argv[1])  # pywin32, and what its .pth file adds
        host(sys.argv[2])
