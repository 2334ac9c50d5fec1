"""Programs and sockets of this machine."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from messages import HOSTILE, digest, single, trial

from workflow_scheduler.domain.channels import AppriseChannel, CommandChannel, EventLogChannel, SyslogChannel
from workflow_scheduler.notifiers import apprise, command, eventlog, syslog
from workflow_scheduler.notifiers.base import DeliveryFailed

RECORD = re.compile(r'<(\d+)>1 \S+ \S+ workflow-scheduler \d+ (\S+) \[scheduler@32473 key="(\w+)"\] (.*)', re.DOTALL)


def program(code: str, timeout: float = 30.0) -> CommandChannel:
    return CommandChannel((sys.executable, "-c", code), timeout)


def test_a_program_gets_the_message(tmp_path: Path) -> None:
    code = f"""
import json, os, pathlib, sys
found = {{'in': json.load(sys.stdin), 'env': {{k: v for k, v in os.environ.items() if k.startswith('NOTIFY_')}}}}
pathlib.Path({str(tmp_path / "got")!r}).write_text(json.dumps(found))
"""
    command.send(program(code), single())
    found = json.loads((tmp_path / "got").read_text())
    assert found["in"]["key"] == found["env"]["NOTIFY_KEY"] == "k1"
    assert found["env"]["NOTIFY_REASON"] == "task load: exit code 3 (expected 0)"
    assert found["env"]["NOTIFY_KINDS"] == "failed"


def test_no_program_gets_the_schedulers_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "canary")
    code = f"import os, pathlib; pathlib.Path({str(tmp_path / 'got')!r}).write_text(str(dict(os.environ)))"
    command.send(program(code), trial())
    assert "canary" not in (tmp_path / "got").read_text()


def test_a_program_that_fails_or_is_absent_is_tried_again() -> None:
    with pytest.raises(DeliveryFailed, match="exit code 7") as error:
        command.send(program("import sys; sys.stdin.read(); sys.exit(7)"), single())
    assert error.value.retry
    with pytest.raises(DeliveryFailed, match="cannot be started"):
        command.send(CommandChannel(("/no/such/program",)), single())


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # also between two looks of psutil's own
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX's")
def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path, until: Callable[..., object]) -> None:
    code = f"""
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(child.pid))
time.sleep(600)
"""
    with pytest.raises(DeliveryFailed, match="time limit"):
        command.send(program(code, timeout=3.0), single())
    pid = int((tmp_path / "pid").read_text())
    until(lambda: ended(pid))


@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_syslog_of_this_machine(tmp_path: Path, kind: int) -> None:
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(path)
        if kind == socket.SOCK_STREAM:
            server.listen()
        syslog.send(SyslogChannel(path), single(HOSTILE))
        if kind == socket.SOCK_STREAM:
            connection, _ = server.accept()
            with connection:
                found = connection.recv(10_000)
        else:
            found = server.recv(10_000)
    match = RECORD.fullmatch(found.decode().rstrip("\n"))
    assert match is not None, found
    assert (int(match[1]), match[2], match[3]) == (3 * 8 + 3, "failed", "k1")
    assert match[4].startswith("nightly failed: <b>")
    assert "\n" not in match[4]


def test_syslog_over_udp_and_tcp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        syslog.send(SyslogChannel(f"udp://127.0.0.1:{server.getsockname()[1]}"), digest())
        assert "19 × no route to db1" in server.recv(10_000).decode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        syslog.send(SyslogChannel(f"tcp://127.0.0.1:{server.getsockname()[1]}"), single())
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            size, _, rest = stream.read().partition(b" ")
    assert int(size) == len(rest)


@pytest.mark.parametrize("address", ["/no/such/socket", "tcp://127.0.0.1:1", "ftp://a", "tcp://"])
def test_no_syslog_there(address: str) -> None:
    with pytest.raises(DeliveryFailed, match="cannot be used"):
        syslog.send(SyslogChannel(address), single())


@pytest.mark.skipif(sys.platform == "win32", reason="there it has one")
def test_the_event_log_is_windows() -> None:
    with pytest.raises(DeliveryFailed, match="Only Windows") as error:
        eventlog.send(EventLogChannel(), single())
    assert not error.value.retry


def test_apprise_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DeliveryFailed, match=r"workflow-scheduler\[notify\]"):
        apprise.send(AppriseChannel(("json://localhost",)), single())
