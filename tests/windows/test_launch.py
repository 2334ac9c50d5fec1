"""What a keeper does on Windows, where the command around it does not show it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from patience import PATIENCE

from workflow_scheduler.processes.keeper_protocol import Channel, NotNow


@pytest.fixture
def attended(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Run Python code as a keeper runs a command, and return its exit record."""
    from workflow_scheduler.processes.launch_windows import Child
    from workflow_scheduler.processes.lease import Lease

    channel = Channel()
    order = {"key": "k", "folder": str(tmp_path), "cwd": str(tmp_path), "env": dict(os.environ), "cap": 1000}

    def attend(code: str, timeout: float | None = None) -> dict[str, Any]:
        given = {**order, "argv": [sys.executable, "-c", code], "timeout": timeout, "grace": 0.5}
        child = Child(given, Lease(given))
        record = child.attend(channel, lambda: None)
        child.close()
        return record

    yield attend
    os.close(channel.descriptor)


@pytest.mark.parametrize("refused", ["job", "resume"])
def test_a_command_that_windows_lets_not_run_is_ended_and_not_left_suspended(attended, monkeypatch, refused) -> None:
    from workflow_scheduler.processes import launch_windows

    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **options))
        return started[-1]

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "refused")

    monkeypatch.setattr(subprocess, "Popen", start)
    if refused == "job":
        monkeypatch.setattr(launch_windows.Job, "add", refuse)
    else:
        monkeypatch.setattr(launch_windows, "_ntdll", SimpleNamespace(NtResumeProcess=lambda _: -1073741790))
    with pytest.raises(NotNow, match="0xC0000022" if refused == "resume" else "refused"):
        attended("print(1)")
    (process,) = started
    assert process.poll() is not None


def test_commands_show_no_dialog(attended, tmp_path: Path) -> None:
    """SetErrorMode is inherited (Microsoft, SetErrorMode, Remarks)."""
    code = (
        "import os, sys; from workflow_scheduler.processes.launch_windows import prepare; "
        "from workflow_scheduler.processes.keeper_protocol import Channel; prepare(Channel()); "
        "import ctypes; print(ctypes.windll.kernel32.GetErrorMode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) & 0x8003 == 0x8003


def test_a_polite_stop_that_cannot_be_said_is_followed_by_force(attended) -> None:
    """Whether this process shares a console with the command depends on where the tests run."""
    record = attended("import time; time.sleep(600)", timeout=0.2)
    assert record["how"] == "timed_out"
    assert record["exit_code"] != 0


def test_what_a_command_left_in_the_background_is_on_record_and_goes_on(attended, tmp_path: Path) -> None:
    loop = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.05)"
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {loop!r}], stdin=-3, stdout=-3, stderr=-3)\n"
        "open('pid', 'w').write(str(child.pid))\nsys.exit(4)"
    )
    record = attended(code)
    assert record["exit_code"] == 4
    left = psutil.Process(int((tmp_path / "pid").read_text()))
    named = {process["pid"]: process["name"].lower() for process in record["background"]}
    assert named[left.pid] == left.name().lower()
    assert left.is_running()
    (tmp_path / "go").touch()
    left.wait(PATIENCE)
