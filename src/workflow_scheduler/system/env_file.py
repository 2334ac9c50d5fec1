"""Reads `.env` and a task's `env_file`: UTF-8 or UTF-16 text, in which a quoted Windows path stays as written."""

from __future__ import annotations

import io
import os
import re

from .regular_file import read_regular
from .text_encoding import text_of

__all__ = ["ENV_FILE_MOST", "parse_env", "read_env_file"]

ENV_FILE_MOST = 1 << 20
"""Bytes; no operating system gives a process more."""
_QUOTED = re.compile(r'^(\s*(?:export\s+)?[^\s=#\'"]+\s*=\s*")([^"\r\n]*)("[^\S\r\n]*(?:#[^\r\n]*)?\r?)$', re.MULTILINE)
_WINDOWS_PATH = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:\\(?!\\)"  # a drive
    r"|^\\\\[^\\]+\\(?!\\)"  # a share
    r"|(?:^|[;=])(?:\.\.?|%[^%\s]+%|\$\{[^}\s]+\})\\(?!\\)"  # from a folder, or from what a variable names
)
"""With single backslashes: a person who writes `C:\\\\new` knows that a backslash is an escape."""


def read_env_file(path: str | os.PathLike[str], *, interpolate: bool) -> dict[str, str]:
    """The variables in the file; with `interpolate`, `${…}` is replaced. OSError, or ValueError that says what is
    wrong."""
    return parse_env(text_of(read_regular(path, ENV_FILE_MOST, follow=True)), interpolate=interpolate)


def parse_env(text: str, *, interpolate: bool) -> dict[str, str]:
    """The variables in the text of such a file. ValueError says what is wrong."""
    from dotenv import dotenv_values  # noqa: PLC0415  what has no such file need not wait for it

    stream = io.StringIO(_QUOTED.sub(_with_plain_backslashes, text))
    return {name: value or "" for name, value in dotenv_values(stream=stream, interpolate=interpolate).items()}


def _with_plain_backslashes(match: re.Match[str]) -> str:
    """In double quotes a backslash is an escape: `"C:\\new\\table"` would have a line end and a tab in it."""
    before, value, after = match.groups()
    return before + (value.replace("\\", "\\\\") if _WINDOWS_PATH.search(value) else value) + after
