"""Turns a task's command and arguments into a process invocation. Pure except for file lookups."""

from __future__ import annotations

import ntpath
import os
import re
import shlex
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass

from .cmd_exe import BATCH_ENDINGS, batch_line, built_in_line, check_length, is_built_in
from .interpreters import interpreter_of, powershell_of, script_python
from .opened_files import check_is_run
from .pythons import PYTHON_ENDINGS, asks_for_python, for_this_python, is_store_alias
from .surroundings import Surroundings, find_windows, in_system32

__all__ = ["Invocation", "Surroundings", "check_windows_length", "join", "resolve", "split", "windows_name"]

_SHELL_LINE = re.compile(r"&&|[|<>;]")
_WINDOWS_MOST = 32_766
"""Characters. Source: Microsoft, CreateProcessW: 32,767 with the NUL at the end."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the operating system runs. `argv[0]` is the program's path, which is not searched for again. `line`: on
    Windows, the exact line for cmd.exe; otherwise it is made from `argv`. `note`: what the author of the command
    may not expect. `batch`: the batch file that cmd.exe runs, if it is one."""

    argv: list[str]
    line: str | None = None
    note: str = ""
    batch: str | None = None


def split(text: str, platform: str) -> list[str]:
    """Split by the operating system's rules: POSIX shell words, or Windows' CommandLineToArgvW. InvalidInput for an
    open quote."""
    if platform == "windows":
        return _split_windows(text)
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidInput(f"The arguments {text[:60]!r} cannot be split ({error}); close the quotes.") from None


def join(args: Sequence[str], platform: str) -> str:
    """One text from which `split` makes the same arguments."""
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


def resolve(command: str, args: Sequence[str], *, shell: bool, around: Surroundings) -> Invocation:
    """The program with its arguments. InvalidInput says what is missing or refused, and what to do."""
    if "\0" in command or any("\0" in arg for arg in args):
        raise InvalidInput("The command or an argument contains a NUL character; remove it.")
    if not shell:
        command = os.path.expanduser(command)
    if around.platform == "windows":
        # Explorer's "Copy as path" puts quotes around it, and no file there has one in its name.
        invocation = _resolve_windows(command if shell else command.strip('"'), args, shell, around)
        check_windows_length(invocation.argv if invocation.line is None else [invocation.line])
        return invocation
    return Invocation(_resolve_posix(command, args, shell, around))


def check_windows_length(argv: Sequence[str]) -> None:
    """InvalidInput for a line that is longer than Windows passes to a program."""
    if (length := len(subprocess.list2cmdline(argv))) > _WINDOWS_MOST:
        raise InvalidInput(
            f"The command and its arguments have {length:,} characters; Windows passes at most {_WINDOWS_MOST:,} to a program. "
            "Write long arguments to a file and pass its path."
        )


def _resolve_posix(command: str, args: Sequence[str], shell: bool, around: Surroundings) -> list[str]:
    """The arguments to run, by the kind of the file. InvalidInput for a file that cannot run here."""
    if shell:
        return ["/bin/sh", "-c", " ".join([command, *map(shlex.quote, args)])]
    path = _find_posix(command, around)
    if path is None:
        return [around.python, *for_this_python(command, args)]
    ending = os.path.splitext(path)[1].lower()
    if ending in BATCH_ENDINGS:
        raise InvalidInput(f"{command} is a Windows batch file and cannot run here; write a .sh or .py script.")
    if ending == ".py" or (ending in PYTHON_ENDINGS and not os.access(path, os.X_OK)):
        return [script_python(around), path, *args]
    if ending == ".sh" and not os.access(path, os.X_OK):
        return [shutil.which("bash", path=_path_of(around)) or "/bin/sh", path, *args]
    if ending == ".ps1":
        return [*powershell_of(path, around), path, *args]
    if not os.access(path, os.X_OK):
        raise InvalidInput(f"{command} is not executable; make it executable (chmod +x {shlex.quote(path)}).")
    return [path, *args]


def _path_of(around: Surroundings) -> str:
    return around.env.get("PATH", os.defpath)


def _find_posix(command: str, around: Surroundings) -> str | None:
    """The program's path, given or found on PATH; None for a Python that is missing, which this Python replaces."""
    local = os.path.join(around.cwd, command)
    if "/" in command or (os.path.isfile(local) and Path(command).suffix):
        # A script beside the workflow is found by its name alone, as on Windows.
        try:  # one look at a file system that may be slow
            mode = os.stat(local).st_mode
        except OSError:
            raise InvalidInput(f"The command was not found: {local}; correct the path or the working folder.") from None
        if stat.S_ISDIR(mode):
            raise InvalidInput(f"{command} is a folder; choose a program or a script.")
        return local
    if found := shutil.which(command, path=_path_of(around)):
        return found
    if asks_for_python(command):
        return None
    raise InvalidInput(_not_found(command, around))


def _not_found(command: str, around: Surroundings) -> str:
    if _SHELL_LINE.search(command):
        return f"The command was not found: {command}; a line for the shell needs 'shell: true' (--shell)."
    return (
        f"The command was not found: {command}; give its full path, or add its folder to PATH "
        f"(looked in {around.cwd} and PATH)."
    )


def _resolve_windows(command: str, args: Sequence[str], shell: bool, around: Surroundings) -> Invocation:
    """The invocation, by the kind of the file. InvalidInput for a command that is not found or cannot run here."""
    if shell:
        return _for_cmd(f"{command} {subprocess.list2cmdline(args)}".strip(), around)
    if is_built_in(command):  # before anything on PATH, such as Git's mkdir.exe: so does cmd.exe at its prompt
        return _for_cmd(built_in_line(command, args), around, "/v:off")
    path = next(candidates := find_windows(command, around), None)
    note = ""
    if asks_for_python(ntpath.basename(command)) and path is not None and is_store_alias(path):
        note = f"{path} only opens the Microsoft Store and is skipped"
        path = next((other for other in candidates if not is_store_alias(other)), None)
        note += f"; {path or around.python} runs instead."
    if path is None:
        if asks_for_python(ntpath.basename(command) if note else command):
            return Invocation([around.python, *for_this_python(ntpath.basename(command), args)], note=note)
        raise InvalidInput(_not_found(command, around))
    if ":" in ntpath.splitdrive(path)[1]:
        raise InvalidInput(f"{command} is a stream of a file; use the file itself.")
    path, ending = windows_name(path)
    if ending in BATCH_ENDINGS:
        return replace(_for_cmd(batch_line(path, args), around), batch=path)
    check_is_run(command, ending)
    return Invocation([*interpreter_of(path, ending, around), path, *args], note=note)


def _for_cmd(line: str, around: Surroundings, *options: str) -> Invocation:
    """Have cmd.exe read the line unchanged: /s removes only the first and the last quote of the text after /c."""
    if around.cwd.replace("/", "\\").startswith("\\\\"):  # cmd.exe would say that it cannot stand there
        raise InvalidInput(
            f"cmd.exe cannot work in the network folder {around.cwd}, and would use C:\\Windows; give the task a "
            "working_dir with a drive letter, or write it as .py or .ps1."
        )
    check_length(line)
    cmd = in_system32("cmd.exe", around)
    words = ["/d", *options, "/s", "/c", f'"{line}"']
    return Invocation([cmd, *words], " ".join([f'"{cmd}"', *words]))


def windows_name(path: str) -> tuple[str, str]:
    """The path as Windows reads it, without dots and spaces at the end of the name (CVE-2024-43402), and its extension
    in lower case."""
    folder, name = ntpath.split(path)
    name = name.rstrip(". ") or name
    return ntpath.join(folder, name), ntpath.splitext(name)[1].lower()
