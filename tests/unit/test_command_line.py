"""From a command to what the operating system runs, for both systems."""

from __future__ import annotations

import ntpath
import os
import stat
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.processes.command_line import Surroundings, cmd_arguments, join, resolve, split

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
    assert resolve("a.py", ["x"], shell=False, around=around) == ["/this/python", f"{tmp_path}/a.py", "x"]
    assert resolve("b.sh", ["x"], shell=False, around=around)[1:] == [f"{tmp_path}/b.sh", "x"]
    assert resolve("c.sh", [], shell=False, around=around) == [f"{tmp_path}/c.sh"]
    assert resolve("sh", ["-c", "x y"], shell=False, around=around)[1:] == ["-c", "x y"]
    assert resolve("echo $X | wc", [], shell=True, around=around) == ["/bin/sh", "-c", "echo $X | wc"]
    bare = Surroundings("posix", {"PATH": "/nowhere"}, str(tmp_path), sys.executable)
    assert resolve("python", ["-V"], shell=False, around=bare) == [sys.executable, "-V"]


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
    line = resolve("echo", ["Hello", "World"], shell=False, around=windows(tmp_path))
    assert line == [r'"C:\Windows\System32\cmd.exe" /d /s /c "echo Hello World"']


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
    with pytest.raises(InvalidInput, match=r"cmd\.exe would act on"):
        resolve(name, ['"&calc.exe&"'], shell=False, around=around)
    assert "cmd.exe" in resolve(name, ["plain"], shell=False, around=around)[0]


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
    ("name", "file", "line"),
    [
        ("a.py", "a.py", ["C:\\py.exe", "C:\\w\\a.py", "x y"]),
        ("A.PY", "A.PY", ["C:\\py.exe", "C:\\w\\A.PY", "x y"]),
        ("tool", "tool.exe", ["C:\\w\\tool.exe", "x y"]),
        ("tool.exe", "tool.exe", ["C:\\w\\tool.exe", "x y"]),
        ("tool", "tool.bat", ['"C:\\Windows\\System32\\cmd.exe" /d /s /c ""C:\\w\\tool.bat" "x y""']),
        ("D:\\bin\\tool", "tool.exe", ["D:\\bin\\tool.exe", "x y"]),
    ],
)
def test_windows_commands_by_their_ending(name: str, file: str, line: list[str], monkeypatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda path: ntpath.basename(path) == file)
    around = Surroundings("windows", {"PATH": "C:\\w", "SYSTEMROOT": "C:\\Windows"}, "C:\\w", "C:\\py.exe")
    assert resolve(name, ["x y"], shell=False, around=around) == line


@pytest.mark.parametrize(
    ("argument", "to_batch", "to_echo"),
    [
        ("plain", "plain", "plain"),
        ("a b", '"a b"', "a b"),
        ("a,b", '"a,b"', "a,b"),
        ("a;b=c", '"a;b=c"', "a;b=c"),
        ("(a)", '"(a)"', "(a)"),
        ("", '""', ""),
        ("end\\", "end\\", "end\\"),
    ],
)
def test_arguments_of_a_batch_file_are_quoted_and_those_of_echo_are_not(argument, to_batch, to_echo) -> None:
    assert cmd_arguments([argument]) == to_batch
    assert cmd_arguments([argument], built_in=True) == to_echo


def test_a_backslash_before_a_quote_that_is_needed_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"cmd\.exe"):
        cmd_arguments(["a b\\"])


def test_an_ending_quote_may_be_escaped_or_doubled() -> None:
    assert split(r'"a""b" "c\\" \\"d e\\" f\g\\', "windows") == ['a"b', "c\\", "\\d e\\", "f\\g\\\\"]
    assert split('""""', "windows") == ['"']
    assert split('"" ""', "windows") == ["", ""]
