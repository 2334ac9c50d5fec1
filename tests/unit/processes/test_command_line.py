"""From a command to what the operating system runs, for both systems."""

from __future__ import annotations

import ntpath
import os
import stat
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.processes.cmd_exe import batch_line, built_in_line, is_built_in
from workflow_scheduler.processes.command_line import Invocation, Surroundings, join, resolve, split

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="paths and rights of POSIX")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (r"C:\backups\x.sql", [r"C:\backups\x.sql"]),
        (r'"C:\my files\a.txt" b', [r"C:\my files\a.txt", "b"]),
        (r"a\\\"b c", ['a\\"b', "c"]),
        (r'"a\\" b', ["a\\", "b"]),
        ('""  x', ["", "x"]),
        ('"he said ""hi""" y', ['he said "hi"', "y"]),
        ("", []),
    ],
)
def test_windows_splits_as_its_programs_do(text: str, args: list[str]) -> None:
    assert split(text, "windows") == args


def test_posix_splits_as_its_shell_does() -> None:
    assert split(r"""a 'b c' "d e" f\ g""", "posix") == ["a", "b c", "d e", "f g"]
    with pytest.raises(InvalidInput, match="quotes"):
        split("'a", "posix")


@pytest.mark.parametrize("platform", ["posix", "windows"])
@pytest.mark.parametrize("args", [["a b", 'c"d', "\\", "e\\", "", "é", "$HOME", "a'b", "\\\\x\\"]])
def test_join_is_taken_apart_to_the_same(platform: str, args: list[str]) -> None:
    assert split(join(args, platform), platform) == args


def posix(folder: Path, **env: str) -> Surroundings:
    return Surroundings("posix", {"PATH": "/usr/bin:/bin", **env}, str(folder), "/this/python")


def write(path: Path, text: str = "#!/bin/sh\n", *, executable: bool = False) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | (stat.S_IXUSR if executable else 0))
    return path


@posix_only
def test_posix_commands(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "b.sh")
    write(tmp_path / "c.sh", executable=True)
    around = posix(tmp_path)
    assert resolve("a.py", ["x"], shell=False, around=around).argv == ["/this/python", f"{tmp_path}/a.py", "x"]
    assert resolve("b.sh", ["x"], shell=False, around=around).argv[1:] == [f"{tmp_path}/b.sh", "x"]
    assert resolve("c.sh", [], shell=False, around=around).argv == [f"{tmp_path}/c.sh"]
    assert resolve("sh", ["-c", "x y"], shell=False, around=around).argv[1:] == ["-c", "x y"]
    assert resolve("echo $X | wc", [], shell=True, around=around).argv == ["/bin/sh", "-c", "echo $X | wc"]
    bare = Surroundings("posix", {"PATH": "/nowhere"}, str(tmp_path), sys.executable)
    assert resolve("python", ["-V"], shell=False, around=bare).argv == [sys.executable, "-V"]


@posix_only
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("nowhere", "not found"),
        ("./gone.sh", "not found"),
        ("folder/", "folder"),
        ("run.bat", "batch file"),
        ("./plain", "chmod"),
    ],
)
def test_posix_says_what_is_wrong(tmp_path: Path, command: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "run.bat")
    write(tmp_path / "plain")
    with pytest.raises(InvalidInput, match=words):
        resolve(command, [], shell=False, around=posix(tmp_path))


def windows(folder: Path) -> Surroundings:
    return Surroundings("windows", {"PATH": "", "SYSTEMROOT": r"C:\Windows"}, str(folder), r"C:\python.exe")


def test_windows_built_ins_run_in_cmd(tmp_path: Path) -> None:
    asked = resolve("echo", ["Hello", "World"], shell=False, around=windows(tmp_path))
    assert asked.argv[0] == r"C:\Windows\System32\cmd.exe"
    assert asked.line == r'"C:\Windows\System32\cmd.exe" /d /v:off /s /c "echo Hello World"'


def test_a_program_of_windows_has_its_path_and_its_arguments_and_no_line(monkeypatch) -> None:
    """CWE-428: a line without quotes is a search for `C:\\my.exe`."""
    monkeypatch.setattr(os.path, "isfile", lambda path: path == "C:\\my tools\\tool.exe")
    around = Surroundings("windows", {"PATH": ""}, "C:\\w", "C:\\py.exe")
    assert resolve("C:\\my tools\\tool.exe", [], shell=False, around=around) == Invocation(["C:\\my tools\\tool.exe"])


BUILT_INS = (
    *(
        "assoc",
        "break",
        "call",
        "cd",
        "chdir",
        "cls",
        "color",
        "copy",
        "date",
        "del",
        "dir",
        "dpath",
        "echo",
        "endlocal",
    ),
    *("erase", "exit", "for", "ftype", "goto", "if", "keys", "md", "mkdir", "mklink", "move", "path", "pause", "popd"),
    *("prompt", "pushd", "rd", "rem", "ren", "rename", "rmdir", "set", "setlocal", "shift", "start", "time", "title"),
    *("type", "ver", "verify", "vol"),
)


@pytest.mark.parametrize("name", BUILT_INS)
def test_each_built_in_has_in_quotes_what_needs_them(name: str) -> None:
    """But those that take what follows as text: quotes would be part of it."""
    text = name in ("echo", "prompt", "rem", "set", "title")
    assert is_built_in(name.upper())
    args = ["/s", "data old", "a(1)", "c:\\x\\", ""]
    quoted = "/s data old a(1) c:\\x\\ " if text else '/s "data old" "a(1)" c:\\x\\ ""'
    assert built_in_line(name, args) == f"{name} {quoted}"
    if text or name in ("call", "for", "if", "start"):  # these give it to something else that reads it
        with pytest.raises(InvalidInput, match="would interpret"):
            built_in_line(name, ["a&b"])
    else:
        assert built_in_line(name, ["R&D", "a^b", "a!b!", "x y\\"]) == f'{name} "R&D" "a^b" "a!b!" "x y\\"'
    if name == "for":
        with pytest.raises(InvalidInput, match="shell: true"):
            built_in_line(name, ["%i", "in"])
    else:
        assert built_in_line(name, ["100%"]) == (f"{name} 100%" if text else f'{name} "100%"')
    for acted_on in (["%PATH%"], ["%PATH:~0", "1%"], ['a"b'], ["a\nb"], ["a\rb"]):
        with pytest.raises(InvalidInput, match="would interpret"):
            built_in_line(name, acted_on)


@pytest.mark.parametrize(
    ("name", "args", "line"),
    [
        ("del", ["a,b", "c;d", "e=f"], 'del "a,b" "c;d" "e=f"'),
        ("copy", ["/b", "a+b", "c"], "copy /b a+b c"),
        ("ren", ["50%.txt", "60%.txt"], 'ren "50%.txt" "60%.txt"'),
        ("assoc", [".x=text file"], 'assoc ".x=text file"'),
        ("if", ["a==b", "exit", "/b", "3"], "if a==b exit /b 3"),
        ("echo", [""], "echo."),
        ("echo", [], "echo"),
    ],
)
def test_built_ins_read_a_line_of_their_own(name: str, args: list[str], line: str) -> None:
    assert built_in_line(name, args) == line


def test_a_built_in_comes_before_a_program_on_the_path(monkeypatch) -> None:
    """As at cmd's prompt: Git for Windows brings a `mkdir.exe` that reads its arguments otherwise."""
    monkeypatch.setattr(os.path, "isfile", lambda path: path == "C:\\git\\mkdir.exe")
    around = Surroundings("windows", {"PATH": "C:\\git", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    assert resolve("mkdir", ["x y"], shell=False, around=around).line.endswith('"mkdir "x y""')
    assert resolve("mkdir.exe", [], shell=False, around=around) == Invocation(["C:\\git\\mkdir.exe"])


@pytest.mark.parametrize("folder", ["R&D", "100%", "a^b", "wow!", "a (x86)", "a;b,c=d"])
def test_a_batch_file_in_a_folder_of_any_name(folder: str, monkeypatch) -> None:
    """In quotes all of this is text to cmd.exe."""
    monkeypatch.setattr(os.path, "isfile", lambda path: path.endswith(".bat"))
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, f"C:\\{folder}", "C:\\py.exe")
    found = resolve("job.bat", ["x", "a b", ""], shell=False, around=around)
    assert found.line is not None
    assert found.line.endswith(f'/d /s /c ""C:\\{folder}\\job.bat" x "a b" """')
    assert found.batch == f"C:\\{folder}\\job.bat"


def test_a_variable_in_the_path_of_a_batch_file_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: path.endswith(".bat"))
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, "C:\\%OS%", "C:\\py.exe")
    with pytest.raises(InvalidInput, match="rename"):
        resolve("job.bat", [], shell=False, around=around)


@pytest.mark.parametrize(
    "argument",
    ['"', "a&calc", "%PATH%", "a|b", "a>b", "a<b", "^", "!x!", "x\ny", "x\ry", '" & calc.exe', "%CMDCMDLINE:~-1%&calc"],
)
def test_windows_refuses_what_cmd_would_act_on(tmp_path: Path, argument: str) -> None:
    with pytest.raises(InvalidInput, match=r"cmd\.exe"):
        resolve("echo", [argument], shell=False, around=windows(tmp_path))


def test_a_nul_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        resolve("echo", ["a\0b"], shell=False, around=posix(tmp_path))


@pytest.mark.parametrize("name", ["x.bat", "x.bat.", "x.bat ", "x.bat. .", "X.BAT", "x.cmd..", "sub\\x.bat."])
def test_spellings_that_windows_takes_for_a_batch_file(name: str, monkeypatch) -> None:
    real = {"x.bat", "x.cmd"}
    monkeypatch.setattr(os.path, "isfile", lambda path: ntpath.basename(path).rstrip(". ").lower() in real)
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    with pytest.raises(InvalidInput, match=r"cmd\.exe would interpret"):
        resolve(name, ['"&calc.exe&"'], shell=False, around=around)
    assert "cmd.exe" in resolve(name, ["plain"], shell=False, around=around).argv[0]


def test_a_stream_of_a_file_is_no_command(monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: True)
    around = Surroundings("windows", {"PATH": ""}, "C:\\w", "C:\\py.exe")
    for name in ("x.bat::$DATA", "x.txt:evil.bat"):
        with pytest.raises(InvalidInput, match="stream of a file"):
            resolve(name, [], shell=False, around=around)


@pytest.mark.parametrize("folder", ["\\\\server\\share", "//server/share", "\\\\?\\unix\\tmp"])
@pytest.mark.parametrize(("command", "shell"), [("x.bat", False), ("echo", False), ("dir", True)])
def test_what_cmd_would_run_elsewhere_is_refused(folder: str, command: str, shell: bool, monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: path.endswith("x.bat"))
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, folder, "C:\\py.exe")
    with pytest.raises(InvalidInput, match="network folder"):
        resolve(command, [], shell=shell, around=around)


def test_a_line_for_the_shell_is_hinted_at(tmp_path) -> None:
    around = Surroundings("posix", {"PATH": "/usr/bin:/bin"}, str(tmp_path), sys.executable)
    with pytest.raises(InvalidInput, match="--shell"):
        resolve("cd x && make", [], shell=False, around=around)


@pytest.mark.parametrize(
    ("name", "before"),
    [
        *((f"x.{ending}", ["C:\\py.exe"]) for ending in ("py", "pyw", "PYZ", "pyzw")),
        *(
            (f"x.{ending}", ["C:\\Windows\\System32\\cscript.exe", "//nologo"])
            for ending in ("vbs", "vbe", "JS", "jse", "wsf", "wsh")
        ),
        ("x.exe", []),
        ("x.scr", []),
    ],
)
def test_what_a_double_click_runs(name: str, before: list[str], monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: path == f"C:\\w\\{name}")
    around = Surroundings("windows", {"PATH": "", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    assert resolve(name, ["a b"], shell=False, around=around).argv == [*before, f"C:\\w\\{name}", "a b"]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("x.msi", "msiexec"),
        ("x.MSP", "msiexec"),
        ("x.msu", "wusa"),
        ("x.reg", "reg.exe"),
        ("x.inf", "pnputil"),
        ("x.jar", "java"),
        ("x.msc", "mmc"),
        ("x.lnk", "shortcut"),
        ("x.url", "address"),
        ("x.pyc", "python"),
    ],
)
def test_a_document_is_refused_with_the_program_that_opens_it(name: str, instead: str, monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: True)
    around = Surroundings("windows", {"PATH": ""}, "C:\\w", "C:\\py.exe")
    with pytest.raises(InvalidInput, match=instead):
        resolve(name, [], shell=False, around=around)


@posix_only
def test_a_zipped_python_program_runs_by_python_unless_it_runs_by_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.pyz")
    write(tmp_path / "b.pyz", executable=True)
    assert resolve("a.pyz", [], shell=False, around=posix(tmp_path)).argv == ["/this/python", f"{tmp_path}/a.pyz"]
    assert resolve("b.pyz", [], shell=False, around=posix(tmp_path)).argv == [f"{tmp_path}/b.pyz"]


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [
        ("a.py", "a.py", ["C:\\py.exe", "C:\\w\\a.py", "x y"]),
        ("A.PY", "A.PY", ["C:\\py.exe", "C:\\w\\A.PY", "x y"]),
        ("tool", "tool.exe", ["C:\\w\\tool.exe", "x y"]),
        ("tool.exe", "tool.exe", ["C:\\w\\tool.exe", "x y"]),
        ("D:\\bin\\tool", "tool.exe", ["D:\\bin\\tool.exe", "x y"]),
    ],
)
def test_windows_commands_by_their_ending(name: str, file: str, line: list[str], monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: ntpath.basename(path) == file)
    around = Surroundings("windows", {"PATH": "C:\\w", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    assert resolve(name, ["x y"], shell=False, around=around) == Invocation(line)


@pytest.mark.parametrize(
    ("argument", "to_batch", "to_echo"),
    [
        ("plain", "plain", "plain"),
        ("a b", '"a b"', "a b"),
        ("a,b", '"a,b"', "a,b"),
        ("a;b=c", '"a;b=c"', "a;b=c"),
        ("(a)", '"(a)"', "(a)"),
        ("end\\", "end\\", "end\\"),
    ],
)
def test_arguments_of_a_batch_file_are_quoted_and_those_of_echo_are_not(argument, to_batch, to_echo) -> None:
    assert batch_line("C:\\x.bat", [argument]) == f'"C:\\x.bat" {to_batch}'
    assert built_in_line("echo", [argument]) == f"echo {to_echo}"


def test_a_backslash_before_a_quote_that_is_needed_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"cmd\.exe"):
        batch_line("C:\\x.bat", ["a b\\"])


def test_an_ending_quote_may_be_escaped_or_doubled() -> None:
    assert split(r'"a""b" "c\\" \\"d e\\" f\g\\', "windows") == ['a"b', "c\\", "\\d e\\", "f\\g\\\\"]
    assert split('""""', "windows") == ['"']
    assert split('"" ""', "windows") == ["", ""]
