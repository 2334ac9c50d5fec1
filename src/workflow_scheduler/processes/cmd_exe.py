"""Builds command lines for cmd.exe: its built-in commands, and batch files with arguments.

cmd.exe reads a line by its own rules: quotes protect only some characters, and a batch file's arguments are read twice
(CVE-2024-24576). Arguments that it would not read as plain text are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["BATCH_ENDINGS", "batch_line", "built_in_line", "check_length", "is_built_in"]

BATCH_ENDINGS = (".bat", ".cmd")
_MOST = 8191
"""Characters of a line. Source: Microsoft, "Command prompt line string limitation"."""
# Source: `help` of cmd.exe, and its undocumented `dpath` and `keys`. What it does itself and no program exists for.
_TEXT = {"echo", "prompt", "rem", "set", "title"}
"""They take what follows as it is: quotes would be part of it."""
_RUN_OTHERS = {"call", "for", "if", "start"}
"""What they are given is read once more, by what they run."""
_ASSIGN = {"assoc", "ftype", "if", "path"}
"""To them `=`, `,` and `;` are not spaces."""
_OTHERS = """
break cd chdir cls color copy date del dir dpath endlocal erase exit goto keys md mkdir mklink move pause popd pushd rd ren
rename rmdir setlocal shift time type ver verify vol
"""
_BUILT_INS = {*_TEXT, *_RUN_OTHERS, *_ASSIGN, *_OTHERS.split()}

_BREAKS_QUOTES = re.compile(r"[\"\r\n\0]")
_ACTED_ON = re.compile(r"[\"!^&|<>\r\n\0]")
_SPACES = re.compile(r"[\s,;=]")
_SPECIAL = re.compile(r"[\s()!^&|<>%]")


def is_built_in(command: str) -> bool:
    return command.lower() in _BUILT_INS


def built_in_line(command: str, args: Sequence[str]) -> str:
    """The line for a built-in command, as typed at cmd's prompt, with quotes where needed. InvalidInput for an
    argument that cmd.exe would interpret."""
    name = command.lower()
    text = name in _TEXT
    for arg in args:
        if (_ACTED_ON if text or name in _RUN_OTHERS else _BREAKS_QUOTES).search(arg) or (text and _trailing(arg)):
            raise _refusal(arg)
    if text:
        line = " ".join([command, *args])
        if name == "echo" and not line[len(name) :].strip():
            line = command + "." if args else command  # `echo` alone would say whether it is on
    else:
        needs = _SPECIAL if name in _ASSIGN else re.compile(f"{_SPECIAL.pattern}|{_SPACES.pattern}")
        line = " ".join([command, *(f'"{arg}"' if not arg or needs.search(arg) else arg for arg in args)])
    if _expands(line) or (name == "for" and "%" in line):
        raise _refusal(next((arg for arg in args if "%" in arg), command))
    return line


def batch_line(path: str, args: Sequence[str]) -> str:
    """The line for a batch file. InvalidInput for an argument that cmd.exe, or the batch file's own lines, would
    interpret."""
    words = []
    for arg in args:
        if _ACTED_ON.search(arg) or "%" in arg or _trailing(arg):
            raise _refusal(arg)
        words.append(f'"{arg}"' if not arg or _SPACES.search(arg) or _SPECIAL.search(arg) else arg)
    # In quotes everything else in a path is text; a quote cannot be in it.
    if _BREAKS_QUOTES.search(path) or _expands(path):
        raise InvalidInput(
            f"The path {path!r} contains a variable that cmd.exe would replace (%…%); rename the file or folder."
        )
    return " ".join([f'"{path}"', *words])


def check_length(line: str) -> None:
    """InvalidInput for a line that is longer than cmd.exe reads."""
    if len(line) > _MOST:
        raise InvalidInput(
            f"The command and its arguments have {len(line):,} characters; cmd.exe reads at most {_MOST:,}. Write long "
            "arguments to a file and pass its path, or write the task as .py."
        )


def _trailing(arg: str) -> bool:
    """Whether it ends with a backslash, which would escape the closing quote."""
    return arg.endswith("\\") and " " in arg


def _expands(line: str) -> bool:
    """Whether two '%' may enclose a variable's name: a name contains no quote, unless ':' ends it before."""
    return any('"' not in between or ":" in between for between in line.split("%")[1:-1])


def _refusal(arg: str) -> InvalidInput:
    return InvalidInput(
        f'The argument {arg!r} contains characters that cmd.exe would interpret (" % ! ^ & | < > or a line end); '
        "pass it through `env`, write the task as .py, or write the whole line for the shell ('shell: true')."
    )
