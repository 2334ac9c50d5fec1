"""The scheduler as a Windows service, and as a task at sign-in."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import machine
import pytest

from workflow_scheduler.service.description import PREFIX, describe
from workflow_scheduler.service.windows_place import find_open_folders

pywintypes = pytest.importorskip("pywintypes", reason="Windows")
win32service = pytest.importorskip("win32service", reason="Windows")
win32security = pytest.importorskip("win32security", reason="Windows")
winreg = pytest.importorskip("winreg", reason="Windows")
windows_account = pytest.importorskip("workflow_scheduler.service.windows_account")


def test_the_task_at_sign_in_is_xml_with_the_homes_command(scheduler) -> None:
    text = scheduler.json("service", "install", "--user", "--no-watchman", "--print")["definition"]
    task = ElementTree.fromstring(text.partition("?>")[2])
    texts = {element.tag.rpartition("}")[2]: element.text for element in task.iter()}
    assert str(scheduler.home) in texts["Arguments"]
    assert texts["WorkingDirectory"] == str(scheduler.home)
    assert texts["ExecutionTimeLimit"] == "PT0S"


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """A virtual environment with the project installed, as `python scheduler.py` makes one; its python.exe."""
    folder = tmp_path_factory.mktemp("project") / ".venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    parts, sources = sysconfig.get_path("purelib"), str(Path(__file__).parents[2] / "src")
    lines = [f"import site; site.addsitedir({place!r})" for place in (sources, parts)]
    (folder / "Lib" / "site-packages" / "project.pth").write_text("\n".join(lines), encoding="utf-8")
    return folder / "Scripts" / "python.exe"


@pytest.fixture
def installed(scheduler, environment) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """The command of that environment, which needs nothing of this terminal; what it installs is taken away."""
    inside = {name: value for name, value in scheduler.env.items() if not name.upper().startswith("PYTHON")}

    def run(*words: str, text: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        command = [str(environment), "-m", "workflow_scheduler", *words]
        return subprocess.run(
            command,
            env=inside | env,
            input=text,
            cwd=scheduler.home,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    yield run
    run("service", "uninstall", "--system")


def may_install(home: Path) -> bool:
    """An administrator, and not where others may change Python, as on some machines that only run tests."""
    trusted = (windows_account.own_sid(), windows_account.sid_of("LocalSystem"))
    return bool(ctypes.windll.shell32.IsUserAnAdmin()) and not find_open_folders(describe(home), trusted)


def let(who: str, folder: Path) -> None:
    """Let others change a folder."""
    rules = f"D:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)(A;OICI;0x1301bf;;;{who})"
    descriptor = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(rules, 1)
    kind, what = win32security.SE_FILE_OBJECT, win32security.DACL_SECURITY_INFORMATION
    dacl = descriptor.GetSecurityDescriptorDacl()
    win32security.SetNamedSecurityInfo(str(folder), kind, what, None, None, dacl, None)


def files_of(environment: Path) -> set[str]:
    folders = [environment.parents[1], Path(sys.base_prefix)]
    return {
        str(path) for folder in folders for path in folder.rglob("*") if path.suffix in (".exe", ".dll", ".pyd", ".py")
    }


SERVICES = "SYSTEM\\CurrentControlSet\\Services"
SOURCE = "EventLog\\Application\\Workflow Scheduler"


def registry_of(service: str) -> dict[str, set[str]]:
    """What is registered for a service, and for the source of events."""
    found = {}
    for name in (service, SOURCE, f"EventLog\\Application\\{service}"):
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, f"{SERVICES}\\{name}") as key,
        ):
            found[name] = {winreg.EnumValue(key, number)[0] for number in range(winreg.QueryInfoKey(key)[1])}
    return found


def findings(installed) -> list[dict[str, str]]:
    return json.loads(installed("doctor", "--json").stdout)


def services() -> list[str]:
    manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_ENUMERATE_SERVICE)
    return [service[0] for service in win32service.EnumServicesStatus(manager) if service[0].startswith(PREFIX)]


def name_of(installed) -> str:
    return json.loads(installed("service", "status", "--system", "--json").stdout)["name"]


def state_of(service: str) -> int:
    return query(service)[1]


def query(service: str) -> tuple[int, ...]:
    manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
    return win32service.QueryServiceStatus(
        win32service.OpenService(manager, service, win32service.SERVICE_QUERY_STATUS)
    )


def control(service: str, code: int) -> None:
    manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
    handle = win32service.OpenService(manager, service, win32service.SERVICE_ALL_ACCESS)
    win32service.ControlService(handle, code)


def test_the_service_starts_from_an_environment_and_ends_with_its_scheduler(
    scheduler, environment, installed, until
) -> None:
    if not may_install(scheduler.home):
        return
    before = files_of(environment)
    done = installed("service", "install", "--system", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert (answer["installed"], answer["active"]) == (True, True)
    name = answer["name"]
    assert registry_of(name)[SOURCE] == {"EventMessageFile", "TypesSupported", "CustomSource"}
    assert state_of(name) == win32service.SERVICE_RUNNING
    status = json.loads(installed("status", "--json").stdout)
    assert status["running"] is True
    control(name, win32service.SERVICE_CONTROL_STOP)
    until(lambda: state_of(name) == win32service.SERVICE_STOPPED)
    log = (scheduler.home / "scheduler.log").read_text(encoding="utf-8")
    assert f"scheduler stopped: pid {status['pid']}" in log
    assert installed("service", "uninstall", "--system").returncode == 0
    with pytest.raises(pywintypes.error):
        state_of(name)
    assert files_of(environment) == before
    others = services()  # of a test beside this one; they have the source, too
    left = registry_of(name)
    assert left.keys() <= ({SOURCE} if others else set())


def test_the_service_hears_of_shutdowns_and_counts_up_until_its_scheduler_has_ended(
    scheduler, installed, until
) -> None:
    if not may_install(scheduler.home):
        return
    assert installed("service", "install", "--system").returncode == 0
    name = name_of(installed)
    accepted = query(name)[2]
    assert accepted & win32service.SERVICE_ACCEPT_PRESHUTDOWN
    assert accepted & win32service.SERVICE_ACCEPT_SHUTDOWN
    seen: list[int] = []

    def ended() -> bool:
        status = query(name)
        if status[1] == win32service.SERVICE_STOP_PENDING:
            seen.append(status[5])
        return status[1] == win32service.SERVICE_STOPPED

    control(name, win32service.SERVICE_CONTROL_STOP)  # only Windows itself can say that it shuts down
    until(ended)
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]
    assert "scheduler stopped" in (scheduler.home / "scheduler.log").read_text(encoding="utf-8")


def test_a_service_whose_scheduler_ends_at_once_is_taken_away_again_and_says_why(scheduler, installed) -> None:
    if not may_install(scheduler.home):
        return
    (scheduler.home / ".env").write_text("HOST=0.0.0.0\nWEB=1\n", encoding="utf-8")
    said = installed("service", "install", "--system").stderr
    assert "HOST is '0.0.0.0'" in said
    assert "it was removed again" in said
    assert json.loads(installed("service", "status", "--system", "--json").stdout)["installed"] is False


def test_the_doctor_says_that_others_may_change_what_a_service_runs(scheduler, installed) -> None:
    if not may_install(scheduler.home):
        return
    assert installed("service", "install", "--system").returncode == 0
    assert not [finding for finding in findings(installed) if finding["about"] == "service"]
    let("WD", scheduler.home)
    found = next(finding for finding in findings(installed) if finding["about"] == "service")
    assert found["state"] == "problem"
    assert "is writable by Everyone" in found["words"]
    assert "LocalSystem" in found["words"]
    assert found["advice"].startswith(f'icacls "{scheduler.home}" /inheritance:r')


def test_an_account_is_registered_with_the_right_to_log_on(installed) -> None:
    if not machine.is_wine():  # Windows asks for its password; Wine does not, and starts all as one user
        return
    user = os.environ["USERNAME"]
    words = ("service", "install", "--system", "--account", user, "--password-stdin")
    shown = json.loads(installed(*words, "--print", "--json").stdout)
    assert f"Account: .\\{user}\n" in shown["definition"]
    done = installed(*words, text="a secret\n")
    assert done.returncode == 0, done.stderr
    manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
    handle = win32service.OpenService(manager, shown["name"], win32service.SERVICE_QUERY_CONFIG)
    assert win32service.QueryServiceConfig(handle)[7] == f".\\{user}"


def test_commands_are_found_on_the_path_of_who_installed_it_but_not_where_others_put_them(
    scheduler, installed, tmp_path
) -> None:
    if not may_install(scheduler.home):
        return
    own, open_ = tmp_path / "own tools", tmp_path / "open"
    for folder in (own, open_):
        folder.mkdir()
        (folder / f"greet-{folder.name[:4]}.bat").write_text("@echo off\necho hello\n", encoding="ascii")
    let("WD", open_)
    system = str(Path(os.environ["SYSTEMROOT"]) / "System32")
    path = os.pathsep.join([str(own), str(open_), "relative", system])
    done = installed("service", "install", "--system", "--json", PATH=path)
    assert done.returncode == 0, done.stderr
    assert str(open_) in json.loads(done.stdout)["notes"][0]
    assert str(own) not in json.loads(done.stdout)["notes"][0]
    for workflow, command in (("mine", "greet-own .bat"), ("theirs", "greet-open.bat")):
        assert installed("workflow", "create", workflow).returncode == 0
        assert installed("task", "add", workflow, "--command", command, PATH=path).returncode == 0
    assert installed("run", "mine").returncode == 0
    assert installed("run", "theirs").returncode == 1


def test_an_account_that_windows_does_not_know_is_refused(installed) -> None:
    done = installed("service", "install", "--system", "--account", ".\\nobody-here$")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Windows does not know the account" in done.stderr


def test_what_is_registered_as_a_service_is_shown(scheduler, environment, installed) -> None:
    done = installed("service", "install", "--system", "--no-watchman", "--print", "--json")
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ", 1) for line in json.loads(done.stdout)["definition"].splitlines())
    assert lines["Account"] == "LocalSystem"
    assert lines["Start"] == "automatic"
    assert lines["Command"] == subprocess.list2cmdline(
        [str(environment), "-m", "workflow_scheduler", "--home", str(scheduler.home), "serve"]
    )
    if not may_install(scheduler.home):
        return
    assert installed("service", "install", "--system").returncode == 0
    manager = win32service.OpenSCManager(None, None, win32service.SC_MANAGER_CONNECT)
    handle = win32service.OpenService(manager, lines["Name"], win32service.SERVICE_ALL_ACCESS)
    registered = win32service.QueryServiceConfig(handle)
    assert registered[1] == win32service.SERVICE_AUTO_START
    assert registered[3] == lines["Program"]
    assert registered[7] == lines["Account"]
    assert registered[8] == lines["Display name"]
    milliseconds = win32service.QueryServiceConfig2(handle, win32service.SERVICE_CONFIG_PRESHUTDOWN_INFO)
    assert lines["At a shutdown"].startswith(f"{milliseconds // 1000} seconds")


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


@pytest.mark.real_windows("Wine's service control manager starts no service again after a failure")
def test_a_service_of_the_machine(scheduler, until) -> None:
    if not ctypes.windll.shell32.IsUserAnAdmin():
        assert "administrator" in scheduler("service", "install", "--system", code=4).stderr
        return
    if not may_install(scheduler.home):
        assert "icacls" in scheduler("service", "install", "--system", code=4).stderr
        return
    scheduler("service", "install", "--system")
    try:
        until(lambda: scheduler.json("service", "status", "--system")["running"])
        assert scheduler.json("service", "status", "--system")["active"] is True
        pid = scheduler.json("status")["pid"]
        # A failure, after which Windows starts it again. The process is the system's: os.kill may not end it.
        subprocess.run(["taskkill", "/F", "/PID", str(pid)], check=True, capture_output=True)
        until(lambda: scheduler.json("status").get("pid") not in (None, pid))
    finally:
        scheduler("service", "uninstall", "--system")
    assert scheduler.json("service", "status", "--system")["installed"] is False
