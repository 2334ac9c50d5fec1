"""Commands that ask for Python where there is none of that name, or only the Store's stand-in."""

from __future__ import annotations

import ntpath
import os
import sys

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.processes import command_line, pythons
from workflow_scheduler.processes.command_line import Surroundings, resolve
from workflow_scheduler.processes.pythons import for_this_python

APPS = "C:\\Users\\me\\AppData\\Local\\Microsoft\\WindowsApps"
THIS = f"-{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.mark.parametrize("option", ["-3", "-3.11", "-3-64", "-3.11-32", "-V:3.11", "-V:3"])
def test_the_launchers_option_is_not_for_python(option: str) -> None:
    assert for_this_python("PY.exe", [option, "-u", "x.py", "-3"], (3, 11)) == ["-u", "x.py", "-3"]
    assert for_this_python("python", [option], (3, 11)) == [option]


@pytest.mark.parametrize("option", ["-2", "-2.7", "-3.12", "-3.1", "-V:PyPy/3", "-0", "-0p", "--list"])
def test_another_python_than_this_is_refused(option: str) -> None:
    with pytest.raises(InvalidInput, match="launcher"):
        for_this_python("py", [option, "x.py"], (3, 11))


@pytest.mark.parametrize("args", [[], ["x.py", "-3"], ["-u", "x.py"], ["-V"], ["-c", "print(1)"], ["-m", "pip"]])
def test_what_is_for_python_stays(args: list[str]) -> None:
    assert for_this_python("py", args, (3, 11)) == args


@pytest.mark.parametrize("platform", ["posix", "windows"])
def test_the_launcher_is_not_there(platform: str, monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: False)
    around = Surroundings(platform, {"PATH": "/nowhere"}, "/w", "/this/python")
    assert resolve("py", [THIS, "x.py"], shell=False, around=around).argv == ["/this/python", "x.py"]


@pytest.mark.parametrize("command", ["python", "python3.exe", "py", f"{APPS}\\python.exe"])
@pytest.mark.parametrize("real", [True, False])
def test_the_stores_alias_is_passed_over_and_that_is_said(command: str, real: bool, monkeypatch) -> None:
    folders = {APPS, "C:\\Python" if real and "\\" not in command else APPS}
    monkeypatch.setattr(
        os.path, "isfile", lambda path: path.lower().endswith(".exe") and ntpath.dirname(path) in folders
    )
    monkeypatch.setattr(command_line, "is_store_alias", lambda path: ntpath.dirname(path) == APPS)
    around = Surroundings("windows", {"PATH": f"{APPS};C:\\Python"}, "C:\\w", "C:\\own.exe")
    found = resolve(command, ["x.py"], shell=False, around=around)
    name = ntpath.splitext(ntpath.basename(command))[0]
    expected = f"C:\\Python\\{name}.exe" if real and "\\" not in command else "C:\\own.exe"
    assert found.argv == [expected, "x.py"]
    assert "Microsoft Store" in found.note
    assert f"; {expected} runs instead" in found.note


@pytest.mark.parametrize(
    ("size", "tag", "data", "alias"),
    [
        (0, 0, "", True),
        (0, 0x8000001B, "C:\\…\\AppInstallerPythonRedirector.exe", True),
        (0, 0x8000001B, "C:\\Program Files\\WindowsApps\\…\\python3.11.exe", False),
        (0, 0xA000000C, "", False),
        (98_304, 0, "", False),
    ],
)
def test_which_file_is_the_stores_alias(monkeypatch, size: int, tag: int, data: str, alias: bool) -> None:
    status = type("Status", (), {"st_size": size, "st_reparse_tag": tag})
    monkeypatch.setattr(os, "lstat", lambda path: status)
    monkeypatch.setattr(pythons, "_reparse_data", lambda path: data.encode("utf-16-le"))
    assert pythons.is_store_alias("python.exe") is alias
