"""The first line of a script, and why the operating system cannot start it. Keepers load this module."""

from __future__ import annotations

import os

from workflow_scheduler.system.regular_file import open_regular

__all__ = ["first_line_trouble", "read_beginning"]

_BOM = b"\xef\xbb\xbf"


def read_beginning(path: str, most: int) -> bytes:
    """At most `most` bytes of a file; none if it cannot be read or is no regular file."""
    try:
        with os.fdopen(open_regular(path, follow=True), "rb") as file:
            return file.read(most)
    except OSError:
        return b""


def first_line_trouble(path: str) -> str:
    """A sentence about the script at this path; empty if its first line is valid, or it is no script."""
    line = read_beginning(path, 4096).partition(b"\n")[0]
    if line.startswith((_BOM + b"#!", b"\xff\xfe", b"\xfe\xff")):
        return f"{path} begins with a byte order mark, which hides its first line; save it as UTF-8 without BOM"
    if not line.startswith(b"#!"):
        return ""
    if line.endswith(b"\r"):
        return (
            f"the lines of {path} end as on Windows (CR LF), so that its first line names a program with a carriage return; "
            f"save it with Unix line endings, for example with: sed -i 's/\\r$//' {path}"
        )
    words = line[2:].split()
    program = os.fsdecode(words[0]) if words else ""
    if not program:
        return f"the first line of {path} names no program after #!"
    if not os.path.exists(program):
        return f"{program}, which the first line of {path} names, was not found; install it, or correct that line"
    return ""
