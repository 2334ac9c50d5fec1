"""The console closes, the user signs out, the machine shuts down: the process ends cleanly, and only then says so."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE

from workflow_scheduler.processes import session_end
from workflow_scheduler.processes.session_end import CLOSE, END, LOGOFF, QUERY_END, SHUTDOWN, SIGNS_OUT, SessionEnd


class Told:
    """A process that is told in another thread, as Windows does it."""

    def __init__(self) -> None:
        self.how = ""
        self.asked = threading.Event()
        self.end = SessionEnd(self._end)
        self.answer: object = None

    def _end(self, how: str) -> None:
        self.how = how
        self.asked.set()

    def by(self, tell, *facts: int) -> threading.Thread:
        def answer() -> None:
            self.answer = tell(*facts)

        thread = threading.Thread(target=answer)
        thread.start()
        assert self.asked.wait(PATIENCE)
        return thread


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    yield made
    made.end.over.set()


@pytest.mark.parametrize(("event", "how"), [(CLOSE, "leave"), (SHUTDOWN, "shutdown")])
def test_a_console_that_closes_waits_until_it_is_over(told, event, how) -> None:
    thread = told.by(told.end.on_console, event)
    assert (told.how, thread.is_alive(), told.answer) == (how, True, None)
    told.end.over.set()
    thread.join(PATIENCE)
    assert told.answer is True


def test_a_service_goes_on_when_somebody_signs_out(told) -> None:
    assert told.end.on_console(LOGOFF) is True
    assert not told.asked.is_set()


def test_ctrl_c_is_left_to_python(told) -> None:
    assert [told.end.on_console(event) for event in (0, 1)] == [False, False]


@pytest.mark.parametrize(("why", "how"), [(SIGNS_OUT, "signout"), (-SIGNS_OUT, "signout"), (0, "shutdown")])
def test_a_session_that_ends_waits_until_it_is_over(told, why, how) -> None:
    assert told.end.on_message(0, QUERY_END, 1, why) == 1
    assert not told.asked.is_set()
    thread = told.by(told.end.on_message, 0, END, 1, why)
    assert (told.how, thread.is_alive()) == (how, True)
    told.end.over.set()
    thread.join(PATIENCE)
    assert told.answer == 1


def test_a_shutdown_that_somebody_took_back_changes_nothing(told) -> None:
    assert told.end.on_message(0, END, 0, 0) == 1
    assert not told.asked.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="systemd is asked")
class TestSystemd:
    @pytest.fixture
    def systemctl(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        program = tmp_path / "systemctl"
        program.write_text('#!/bin/sh\necho "$SAYS"\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setenv("INVOCATION_ID", "1")
        return program

    @pytest.mark.parametrize(("says", "stops"), [("running", False), ("degraded", False), ("stopping", True)])
    def test_a_machine_that_stops_is_known(self, systemctl, monkeypatch, says, stops) -> None:
        monkeypatch.setenv("SAYS", says)
        assert session_end.machine_stops() is stops

    def test_who_is_not_run_by_it_does_not_ask(self, systemctl, monkeypatch) -> None:
        monkeypatch.setenv("SAYS", "stopping")
        monkeypatch.delenv("INVOCATION_ID")
        assert session_end.machine_stops() is False

    def test_one_that_does_not_answer_is_not_waited_for(self, systemctl, monkeypatch) -> None:
        monkeypatch.setattr(session_end, "ASKED_PATIENCE", 0.1)
        systemctl.write_text("#!/bin/sh\nexec sleep 600\n")
        assert session_end.machine_stops() is False

    def test_where_there_is_none_it_is_a_stop(self, systemctl, monkeypatch) -> None:
        systemctl.unlink()
        monkeypatch.setenv("PATH", "/nowhere")
        assert session_end.machine_stops() is False
