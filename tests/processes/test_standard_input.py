"""What a command reads from its standard input, and the priority it runs with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.processes.priority import priority_class

COPY = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, open('copy', 'wb'))"
NICE = "import os; open('nice', 'w').write(str(os.getpriority(os.PRIO_PROCESS, 0)))"


def test_without_a_text_there_is_nothing_to_read(executing, tmp_path: Path) -> None:
    executing.executor.launch(executing.spec(COPY))
    assert executing.outcome().state is AttemptState.SUCCEEDED
    assert (tmp_path / "copy").read_bytes() == b""


@pytest.mark.parametrize(
    "text", ["yes", "one\ntwo\n", "größe ☃", "x" * 200_000], ids=["word", "lines", "letters", "long"]
)
def test_a_text_is_given_as_it_is(executing, tmp_path: Path, text: str) -> None:
    executing.executor.launch(executing.spec(COPY, stdin=text))
    assert executing.outcome().state is AttemptState.SUCCEEDED
    assert (tmp_path / "copy").read_bytes() == text.encode()
    assert not list((tmp_path / "attempts").rglob("stdin"))


def test_a_command_that_reads_nothing_is_not_waited_for(executing) -> None:
    executing.executor.launch(executing.spec("", stdin="x" * 1_000_000))
    assert executing.outcome().state is AttemptState.SUCCEEDED


def test_a_file_is_read_from_the_working_folder(executing, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "answers").write_bytes(b"\x00yes\r\n")
    executing.executor.launch(executing.spec(COPY, stdin="file:answers", working_dir="work"))
    assert executing.outcome().state is AttemptState.SUCCEEDED
    assert (tmp_path / "work" / "copy").read_bytes() == b"\x00yes\r\n"


def test_a_file_that_is_none_is_a_failed_attempt_and_hangs_nothing(executing, tmp_path: Path) -> None:
    executing.executor.launch(executing.spec(COPY, stdin="file:nowhere"))
    outcome = executing.outcome()
    assert outcome.state is AttemptState.FAILED
    assert f"standard input cannot be read: {tmp_path / 'nowhere'}" in outcome.reason
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        executing.executor.launch(executing.spec(COPY, number=2, stdin="file:pipe"))
        assert "is a named pipe" in executing.outcome().reason
    assert not (tmp_path / "copy").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there it is a class: see the table below")
def test_a_command_has_the_priority_that_its_task_names(executing, tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for number, nice in enumerate((0, 7), 1):
        executing.executor.launch(executing.spec("import time; time.sleep(0.3); " + NICE, number=number, nice=nice))
        assert executing.outcome().state is AttemptState.SUCCEEDED
        assert (tmp_path / "nice").read_text() == str(nice or own)


@pytest.mark.skipif(sys.platform == "win32", reason="there it is a class: see the table below")
def test_a_higher_priority_is_given_or_refused_before_the_command_starts(executing, tmp_path: Path) -> None:
    executing.executor.launch(executing.spec(NICE, nice=-3))
    outcome = executing.outcome()
    if os.geteuid() == 0:
        assert (tmp_path / "nice").read_text() == "-3"
        executing.executor.launch(executing.spec(NICE, number=2))
        assert executing.outcome().state is AttemptState.SUCCEEDED
        assert (tmp_path / "nice").read_text() == str(os.getpriority(os.PRIO_PROCESS, 0))
    else:
        assert "this user may not set the priority (nice -3)" in outcome.reason
        assert not (tmp_path / "nice").exists()


def test_a_number_stands_for_the_nearest_class_of_windows() -> None:
    # Source: Microsoft, "Process Creation Flags".
    idle, below, normal, above, high = 0x40, 0x4000, 0x20, 0x8000, 0x80
    table = {
        19: idle,
        15: idle,
        14: below,
        5: below,
        4: normal,
        -4: normal,
        -5: above,
        -14: above,
        -15: high,
        -20: high,
    }
    assert {nice: priority_class(nice) for nice in table} == table
    assert priority_class(0) == 0
