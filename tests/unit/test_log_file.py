"""`scheduler.log`: every line says when and how bad, unless it belongs to the one before."""

from __future__ import annotations

import logging
import re

import pytest

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
