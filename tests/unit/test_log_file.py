"""`scheduler.log`: every line says when and how bad, unless it belongs to the one before."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

import pytest

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.engine.journal import Journal
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.log_file import open_log

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+01:00 (INFO|ERROR|EXCEPTION) +")


@pytest.fixture
def log(tmp_path):
    root = logging.getLogger()
    before = root.handlers[:]
    yield open_log(tmp_path, "Etc/GMT-1")
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()


def test_each_line_of_a_message_has_its_time_and_level(log, tmp_path) -> None:
    log.info("one\n    stdout | two\nthree")
    log.error("four\n\nfive")
    lines = (tmp_path / "scheduler.log").read_text().splitlines()
    assert [bool(STAMP.match(line)) for line in lines] == [True, False, True, True, False, True]
    assert lines[1] == "    stdout | two"
    assert [STAMP.sub("", line) for line in lines] == ["one", "    stdout | two", "three", "four", "", "five"]


def test_what_nobody_foresaw_is_an_exception_with_its_traceback(log, tmp_path) -> None:
    try:
        raise ValueError("boom")
    except ValueError:
        log.exception("A pass failed")
    text = (tmp_path / "scheduler.log").read_text()
    assert " EXCEPTION A pass failed\n" in text
    assert "Traceback" in text
    assert text.splitlines()[-1].endswith("ValueError: boom")


def test_it_is_rotated_by_size(log, tmp_path, monkeypatch) -> None:
    handler = next(one for one in logging.getLogger().handlers if hasattr(one, "maxBytes"))
    monkeypatch.setattr(handler, "maxBytes", 200)
    for number in range(20):
        log.info("line %d", number)
    assert (tmp_path / "scheduler.log.1").exists()
    assert (tmp_path / "scheduler.log").stat().st_size < 300


@pytest.mark.skipif(sys.platform == "win32", reason="Windows renames no open file")
def test_two_processes_that_write_it_rotate_it_once(log, tmp_path, monkeypatch) -> None:
    """The scheduler and its page: the second goes on in the new file, instead of turning the first one's away again."""
    first = next(one for one in logging.getLogger().handlers if hasattr(one, "maxBytes"))
    second = type(first)(tmp_path / "scheduler.log", maxBytes=first.maxBytes, backupCount=5, encoding="utf-8")
    for handler in (first, second):
        monkeypatch.setattr(handler, "maxBytes", 200)
    try:
        for number in range(3):  # the third finds the file full
            log.info("first %d %s", number, "x" * 60)
        second.emit(logging.makeLogRecord({"msg": "second"}))
        log.info("first again")
    finally:
        second.close()
    assert "second" in (tmp_path / "scheduler.log").read_text()
    assert "first again" in (tmp_path / "scheduler.log").read_text()
    assert not (tmp_path / "scheduler.log.2").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own there")
def test_it_is_for_its_owner_alone(log, tmp_path) -> None:
    assert (tmp_path / "scheduler.log").stat().st_mode & 0o077 == 0


def test_names_of_output_files_cannot_forge_lines(log, tmp_path) -> None:
    journal = Journal(log, lambda _: tmp_path)
    key = ("r", "t", 1)
    outputs = ({"path": "a\n2026-01-01 ERROR forged\x1b[2J", "proof": "", "reason": "does not exist"},)
    outcome = Outcome(key, AttemptState.FAILED, "output file a\nforged", 0, outputs=outputs)
    event = Event(datetime.now(UTC), "attempt.failed", "w", run_id="r", task_id="t", attempt=1, reason=outcome.reason)
    journal.write([event], [outcome])
    text = (tmp_path / "scheduler.log").read_text()
    assert len(text.splitlines()) == 2
    assert "\\x0a" in text
    assert "\x1b" not in text
