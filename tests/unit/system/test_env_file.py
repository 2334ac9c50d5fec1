"""`.env` and `env_file`, as the editors and shells of Windows write them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.executors.environment import task_environment
from workflow_scheduler.operations.workflows.read import read_documents
from workflow_scheduler.settings import read_settings
from workflow_scheduler.system.env_file import parse_env

SPEC = AttemptSpec(AttemptKey("r", "t", 1), Task("t", "x", env_file=".env"), {})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"C:\new\table"', r"C:\new\table"),
        (r'"sqlite:///C:\data\new\table.sqlite"', r"sqlite:///C:\data\new\table.sqlite"),
        (r'"C:\data\"', "C:\\data\\"),
        (r'"C:\tools;D:\new" # both', r"C:\tools;D:\new"),
        (r'"\\server\new\table"', r"\\server\new\table"),
        (r'"..\new"', r"..\new"),
        (r'".\table"', r".\table"),
        (r'"%TEMP%\new"', r"%TEMP%\new"),
        (r'"C:\\new\\table"', r"C:\new\table"),
        (r'"\\\\server\\new"', r"\\server\new"),
        (r'"first\nsecond"', "first\nsecond"),
        (r'"Note:\nsecond"', "Note:\nsecond"),
        (r'"a\tb"', "a\tb"),
        (r"'C:\new'", r"C:\new"),
        (r"C:\new", r"C:\new"),
        (r'"say \"C:\""', 'say "C:"'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_path_of_windows_in_double_quotes_stays_as_it_is_written(written: str, value: str, end: str) -> None:
    text = f'A="x"{end or chr(10)}export P = {written}{end}'
    assert parse_env(text, interpolate=False) == {"A": "x", "P": value}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_what_the_shells_of_windows_write_is_read(tmp_path: Path, encoding: str) -> None:
    """`echo … > .env` is UTF-16 in Windows PowerShell."""
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / ".env").write_bytes(mark + "TIMEZONE=Europe/Berlin\r\nNAME=ä\r\n".encode(encoding))
    assert read_settings(tmp_path, {}).timezone == "Europe/Berlin"
    assert task_environment(SPEC, str, tmp_path)["NAME"] == "ä"
    (tmp_path / "w.yaml").write_bytes(
        mark + "id: w\r\ndescription: ä\r\ntasks: [{id: t, command: x}]\r\n".encode(encoding)
    )
    (document,) = read_documents([str(tmp_path / "w.yaml")], io.BytesIO())
    assert document.workflow.description == "ä"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("A=1\nNAME=ä\n".encode("cp1252"), "line 2 is not UTF-8; save it as UTF-8"),
        ("A=1\n".encode("utf-16-le"), "NUL bytes, like UTF-16 without a byte order mark"),
        (b"\xff\xfeA\0=\0\x00\xd8", "line 1 is not UTF-16; save it as UTF-8"),
    ],
)
def test_another_encoding_is_named_with_what_to_do(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(InvalidInput, match=words):
        read_settings(tmp_path, {})
    with pytest.raises(InvalidInput, match=words):
        task_environment(SPEC, str, tmp_path)
