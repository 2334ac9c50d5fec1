"""`scheduler.log`: every line says when and how bad, unless it belongs to the one before."""

from __future__ import annotations

import logging
import os
import re
import sys
from datetime import UTC, datetime

import pytest

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.engine.run_log import RunLog
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.log_file import open_log
from workflow_scheduler.operations.home import log_tail
from workflow_scheduler.system.shared_file import open_to_append

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
    handler = next(handler for handler in logging.getLogger().handlers if hasattr(handler, "maxBytes"))
    monkeypatch.setattr(handler, "maxBytes", 200)
    for number in range(20):
        log.info("line %d", number)
    assert (tmp_path / "scheduler.log.1").exists()
    assert (tmp_path / "scheduler.log").stat().st_size < 300


def test_two_processes_that_write_it_rotate_it_once(log, tmp_path, monkeypatch) -> None:
    """The scheduler and its page: the second goes on in the new file, instead of turning the first one's away again."""
    first = next(handler for handler in logging.getLogger().handlers if hasattr(handler, "maxBytes"))
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


def rotating(monkeypatch, folder, most: int = 1):
    """The log's handler, which finds the file full with each line, and five kept files."""
    handler = next(handler for handler in logging.getLogger().handlers if hasattr(handler, "maxBytes"))
    monkeypatch.setattr(handler, "maxBytes", most)
    for number in range(1, 6):
        (folder / f"scheduler.log.{number}").write_text(f"kept {number}")
    return handler


def kept(folder) -> list[str]:
    return [(folder / f"scheduler.log.{number}").read_text()[:6] for number in range(1, 6)]


def test_the_kept_files_stay_where_the_full_one_cannot_be_renamed(log, tmp_path, monkeypatch) -> None:
    """Such as on Windows, where a viewer holds it: five lines later, nothing was left."""
    log.info("first")
    handler = rotating(monkeypatch, tmp_path)
    rename = os.rename
    tries = []

    def refuse(source, target) -> None:
        tries.append(source)
        raise PermissionError(13, "held")

    monkeypatch.setattr(os, "rename", refuse)
    for number in range(8):
        log.info("line %d", number)
    assert kept(tmp_path) == [f"kept {number}" for number in range(1, 6)]
    assert len((tmp_path / "scheduler.log").read_text().splitlines()) == 9
    assert len(tries) == 1  # and not with each line
    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(handler, "_not_before", 0.0)
    log.info("moved")
    assert kept(tmp_path)[1:] == [f"kept {number}" for number in range(1, 5)]
    assert "line 7" in (tmp_path / "scheduler.log.1").read_text()
    assert len((tmp_path / "scheduler.log").read_text().splitlines()) == 1


def test_a_kept_file_that_cannot_be_moved_costs_none(log, tmp_path, monkeypatch) -> None:
    log.info("first")
    handler = rotating(monkeypatch, tmp_path)
    replace = type(tmp_path).replace

    def held(source, target):
        if source.name == "scheduler.log.3":
            raise PermissionError(13, "held")
        return replace(source, target)

    monkeypatch.setattr(type(tmp_path), "replace", held)
    log.info("second")
    monkeypatch.setattr(type(tmp_path), "replace", replace)
    texts = sorted(path.read_text()[:6] for path in tmp_path.glob("scheduler.log.[1-5]"))
    assert texts == ["kept 1", "kept 2", "kept 3", "kept 4"]
    assert "first" in (tmp_path / "scheduler.log.0").read_text()
    assert "second" in (tmp_path / "scheduler.log").read_text()
    monkeypatch.setattr(handler, "_not_before", 0.0)
    log.info("third")
    assert "first" in (tmp_path / "scheduler.log.1").read_text()
    assert kept(tmp_path)[1:4] == ["kept 1", "kept 2", "kept 3"]
    assert not (tmp_path / "scheduler.log.0").exists()


def test_the_web_interface_leaves_the_rotating_to_the_scheduler(tmp_path) -> None:
    log = open_log(tmp_path, "UTC", bounded=True)
    (handler,) = (handler for handler in logging.getLogger().handlers if hasattr(handler, "maxBytes"))
    assert handler.maxBytes == 0
    log.info("line")
    assert "line" in (tmp_path / "scheduler.log").read_text()
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own there")
def test_it_is_for_its_owner_alone(log, tmp_path) -> None:
    assert (tmp_path / "scheduler.log").stat().st_mode & 0o077 == 0


def test_names_of_output_files_cannot_forge_lines(log, tmp_path) -> None:
    journal = RunLog(log, lambda _: tmp_path)
    key = ("r", "t", 1)
    outputs = ({"path": "a\n2026-01-01 ERROR forged\x1b[2J", "proof": "", "reason": "does not exist"},)
    outcome = Outcome(key, AttemptState.FAILED, "output file a\nforged", 0, outputs=outputs)
    event = Event(datetime.now(UTC), "attempt.failed", "w", run_id="r", task_id="t", attempt=1, reason=outcome.reason)
    journal.write([event], [outcome])
    text = (tmp_path / "scheduler.log").read_text()
    assert len(text.splitlines()) == 2
    assert "\\x0a" in text
    assert "\x1b" not in text


DELETED = pytest.param(
    "deleted", marks=pytest.mark.skipif(sys.platform == "win32", reason="may keep the name while the file is open")
)


@pytest.mark.parametrize("how", ["moved", DELETED, "replaced"])
def test_a_file_that_was_taken_away_is_made_again_with_the_next_line(log, tmp_path, how) -> None:
    path = tmp_path / "scheduler.log"
    log.info("before")
    if how == "moved":
        path.rename(tmp_path / "moved")
    else:
        path.unlink()
    if how == "replaced":
        path.write_text("theirs\n")
    log.info("after")
    text = path.read_text()
    assert ("before" in text, "theirs" in text, "after" in text) == (False, how == "replaced", True)
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0 or how == "replaced"
    log.info("again")
    assert path.read_text().count("after") == 1


def test_where_no_file_can_be_made_the_old_one_is_written_on(log, tmp_path) -> None:
    (tmp_path / "scheduler.log").rename(tmp_path / "old")
    (tmp_path / "scheduler.log").mkdir()
    log.info("kept")
    assert "kept" in (tmp_path / "old").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
@pytest.mark.parametrize("what", ["pipe", "link"])
def test_what_a_script_puts_in_its_place_is_neither_waited_for_nor_followed(log, tmp_path, what) -> None:
    path = tmp_path / "scheduler.log"
    path.rename(tmp_path / "old")
    (tmp_path / "database").write_text("intact")
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "database")
    log.info("kept")
    assert "kept" in (tmp_path / "old").read_text()
    assert (tmp_path / "database").read_text() == "intact"
    path.unlink()
    log.info("here again")
    assert "here again" in path.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_a_pipe_in_its_place_is_said_at_the_start(tmp_path) -> None:
    os.mkfifo(tmp_path / "scheduler.log")
    with pytest.raises(Unreachable, match="is a named pipe"):
        open_log(tmp_path, "UTC")


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators")
def test_a_link_that_a_person_made_is_followed(tmp_path) -> None:
    (tmp_path / "scheduler.log").symlink_to(tmp_path / "elsewhere")
    log = open_log(tmp_path, "UTC")
    log.info("one")
    (tmp_path / "elsewhere").rename(tmp_path / "elsewhere.1")
    log.info("two")
    assert "two" in (tmp_path / "elsewhere").read_text()
    logging.getLogger().handlers.pop().close()


def test_whoever_follows_loses_no_line_when_the_file_is_moved_away(log, tmp_path, monkeypatch) -> None:
    path = tmp_path / "scheduler.log"
    looks = iter(range(1000))

    def look(_: float) -> None:
        number = next(looks)
        if number % 7 == 3:
            path.rename(tmp_path / f"scheduler.log.{number}")
        if number % 7 == 5:
            path.unlink(missing_ok=True)
        log.info("line %d", number)

    monkeypatch.setattr(log_tail.time, "sleep", look)
    lines = log_tail.new_lines(path, path.stat().st_size)
    assert [next(lines).rpartition(" ")[2] for _ in range(50)] == [str(number) for number in range(50)]


def test_whoever_follows_gets_the_last_line_of_the_process_that_had_it_open(tmp_path, monkeypatch) -> None:
    path = tmp_path / "scheduler.log"
    held = os.fdopen(open_to_append(str(path), follow=False), "w")
    steps = iter(
        [
            lambda: path.rename(tmp_path / "old"),
            lambda: (held.write("late\n"), held.flush()),
            lambda: path.write_text("new\n"),
        ]
    )
    monkeypatch.setattr(log_tail.time, "sleep", lambda _: next(steps, lambda: None)())
    lines = log_tail.new_lines(path, 0)
    assert [next(lines), next(lines)] == ["late", "new"]
    held.close()


def test_what_is_known_of_a_log_that_is_not_there(tmp_path) -> None:
    path = tmp_path / "scheduler.log"
    assert "nothing seems to have run" in log_tail.why_no_lines(path)
    (tmp_path / "attempts" / "r").mkdir(parents=True)
    assert "does not exist, although commands ran" in log_tail.why_no_lines(path)
    path.touch()
    assert "is empty, although commands ran" in log_tail.why_no_lines(path)
    (tmp_path / "scheduler.log.1").write_text("old")
    assert "older lines are in" in log_tail.why_no_lines(path)
