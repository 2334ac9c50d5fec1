"""Which program runs a script: by its `#!` line, its `#requires`, the settings, and what is installed."""

from __future__ import annotations

import ntpath
import os
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.processes import interpreters, shebang
from workflow_scheduler.processes.command_line import resolve
from workflow_scheduler.processes.interpreters import check_interpreters
from workflow_scheduler.processes.shebang import asked_python
from workflow_scheduler.processes.surroundings import Interpreters, Surroundings, spelled_alike

THIS = (3, 11)
ENV = {"PATH": "C:\\bin", "SYSTEMROOT": "C:\\Windows", "PROGRAMFILES": "C:\\Program Files"}
SYSTEM = "C:\\Windows\\System32\\"
WINDOWS_POWERSHELL = f"{SYSTEM}WindowsPowerShell\\v1.0\\powershell.exe"
POWERSHELL_7 = "C:\\Program Files\\PowerShell\\7\\pwsh.exe"
GIT_BASH = "C:\\Program Files\\Git\\bin\\bash.exe"


def windows(env: dict[str, str] | None = None, **chosen: str) -> Surroundings:
    return Surroundings("windows", env or ENV, "C:\\w", "C:\\own.exe", Interpreters(**chosen))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files that there are."""
    files: set[str] = set()

    def is_file(path: str) -> bool:
        return ntpath.normpath(path).lower() in {name.lower() for name in files}

    monkeypatch.setattr(os.path, "isfile", is_file)
    return files


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, installed: set[str]):
    def write(name: str, content: bytes) -> str:
        installed.add(path := f"C:\\w\\{name}")

        def read(path: str, most: int) -> bytes:
            return content[:most]

        for module in (shebang, interpreters):
            monkeypatch.setattr(module, "read_beginning", read)
        return path

    return write


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("", ["D"]),
        ("import sys", ["D"]),
        ("#!", ["D"]),
        ("#!/usr/bin/env python", ["D"]),
        ("#! /usr/bin/env python3", ["D"]),
        ("#!/usr/bin/env", ["D"]),
        ("#!/usr/bin/python3 -u", ["D", "-u"]),
        ("#!/usr/local/bin/python", ["D"]),
        ("#!/opt/venv/bin/python3", ["D"]),
        ("#!python", ["D"]),
        ("#!python3-64", ["D"]),
        ("#!pythonw", ["D"]),
        ("#!python3.11", ["C:\\own.exe"]),
        ("#!/usr/bin/env python3.11 -I -u", ["C:\\own.exe", "-I", "-u"]),
        ("#!/usr/bin/env -S python3.11 -I", ["C:\\own.exe", "-I"]),
        ("#!/bin/sh", ["D"]),
        ("#!python3.12", ["C:\\Python312\\python.exe"]),
        ("#!python3.10", ["C:\\Python310\\python.exe"]),
        ("#!/usr/bin/python3.13", ["C:\\bin\\python3.13.exe"]),
        ("#!python2", ["C:\\Python27\\python.exe"]),
        ("#! C:\\tools\\python.exe -u", ["C:\\tools\\python.exe", "-u"]),
        ('#!"C:\\my tools\\python.exe"', ["C:\\my tools\\python.exe"]),
        ("#!/usr/bin/env uv run", ["C:\\bin\\uv.exe", "run"]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_first_line_of_a_python_script(line, program, end, mark, script, installed, monkeypatch) -> None:
    """As `py` reads it; `D` is the default."""
    path = script("a.py", mark + f"{line}{end}".encode() + (b"print(1)\n" if end else b""))
    installed.update({"C:\\Python312\\python.exe", "C:\\bin\\python3.13.exe", "C:\\Python27\\python.exe"})
    installed.add("C:\\Python310\\python.exe")
    installed.update({"C:\\tools\\python.exe", "C:\\my tools\\python.exe", "C:\\bin\\uv.exe"})
    known = [
        ("3.14", "C:\\gone\\python.exe"),
        ("3.12", "C:\\Python312\\python.exe"),
        ("3.10-32", "C:\\Python310\\python.exe"),
        ("2.7", "C:\\Python27\\python.exe"),
    ]
    monkeypatch.setattr(shebang, "_installed", lambda: iter(known))
    monkeypatch.setattr(shebang, "is_store_alias", lambda path: False)
    assert asked_python(path, windows(), "D", THIS) == program


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("#!python3.12", r"requests Python 3\.12, which is not installed"),
        ("#!/usr/bin/env python2.7", r"Python 2\.7"),
        ("#!python2", r"requests Python 2,"),
        ("#!C:\\gone\\python.exe", r"C:\\gone\\python\.exe, which was not found"),
        ("#!/usr/bin/env uv run", "uv, which was not found on PATH"),
    ],
)
def test_a_first_line_that_cannot_be_followed(line: str, words: str, script) -> None:
    path = script("a.py", line.encode())
    with pytest.raises(InvalidInput, match=words):
        asked_python(path, windows(), "D", THIS)


def test_the_stores_alias_is_no_python_of_that_version(script, installed, monkeypatch) -> None:
    path = script("a.py", b"#!python3.12\n")
    installed.add("C:\\bin\\python3.12.exe")
    monkeypatch.setattr(shebang, "is_store_alias", lambda path: True)
    with pytest.raises(InvalidInput, match="not installed"):
        asked_python(path, windows(), "D", THIS)


def test_a_first_line_without_an_end_is_read_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"#!" + b"python " * 1_000_000)
    assert len(asked_python(str(path), windows(), "D", THIS)) < 1000


def test_the_setting_runs_what_asks_for_no_other(script, installed, monkeypatch) -> None:
    installed.update({"C:\\data\\python.exe", "C:\\bin\\chosen.exe"})
    for content, name, python in (
        (b"", "C:\\data\\python.exe", "C:\\data\\python.exe"),
        (b"#!/usr/bin/env python3\n", "chosen", "C:\\bin\\chosen.exe"),
        (b"#!python%d.%d\n" % sys.version_info[:2], "chosen", "C:\\own.exe"),
    ):
        script("a.py", content)
        found = resolve("a.py", ["x"], shell=False, around=windows(python=name))
        assert found.argv == [python, "C:\\w\\a.py", "x"]


@pytest.mark.parametrize(("kind", "setting"), [("python", "SCRIPT_PYTHON"), ("powershell", "SCRIPT_POWERSHELL")])
@pytest.mark.parametrize("platform", ["windows", "posix"])
def test_a_setting_that_names_nothing(kind: str, setting: str, platform: str, installed) -> None:
    around = Surroundings(platform, {"PATH": ""}, "/w", "own", Interpreters(**{kind: "/nowhere/program"}))
    with pytest.raises(InvalidInput, match=f"{setting} is '/nowhere/program', which was not found"):
        check_interpreters(around)
    check_interpreters(Surroundings(platform, {"PATH": ""}, "/w", "own"))


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
def test_the_setting_on_posix(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("#!/usr/bin/env python3.99\n")
    (tmp_path / "b.pyz").write_text("")
    chosen = tmp_path / "chosen"
    chosen.write_text("")
    chosen.chmod(0o755)
    around = Surroundings("posix", {"PATH": "/usr/bin"}, str(tmp_path), "/own", Interpreters(python=str(chosen)))
    assert resolve("a.py", [], shell=False, around=around).argv == [str(chosen), f"{tmp_path}/a.py"]
    assert resolve("b.pyz", [], shell=False, around=around).argv == [str(chosen), f"{tmp_path}/b.pyz"]


@pytest.mark.parametrize(
    ("content", "setting", "program"),
    [
        (b"Write-Output 1", "", WINDOWS_POWERSHELL),
        (b"#Requires -Version 5.1\r\n", "", WINDOWS_POWERSHELL),
        (b"#requires -PSEdition Desktop\n", "", WINDOWS_POWERSHELL),
        (b"# it requires -Version 7\n", "", WINDOWS_POWERSHELL),
        (b"#requires -Version 7\n", "", POWERSHELL_7),
        (b"param()\n  #Requires -Modules X -Version 6.2\r\n", "", POWERSHELL_7),
        ("#requires -PSEdition Core\n".encode("utf-16"), "", POWERSHELL_7),
        (b"", "pwsh", POWERSHELL_7),
        (b"#requires -Version 7\n", "powershell.exe", WINDOWS_POWERSHELL),
        (b"", "C:\\bin\\my.exe", "C:\\bin\\my.exe"),
    ],
)
def test_which_powershell(content: bytes, setting: str, program: str, script, installed) -> None:
    script("a.ps1", content)
    installed.update({WINDOWS_POWERSHELL, POWERSHELL_7, "C:\\bin\\my.exe"})
    argv = resolve("a.ps1", ["x"], shell=False, around=windows(powershell=setting)).argv
    assert (argv[0], argv[-3:]) == (program, ["-File", "C:\\w\\a.ps1", "x"])


def test_the_powershell_that_there_is(script, installed) -> None:
    script("a.ps1", b"")
    with pytest.raises(InvalidInput, match="PowerShell was not found"):
        resolve("a.ps1", [], shell=False, around=windows())
    installed.add("C:\\bin\\pwsh.exe")
    assert resolve("a.ps1", [], shell=False, around=windows()).argv[0] == "C:\\bin\\pwsh.exe"
    installed.remove("C:\\bin\\pwsh.exe")
    installed.add(WINDOWS_POWERSHELL)
    script("a.ps1", b"#requires -Version 7")
    with pytest.raises(InvalidInput, match=r"requires PowerShell 6 or newer \(#requires\)"):
        resolve("a.ps1", [], shell=False, around=windows())


@pytest.mark.parametrize(
    ("path", "files", "bash"),
    [
        (SYSTEM, [GIT_BASH], GIT_BASH),
        (f"{SYSTEM};C:\\msys64\\usr\\bin", ["C:\\msys64\\usr\\bin\\bash.exe"], "C:\\msys64\\usr\\bin\\bash.exe"),
        ("D:\\Git\\cmd", ["D:\\Git\\cmd\\git.exe", "D:\\Git\\bin\\bash.exe"], "D:\\Git\\bin\\bash.exe"),
        (
            "D:\\Git\\mingw64\\bin",
            ["D:\\Git\\mingw64\\bin\\git.exe", "D:\\Git\\bin\\bash.exe"],
            "D:\\Git\\bin\\bash.exe",
        ),
        ("", ["E:\\registered\\bin\\bash.exe"], "E:\\registered\\bin\\bash.exe"),
        ("", ["C:\\me\\Programs\\Git\\bin\\bash.exe"], "C:\\me\\Programs\\Git\\bin\\bash.exe"),
    ],
)
def test_the_bash_of_git_comes_before_that_of_linux(
    path: str, files: list[str], bash: str, installed, monkeypatch
) -> None:
    installed.update({"C:\\w\\a.sh", f"{SYSTEM}bash.exe", *files})
    monkeypatch.setattr(interpreters, "_registered_gits", lambda: iter(["E:\\registered"]))
    around = windows({**ENV, "PATH": path, "LOCALAPPDATA": "C:\\me"})
    assert resolve("a.sh", ["x"], shell=False, around=around).argv == [bash, "C:\\w\\a.sh", "x"]


@pytest.mark.parametrize("folder", ["c:\\windows\\system32", "C:\\Users\\me\\AppData\\Local\\Microsoft\\WindowsApps\\"])
def test_the_bash_of_linux_alone_is_refused(folder: str, installed) -> None:
    installed.update({"C:\\w\\a.sh", ntpath.join(folder, "bash.exe")})
    with pytest.raises(InvalidInput, match=r"Linux \(WSL\).*wsl\.exe"):
        resolve("a.sh", [], shell=False, around=windows({**ENV, "PATH": folder}))
    with pytest.raises(InvalidInput, match="needs bash, which was not found"):
        resolve("a.sh", [], shell=False, around=windows())


@pytest.mark.parametrize(
    "path", ['"C:\\my tools"', 'C:\\x;"C:\\my tools";', '"C:\\my tools\\"', '"C:\\my tools', ' C:\\"my tools" ']
)
def test_entries_of_the_path_in_quotes(path: str, installed) -> None:
    installed.add("C:\\my tools\\tool.exe")
    found = resolve("tool", [], shell=False, around=windows({**ENV, "PATH": path}))
    assert found.argv[0].replace("\\\\", "\\") == "C:\\my tools\\tool.exe"


def test_a_semicolon_in_a_quoted_entry_is_part_of_the_name(installed) -> None:
    installed.add("C:\\a;b\\tool.exe")
    around = windows({**ENV, "PATH": 'C:\\x;"C:\\a;b";C:\\y'})
    assert resolve("tool", [], shell=False, around=around).argv == ["C:\\a;b\\tool.exe"]


def test_a_variable_replaces_that_of_the_machine_in_any_spelling() -> None:
    machine = {"PATH": "C:\\bin", "TEMP": "C:\\Temp"}
    added = {"Path": "C:\\mine", "MyVar": "1"}
    assert spelled_alike(added, machine, "windows") == {"PATH": "C:\\mine", "MyVar": "1"}
    assert spelled_alike(added, machine, "posix") == added
