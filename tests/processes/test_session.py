"""The session that started the scheduler does not reach scripts."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from executing import Executing

from tests.processes.test_hostile_files import spec_of
from workflow_scheduler.executors import environment
from workflow_scheduler.executors.session import differences, fingerprints, without_session

LEAKS = {
    "TMOUT": "1",
    "BASH_ENV": "/x",
    "ENV": "/x",
    "SHELLOPTS": "errexit",
    "PS1": "$",
    "LC_ALL": "tr_TR.UTF-8",
    "LC_NUMERIC": "de_DE",
    "PYTHONPATH": "/x",
    "PYTHONSTARTUP": "/x",
    "VIRTUAL_ENV": "/venv",
    "CONDA_PREFIX": "/x",
    "SSH_AUTH_SOCK": "/x",
    "SUDO_USER": "x",
    "BASH_FUNC_ls%%": "() { rm; }",
    "GIT_DIR": "/x",
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_belongs_to_a_session_is_left_out(name: str) -> None:
    kept = without_session({**LEAKS, "HOME": "/root", "MYTOOL_HOME": "/opt/mytool", "TERM": "dumb"})
    assert name not in kept
    assert kept["MYTOOL_HOME"] == "/opt/mytool"
    assert kept["HOME"] == "/root"


def test_the_programs_of_a_virtual_environment_are_left_out() -> None:
    path = os.pathsep.join(["/venv/bin", "/usr/bin", "/venv/binary"])
    assert without_session({"VIRTUAL_ENV": "/venv", "PATH": path})["PATH"] == os.pathsep.join(
        ["/usr/bin", "/venv/binary"]
    )


def test_a_fingerprint_tells_that_two_differ_and_not_what_they_are() -> None:
    one = fingerprints({"A": "1", "B": "secret", "C": "x"}, "key")
    other = fingerprints({"A": "1", "B": "other", "D": "x"}, "key")
    assert "secret" not in str(one)
    assert differences(one, other) == (["C"], ["D"], ["B"])
    assert fingerprints({"A": "1"}, "another")["A"] != one["A"]


@pytest.mark.skipif(sys.platform == "win32", reason="sh and rights of POSIX")
def test_a_command_finds_none_of_it(tmp_path: Path, monkeypatch) -> None:
    for name, value in LEAKS.items():
        monkeypatch.setenv(name, value)
    environment.machine_environment.cache_clear()
    old = os.umask(0o077)
    executing = Executing(tmp_path)
    try:
        executing.executor.launch(spec_of('env -0 > found; touch made; printf %s "$PYTHONUNBUFFERED"', 1))
        executing.outcome()
        executing.executor.launch(spec_of('printf %s "[$PYTHONUNBUFFERED]"', 2, env={"PYTHONUNBUFFERED": ""}))
        executing.outcome()
    finally:
        os.umask(old)
        executing.executor.close()
        environment.machine_environment.cache_clear()
    found = {line.partition("=")[0] for line in (tmp_path / "found").read_text().split("\0")}
    assert found & set(LEAKS) == set()
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o644
    outputs = [(tmp_path / "attempts" / "r" / f"t.{number}" / "stdout.log").read_text() for number in (1, 2)]
    assert outputs == ["1", "[]"]
