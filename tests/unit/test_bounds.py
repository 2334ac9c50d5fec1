"""What a text costs: no text of any kind takes longer per byte the longer it is, and none is read without end."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable

import pytest

from workflow_scheduler.definitions.careful_yaml import MAX_NAME
from workflow_scheduler.definitions.documents import changed_workflow, load
from workflow_scheduler.definitions.source_map import MAX_BYTES
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.numbers import parse_count
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.workflows.read import read_documents
from workflow_scheduler.settings import read_settings

_TASK = "id: a\ntasks: [{command: a, "
TEXTS: dict[str, Callable[[int], str]] = {
    # What repeats, by the indicator that it begins with.
    **{
        f"{char!r} {name}": repeated
        for char in "!&*%[{]},:?-#|>@`\"'~=<a\t\r\n \ufeff\x85\u2028"
        for name, repeated in {
            "alone": lambda n, char=char: char * n,
            "apart": lambda n, char=char: f"{char} " * (n // 2),
            "in lines": lambda n, char=char: f"{char}\n" * (n // 2),
            "in a list": lambda n, char=char: f"[{char}" + f"a, {char}" * (n // 4),
            "of a value": lambda n, char=char: f"id: {char}" + "a" * n,
            "of values": lambda n, char=char: f"id: {char * n}",
        }.items()
    },
    "tag of percent signs": lambda n: "!" + "%41" * (n // 3),
    "tag directive": lambda n: "%TAG ! " + "a" * n + "\n---\nx",
    "version": lambda n: "%YAML " + "1" * n + "\n---\nx",
    "escapes": lambda n: 'id: "' + "\\x41" * (n // 4) + '"',
    "surrogates": lambda n: 'id: "' + "\\ud800" * (n // 6) + '"',
    "quotes": lambda n: "id: '" + "''" * (n // 2) + "'",
    "aliases": lambda n: "a: &x 1\nb: [" + "*x," * (n // 3) + "]",
    "anchors": lambda n: "b: [" + "&x 1," * (n // 5) + "]",
    "merges": lambda n: "a: &x {k: 1}\nb:\n" + "  <<: *x\n" * (n // 9),
    "names": lambda n: "".join(f"k{number}: 1\n" for number in range(n // 9)),
    "documents": lambda n: "---\nid: a\n" * (n // 10),
    "documents of JSON": lambda n: '{"id":"a"}\n---\n' * (n // 15) + "x",
    "nested JSON": lambda n: '{"a":' * (n // 5),
    "name in JSON": lambda n: '{"id":"a","' + "k" * n + '":1}',
    "number in JSON": lambda n: '{"id":"a","max_active_runs":' + "9" * n + "}",
    "number": lambda n: "id: a\nmax_active_runs: " + "9" * n,
    "duration": lambda n: _TASK + 'timeout: "' + "1" * n + '"}]',
    "exit codes": lambda n: _TASK + 'expected_exit_codes: "' + "1," * (n // 2) + '"}]',
    "arguments": lambda n: _TASK + 'args: "' + "\\\\" * (n // 2) + '"}]',
    "labels": lambda n: 'id: a\nlabels: "' + "a " * (n // 2) + '"',
    "chain": lambda n: (
        "id: a\ntasks:\n"
        + "".join(
            f" - {{id: t{at}, command: x, depends_on: [{f't{at - 1}' if at else ''}]}}\n" for at in range(n // 50)
        )
    ),
    "cron": lambda n: _TASK + 'id: t}]\nschedules: [{cron: "' + "1," * (n // 2) + '1 * * * *"}]',
}
SHORT, TIMES = 5_000, 8
TRIES = 7


def cost(text: str) -> float:
    """Seconds of this thread's own work: another process on the machine adds nothing but to the caches."""
    began = time.thread_time()
    with contextlib.suppress(InvalidInput):
        load(text, "x")
    return time.thread_time() - began


@pytest.mark.skipif(sys.platform == "win32", reason="its clock of a thread's work moves 1/64 s at a time")
@pytest.mark.parametrize("kind", TEXTS)
def test_eight_times_the_text_takes_no_more_than_some_eight_times_as_long(kind: str, capsys) -> None:
    short, long = TEXTS[kind](SHORT), TEXTS[kind](SHORT * TIMES)
    cost(short)  # with what comes only once
    tries: list[tuple[float, float]] = []
    # What grows with the square takes 64 times as long. In turns: a machine has slow times and quick ones.
    while not tries or tries[-1][1] > tries[-1][0] * TIMES * 3 + 0.01:
        assert len(tries) < TRIES, tries
        tries.append((cost(short), cost(long)))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("start", ["!", "&", "*", "!!", "!<"])
def test_no_tag_or_anchor_is_longer_than_a_name(start: str) -> None:
    """ruamel.yaml decodes a tag in a time that grows with the square of its length: found with 890,000 of `!`."""
    with pytest.raises(InvalidInput, match=f"more than {MAX_NAME} characters"):
        load(f"id: {start}{'a' * 100_000}{'>' if start == '!<' else ''} x", "x")
    with pytest.raises(InvalidInput, match=f"more than {MAX_NAME} characters"):
        load("!" * 890_000, "x")


@pytest.mark.parametrize(
    "text",
    ["id: !!str a", "id: &a a\ndescription: *a", "%YAML 1.2\n---\nid: a", "id: &x a\nlabels: [&x b, *x]"],
)
def test_what_people_write_is_read(text: str, capsys) -> None:
    assert load(text, "x")[0].workflow.id == "a"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a", "\u008b": 1}',
        '{"id": "a", "' + "k" * 2000 + '": 1}',
        '{"id": "a", "description": "\\ud800"}',
        '{"id": "a", "description": "\\u0000"}',
        '{"id": "a", "\\ud800": 1}',
        'id: a\ndescription: "\\ud800"',
        'id: a\ndescription: "\\0"',
        'id: a\n"\\ud800": 1',
        'id: a\ndescription: "\\U00110000"',
        'id: a\ndescription: "\\Uffffffff"',
        "id: a\ndescription: \u008b",
        "%YAML " + "9" * 5000 + ".1\n---\nid: a",
        "%YAML ²\n---\nid: a",
    ],
)
def test_what_cannot_be_stored_or_read_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(text, "x")
    assert str(caught.value).startswith("x:")
    str(caught.value).encode()


class Endless(io.RawIOBase):
    """Such as /dev/zero; counts what is asked of it."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= MAX_BYTES + 1
        self.given += size
        return b"a" * size


def test_a_definition_that_never_ends_is_not_read_to_its_end(tmp_path) -> None:
    endless = Endless()
    with pytest.raises(InvalidInput, match="more than 32 MB"):
        read_documents(["-"], endless)
    assert endless.given <= MAX_BYTES + 1
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(10**11)  # of which nothing is on the disk
    with pytest.raises(InvalidInput, match="more than 32 MB"):
        read_documents([str(tmp_path / "large.yaml")], endless)


def test_a_folder_of_definitions_may_hold_what_is_none(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("id: a")
    (tmp_path / "folder.yaml").mkdir()
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.yaml")
        (tmp_path / "lost.yaml").symlink_to("nowhere")
    assert [document.workflow.id for document in read_documents([str(tmp_path)], io.BytesIO())] == ["a"]


ODD_NUMBERS = ["²", "٣", "१", "", " 1", "+1", "-1", "1_0", "1.0", "1e3", "0x1", "9" * 5000, "0" * 20 + "19999", "nan"]


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_only_a_few_plain_digits_are_a_number(text: str, tmp_path) -> None:
    assert parse_count(text) is None
    with pytest.raises(InvalidInput, match="max_active_runs: ") as caught:
        changed_workflow(Workflow("w"), {"max_active_runs": text})
    assert len(str(caught.value)) < 200
    if text.strip() == text and text:
        with pytest.raises(InvalidInput, match="PORT"):
            read_settings(tmp_path, {"PORT": text})
