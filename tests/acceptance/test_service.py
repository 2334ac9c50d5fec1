"""The unit that starts the scheduler with the machine: its text is what systemd reads, and its command really runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE

from workflow_scheduler.domain.errors import NotFound, Refused
from workflow_scheduler.service import systemctl
from workflow_scheduler.service.description import describe
from workflow_scheduler.service.state import installed_path, service_state

systemd = pytest.importorskip("workflow_scheduler.service.systemd", reason="systemd", exc_type=ImportError)
watchman_timer = pytest.importorskip("workflow_scheduler.service.watchman_timer", exc_type=ImportError)
Systemd, WatchmanTimer = systemd.Systemd, watchman_timer.WatchmanTimer

HARD = 'it\'s 100% $HOME "q" \\ é пробел'


def words_of(line: str) -> list[str]:
    """As systemd.syntax(7) reads a quoted command line; specifiers and variables are doubled to be themselves."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%").replace("$$", "$") for word in found]


def lines_of(unit: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)


def test_the_units_command_runs_the_scheduler_of_that_home(scheduler, until) -> None:
    home = scheduler.home / HARD
    home.mkdir()
    command = ("service", "install", "--user", "--no-watchman", "--print", "--home", str(home))
    unit = lines_of(scheduler.json(*command)["definition"])
    assert unit["KillMode"] == "process"
    assert unit["WorkingDirectory"].replace("%%", "%") == str(home)
    assert words_of(unit["Environment"]) == [f"PATH={os.environ['PATH']}"]
    command = words_of(unit["ExecStart"])
    process = subprocess.Popen(command, env=scheduler.env, stdout=subprocess.DEVNULL)
    try:
        until(lambda: scheduler.json("status", "--home", str(home))["pid"] == process.pid)
        assert scheduler.json("service", "status", "--user", "--home", str(home))["running"] is True
    finally:
        scheduler("stop", "--home", str(home))
    assert process.wait(PATIENCE) == 0


@pytest.mark.needs("systemd")
@pytest.mark.parametrize("system", [True, False])
def test_systemd_reads_the_unit(tmp_path, system: bool) -> None:
    home = tmp_path / HARD
    home.mkdir()
    service = describe(home)
    file = tmp_path / f"{service.name}.service"
    file.write_text(Systemd(system, 600.0).definition(service), encoding="utf-8")
    assert "\nTimeoutStopSec=660\n" in file.read_text(encoding="utf-8")
    assert "\nTimeoutStopSec=90\n" in Systemd(system).definition(service)
    command = ["systemd-analyze", *([] if system else ["--user"]), "verify", str(file)]
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if service.name in line]) == (0, [])


@pytest.mark.needs("systemd")
@pytest.mark.parametrize("system", [True, False])
def test_systemd_reads_the_watchmans_timer(machine, tmp_path, monkeypatch, system: bool) -> None:
    home = tmp_path / HARD
    home.mkdir()
    monkeypatch.setattr(watchman_timer, "unit_file", lambda name, _, kind: tmp_path / f"{name}.{kind}")
    service, watchman = describe(home), WatchmanTimer(system)
    watchman.install(service)
    unit, timer = sorted(tmp_path.glob("*-watchman.*"))
    assert (unit.suffix, timer.suffix, unit.stem) == (".service", ".timer", timer.stem)
    assert f"\n{lines_of(timer.read_text())['OnUnitActiveSec']}" == "\n5min"
    command = words_of(lines_of(unit.read_text(encoding="utf-8"))["ExecStart"])
    assert command == [*service.command[:-1], "watchman"]
    command = ["systemd-analyze", *([] if system else ["--user"]), "verify", str(timer)]
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if service.name in line]) == (0, [])


def test_the_watchman_comes_and_goes_with_the_service(machine, tmp_path) -> None:
    service, watchman = describe(tmp_path), WatchmanTimer(False)
    Systemd(False).install(service)
    assert not service_state(tmp_path)["watchman"]
    machine.called()
    watchman.install(service)
    name = f"{service.name}-watchman"
    assert machine.called() == ["systemctl --user daemon-reload", f"systemctl --user enable --now {name}.timer"]
    assert service_state(tmp_path)["watchman"]
    machine.called()
    watchman.uninstall(service)
    assert machine.called() == [f"systemctl --user disable --now {name}.timer", "systemctl --user daemon-reload"]
    assert [place.name for place in machine.units.iterdir()] == [f"{service.name}.service"]
    watchman.uninstall(service)
    machine.fails.write_text("enable")
    with pytest.raises(Refused, match="no bus"):
        watchman.install(service)
    assert [place.name for place in machine.units.iterdir()] == [f"{service.name}.service"]


def test_each_home_has_a_name_of_its_own(tmp_path) -> None:
    one, two = describe(tmp_path / "a" / "My Home"), describe(tmp_path / "b" / "My Home")
    assert one.name != two.name
    assert re.fullmatch(r"workflow-scheduler-my-home-[0-9a-f]{6}", one.name)


class Machine:
    """A machine that runs systemd, as far as the commands go: `systemctl` and `loginctl` write down how they are called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = folder / "calls"
        self.fails = folder / "fails"
        (folder / "bin").mkdir()
        for name in ("systemctl", "loginctl"):
            script = folder / "bin" / name
            script.write_text(
                f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n'
                f'case "$*" in *"$(cat {self.fails} 2>/dev/null || echo nothing)"*) echo no bus >&2; exit 1;; esac\n'
            )
            script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        monkeypatch.setattr(systemctl, "_BOOTED", folder)
        self.units = folder / "config/systemd/user"

    def called(self) -> list[str]:
        lines = self.calls.read_text().splitlines()
        self.calls.unlink()
        return lines


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_install_status_uninstall(machine, tmp_path) -> None:
    service, installer = describe(tmp_path), Systemd(False)
    name = f"{service.name}.service"
    assert not installer.status(service).installed
    assert installer.install(service) == []
    assert (machine.units / name).read_text() == installer.definition(service)
    *called, linger = machine.called()
    assert called == ["systemctl --user daemon-reload", f"systemctl --user enable --now {name}"]
    assert linger.startswith("loginctl enable-linger ")
    state = installer.status(service)
    assert (state.installed, state.enabled, state.active) == (True, True, True)
    machine.called()
    installer.uninstall(service)
    assert machine.called() == [f"systemctl --user disable --now {name}", "systemctl --user daemon-reload"]
    assert not (machine.units / name).exists()
    with pytest.raises(NotFound, match="not installed"):
        installer.uninstall(service)


def test_the_one_that_is_installed_is_shown_whosever_it_is(machine, tmp_path) -> None:
    service = describe(tmp_path)
    assert not service_state(tmp_path)["installed"]
    Systemd(False).install(service)
    found = service_state(tmp_path)
    assert (found["installed"], found["kind"], found["running"]) == (True, "systemd-user", False)
    assert service_state(tmp_path, system=True)["kind"] == "systemd-system"


def test_the_path_of_the_installed_unit_is_the_one_that_was_written(machine, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/{HARD}")
    assert installed_path(tmp_path) is None
    Systemd(False).install(describe(tmp_path))
    assert installed_path(tmp_path) == os.environ["PATH"]
    assert installed_path(tmp_path / "another") is None
    assert installed_path(tmp_path / "no\nservice") is None


def test_what_systemd_refuses_leaves_nothing(machine, tmp_path) -> None:
    machine.fails.write_text("enable")
    with pytest.raises(Refused, match="no bus"):
        Systemd(False).install(describe(tmp_path))
    assert list(machine.units.iterdir()) == []


def test_without_the_right_to_linger_it_says_what_is_missing(machine, tmp_path) -> None:
    machine.fails.write_text("enable-linger")
    (note,) = Systemd(False).install(describe(tmp_path))
    assert "sudo loginctl enable-linger" in note


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="this machine runs systemd")
def test_a_machine_without_systemd_is_told_so(scheduler) -> None:
    assert "does not run systemd" in scheduler("service", "install", "--user", code=4).stderr
    state = scheduler.json("service", "status", "--user")
    assert (state["installed"], state["running"]) == (False, False)
    assert "not installed" in scheduler("service", "uninstall", "--user", code=3).stderr
    scheduler("start")
    assert "Stop it first" in scheduler("service", "install", "--user", code=4).stderr
