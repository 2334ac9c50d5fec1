"""Why a script could not be started: what its first line says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.exit_codes import exit_code_words
from workflow_scheduler.processes.first_line import first_line_trouble

CASES = {
    b"#!/bin/sh\r\necho\r\n": "end as on Windows (CR LF)",
    b"#!/usr/bin/env python3\r\n": "end as on Windows (CR LF)",
    b"\xef\xbb\xbf#!/bin/sh\n": "byte order mark",
    b"\xff\xfe#\x00!\x00": "byte order mark",
    b"#!/no/such/program -x\n": "/no/such/program, which the first line",
    b"#!\n": "names no program",
}


@pytest.mark.parametrize("line", CASES)
def test_the_first_line_says_what_is_wrong(line: bytes, tmp_path: Path) -> None:
    script = tmp_path / "s.sh"
    script.write_bytes(line)
    assert CASES[line] in first_line_trouble(str(script))


@pytest.mark.parametrize("line", [b"", b"echo hello\r\n", b"\x7fELF\r\n"])
def test_what_is_in_order_has_no_trouble(line: bytes, tmp_path: Path) -> None:
    script = tmp_path / "s.sh"
    script.write_bytes(line)
    assert first_line_trouble(str(script)) == ""
    assert first_line_trouble(str(tmp_path / "nothing")) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_a_first_line_in_order(tmp_path: Path) -> None:
    (tmp_path / "s.sh").write_text("#!/bin/sh -e\n")
    assert first_line_trouble(str(tmp_path / "s.sh")) == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "0"),
        (255, "255"),
        (-1, "-1"),
        (0xFFFFFFFF, "-1"),
        (0xC0000005, "0xC0000005 (access violation)"),
        (-1073741819, "0xC0000005 (access violation)"),
        (0xC000013A, "0xC000013A (ended by Ctrl-C or a closed console)"),
        # As Task Scheduler and Python show them.
        (-2147483645, "0x80000003 (breakpoint)"),
        (-1073741801, "0xC0000017 (not enough memory)"),
        (-1073741795, "0xC000001D (illegal instruction)"),
        (-1073741790, "0xC0000022 (access denied)"),
        (-1073741676, "0xC0000094 (division by zero)"),
        (-1073741571, "0xC00000FD (stack overflow)"),
        (-1073741515, "0xC0000135 (a DLL was not found)"),
        (-1073741511, "0xC0000139 (an entry point of a DLL was not found)"),
        (-1073741510, "0xC000013A (ended by Ctrl-C or a closed console)"),
        (-1073741502, "0xC0000142 (a DLL could not be initialized)"),
        (-1073740940, "0xC0000374 (heap corruption)"),
        (-1073740791, "0xC0000409 (stack buffer overrun)"),
        (-532462766, "0xE0434352 (unhandled .NET exception)"),
        (-65536, "-65536"),
        (-65537, "0xFFFEFFFF"),
        (2**31, "0x80000000"),
        (0x80131506, "0x80131506"),
        (2**31 - 1, "2147483647"),
    ],
)
def test_exit_codes_are_written_as_people_search_for_them(code: int, words: str) -> None:
    assert exit_code_words(code) == words
