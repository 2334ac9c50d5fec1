"""From a task's command and arguments to what the operating system is asked to run. Pure but for looking up files."""

from __future__ import annotations

import ntpath
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["Surroundings", "cmd_arguments", "join", "resolve", "split", "windows_name"]

_PYTHONS = re.compile(r"(python|python3|py)(\.exe)?$", re.IGNORECASE)
# Source: `help` of cmd.exe. What it does itself and no program exists for.
_BUILT_INS = {
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
    "echo",
    "endlocal",
    "erase",
    "exit",
    "for",
    "ftype",
    "goto",
    "if",
    "md",
    "mkdir",
    "mklink",
    "move",
    "path",
    "pause",
    "popd",
    "prompt",
    "pushd",
    "rd",
    "rem",
    "ren",
    "rename",
    "rmdir",
    "set",
    "setlocal",
    "shift",
    "start",
    "time",
    "title",
    "type",
    "ver",
    "verify",
    "vol",
}
# cmd.exe reads a line twice: quotes protect from some of these only, and from '%', '!' and line ends not at all
# (CVE-2024-24576). What it would read as more than text is refused.
_UNSAFE_FOR_CMD = re.compile(r"[\"%!^&|<>\r\n\0]")
_SHELL_LINE = re.compile(r"&&|[|<>;]")
_PARENTHESES = re.compile(r"[()]")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a command is looked for. `platform` is "posix" or "windows"; `python` is this Python."""

    platform: str
    env: Mapping[str, str]
    cwd: str
    python: str


def split(text: str, platform: str) -> list[str]:
    """Arguments as the operating system's own rules say: POSIX shell words, or Windows' CommandLineToArgvW."""
    if platform == "windows":
        return _split_windows(text)
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidInput(f"The arguments {text[:60]!r} cannot be split ({error}); close the quotes.") from None


def join(args: Sequence[str], platform: str) -> str:
    """One text that `split` takes apart again."""
    return subprocess.list2cmdline(args) if platform == "windows" else shlex.join(args)


def _split_windows(text: str) -> list[str]:
    """Source: Microsoft, "Parsing C++ command-line arguments": 2n backslashes before a quote are n, and so on."""
    args: list[str] = []
    current, quoted, started, at = "", False, False, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            end = at
            while end < len(text) and text[end] == "\\":
                end += 1
            count, at = end - at, end
            started = True
            if at < len(text) and text[at] == '"':
                current += "\\" * (count // 2)
                if count % 2:
                    current += '"'
                    at += 1
            else:
                current += "\\" * count
            continue
        if char == '"':
            if quoted and text[at + 1 : at + 2] == '"':
                current += '"'
                at += 1
            else:
                quoted = not quoted
            started = True
        elif char in " \t" and not quoted:
            if started:
                args.append(current)
            current, started = "", False
        else:
            current, started = current + char, True
        at += 1
    if started:
        args.append(current)
    return args


def resolve(command: str, args: Sequence[str], *, shell: bool, around: Surroundings) -> list[str]:
    """The program with its arguments; on Windows an argv of one element is a whole command line.

    InvalidInput says what is missing or refused, and what to do.
    """
    if "\0" in command or any("\0" in arg for arg in args):
        raise InvalidInput("The command or an argument holds a NUL character; remove it.")
    if not shell:
        command = os.path.expanduser(command)
    if around.platform == "windows":
        # Explorer's "Copy as path" puts quotes around it, and no file there has one in its name.
        return _resolve_windows(command if shell else command.strip('"'), args, shell, around)
    if shell:
        return ["/bin/sh", "-c", " ".join([command, *map(shlex.quote, args)])]
    path = _find_posix(command, around)
    ending = os.path.splitext(path)[1].lower()
    if ending in (".bat", ".cmd"):
        raise InvalidInput(f"{command} is a Windows batch file and cannot run here; write a .sh or .py script.")
    if ending == ".py":
        return [around.python, path, *args]
    if ending == ".sh" and not os.access(path, os.X_OK):
        return [shutil.which("bash", path=_path_of(around)) or "/bin/sh", path, *args]
    if ending == ".ps1":
        return [*_powershell(around), path, *args]
    if not os.access(path, os.X_OK):
        raise InvalidInput(f"{command} may not be executed; make it executable (chmod +x {shlex.quote(path)}).")
    return [path, *args]


def _path_of(around: Surroundings) -> str:
    return around.env.get("PATH", os.defpath)


def _find_posix(command: str, around: Surroundings) -> str:
    local = os.path.join(around.cwd, command)
    if "/" in command or (os.path.isfile(local) and Path(command).suffix):
        # A script beside the workflow is found by its name alone, as on Windows.
        if os.path.isdir(local):
            raise InvalidInput(f"{command} is a folder; name a program or a script.")
        if not os.path.exists(local):
            raise InvalidInput(f"The command was not found: {local}; correct the path, or the working folder.")
        return local
    if found := shutil.which(command, path=_path_of(around)):
        return found
    if _PYTHONS.match(command):
        return around.python
    raise InvalidInput(_not_found(command, around))


def _not_found(command: str, around: Surroundings) -> str:
    if _SHELL_LINE.search(command):
        return f"The command was not found: {command}; a line for the shell needs 'shell: true' (--shell)."
    return (
        f"The command was not found: {command}; give its full path, or add its folder to PATH "
        f"(looked in {around.cwd} and PATH)."
    )


def _powershell(around: Surroundings) -> list[str]:
    for name in ("pwsh", "powershell"):
        if found := shutil.which(name, path=_path_of(around)):
            return [found, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"]
    raise InvalidInput("PowerShell was not found, and a .ps1 script needs it; install it, or add its folder to PATH.")


def _resolve_windows(command: str, args: Sequence[str], shell: bool, around: Surroundings) -> list[str]:
    cmd = ntpath.join(around.env.get("SYSTEMROOT", "C:\\Windows"), "System32", "cmd.exe")
    if shell:
        _refuse_network_folder(around)
        line = f"{command} {subprocess.list2cmdline(args)}".strip()
        return [f'"{cmd}" /d /s /c "{line}"']
    path = _find_windows(command, around)
    if path is None:
        if command.lower() in _BUILT_INS:
            _refuse_network_folder(around)
            return [f'"{cmd}" /d /s /c "{command} {cmd_arguments(args, built_in=True)}"']
        if _PYTHONS.match(command):
            return [around.python, *args]
        raise InvalidInput(_not_found(command, around))
    if ":" in ntpath.splitdrive(path)[1]:
        raise InvalidInput(f"{command} names a stream of a file; name the file itself.")
    path, ending = windows_name(path)
    if ending in (".bat", ".cmd"):
        _refuse_network_folder(around)
        if _UNSAFE_FOR_CMD.search(path):
            raise InvalidInput(f"The path {path!r} holds characters that cmd.exe would read; rename the file.")
        return [f'"{cmd}" /d /s /c ""{path}" {cmd_arguments(args)}"']
    if ending == ".py":
        return [around.python, path, *args]
    if ending == ".ps1":
        return [*_powershell(around), path, *args]
    if ending == ".sh":
        if bash := shutil.which("bash", path=_path_of(around)):
            return [bash, path, *args]
        raise InvalidInput("A .sh script needs bash, which was not found; install Git for Windows, or write a .bat.")
    return [path, *args]


def windows_name(path: str) -> tuple[str, str]:
    """The path as Windows reads it, which drops dots and spaces at the end of a name (CVE-2024-43402), and the ending that
    it has then, in lower case."""
    folder, name = ntpath.split(path)
    name = name.rstrip(". ") or name
    return ntpath.join(folder, name), ntpath.splitext(name)[1].lower()


def _refuse_network_folder(around: Surroundings) -> None:
    """cmd.exe would say that it cannot stand there, and run in C:\\Windows."""
    if around.cwd.replace("/", "\\").startswith("\\\\"):
        raise InvalidInput(
            f"cmd.exe cannot work in the network folder {around.cwd}, and would run in C:\\Windows; give the task a "
            "working_dir with a drive letter, or write it as .py or .ps1."
        )


def cmd_arguments(args: Sequence[str], *, built_in: bool = False) -> str:
    """Arguments for a batch file; refused are those that cmd.exe would read as more than text."""
    words = []
    for arg in args:
        if _UNSAFE_FOR_CMD.search(arg) or (arg.endswith("\\") and " " in arg):
            raise InvalidInput(
                f'The argument {arg!r} holds characters that cmd.exe would act on (" % ! ^ & | < > or a line end); '
                "pass it by `env` instead, or write the task as .py."
            )
        # `echo` would print the quotes; a parenthesis outside of quotes ends a block.
        bare = (arg and not re.search(r"[\s,;=]", arg)) or built_in
        words.append(arg if bare and not (_PARENTHESES.search(arg) and not built_in) else f'"{arg}"')
    return " ".join(words)


def _find_windows(command: str, around: Surroundings) -> str | None:
    """A program by its path, in the working folder, or on PATH, with the endings of PATHEXT."""
    endings = ["", *around.env.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").lower().split(";")]
    if ntpath.splitext(command)[1] == "":
        endings = endings[1:]
    folders = [""] if ntpath.dirname(command) else [around.cwd, *around.env.get("PATH", "").split(";")]
    for folder in folders:
        for ending in endings:
            candidate = ntpath.join(around.cwd, folder, command + ending)
            if os.path.isfile(candidate):
                return candidate
    return None
