"""A script can put anything in the place of its attempt's files: it is named, nobody waits for it, and it can be ended."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from executing import Executing
from patience import PATIENCE

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import aside, exits
from workflow_scheduler.executors.base import AttemptSpec, Started
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.executors.records import LocalRecords
from workflow_scheduler.processes.attempt_status import StatusKind, inspect
from workflow_scheduler.system import env_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sh, pipes and links of POSIX")
KEY = ("r", "t", 1)


def spec_of(code: str, number: int = 1, **options: object) -> AttemptSpec:
    task = Task("t", "sh", ("-c", code), **options)
    return AttemptSpec(("r", "t", number), task, {"RUN_ID": "r", "TASK_ID": "t", "ATTEMPT": str(number)})


@pytest.fixture
def executing(tmp_path: Path):
    made = Executing(tmp_path)
    yield made
    made.executor.close()


REPLACED = {
    "mkfifo stdout.log": "stdout.log was replaced by a named pipe",
    "ln -s /etc/passwd stdout.log": "stdout.log was replaced by a symbolic link",
    "mkdir stdout.log": "stdout.log was replaced by a folder",
    "echo other > stdout.log": "stdout.log was replaced by another file",
    "true": "stdout.log no longer exists (No such file or directory)",
}


@pytest.mark.parametrize("command", REPLACED)
def test_the_record_names_what_took_the_place_of_the_output(executing, command: str) -> None:
    executing.executor.launch(spec_of(f'cd "$ATTEMPT_FOLDER"; echo hi; sleep 0.1; rm stdout.log; {command}'))
    outcome = executing.outcome()
    assert outcome.state is AttemptState.SUCCEEDED
    assert outcome.reason == f"exit code 0; some of its output was lost: {REPLACED[command]}"


def test_what_stands_in_the_way_of_the_output_gives_way(executing, tmp_path) -> None:
    folder = tmp_path / "attempts" / "r" / "t.1"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "stdout.log")
    (folder / "stderr.log").mkdir()
    (tmp_path / "secret").write_text("secret")
    executing.executor.launch(spec_of("echo out; echo err >&2"))
    outcome = executing.outcome()
    assert outcome.reason == "exit code 0; some of its output was lost: stderr.log is a folder"
    assert (folder / "stdout.log").read_text() == "out\n"


START = {
    "mkfifo start": "its file start is a named pipe",
    "mkdir start": "its file start is a folder",
    "ln -s /etc/passwd start": "its file start is a symbolic link",
    'echo \'{"exit": {"how": "exited"}}\' > start': "its file start was changed by the command",
    "echo '[[1]]' > start": "its file start was changed by the command",
}


@pytest.mark.parametrize("command", START)
def test_a_start_file_that_was_replaced_hangs_nobody_and_starts_nothing(
    executing, tmp_path, until, command: str
) -> None:
    again = tmp_path / "again"
    code = f'cd "$ATTEMPT_FOLDER"; echo x >> {shlex.quote(str(again))}; rm start; {command}; touch done; sleep 600'
    executing.executor.launch(spec_of(code))
    folder = tmp_path / "attempts" / "r" / "t.1"
    while not isinstance(executing.reports.get(timeout=PATIENCE), Started):
        pass
    executing.executor.close()
    until((folder / "done").exists)
    assert inspect(folder).kind is StatusKind.GONE
    second = _adopt(tmp_path, spec_of(code))
    outcome = second.outcome()
    second.executor.close()
    assert outcome.state is AttemptState.UNKNOWN
    assert START[command] in outcome.reason
    assert "its remaining processes were killed" in outcome.reason
    assert again.read_text() == "x\n"


def test_an_attempt_whose_folder_was_deleted_is_not_started_again(executing, tmp_path, until) -> None:
    again = tmp_path / "again"
    code = f'echo x >> {shlex.quote(str(again))}; rm -r "$ATTEMPT_FOLDER"; touch {shlex.quote(str(tmp_path))}/done; sleep 600'
    executing.executor.launch(spec_of(code))
    while not isinstance(executing.reports.get(timeout=PATIENCE), Started):
        pass
    executing.executor.close()
    until((tmp_path / "done").exists)
    spec = spec_of(code)
    second = _adopt(tmp_path, AttemptSpec(spec.key, spec.task, spec.values, begun=True))
    outcome = second.outcome()
    second.executor.close()
    assert outcome.state is AttemptState.UNKNOWN
    assert "has no record of its start" in outcome.reason
    assert again.read_text() == "x\n"


@pytest.mark.parametrize("command", ["mkfifo stop", "mkdir stop", "ln -s /etc/passwd stop", "chmod 0 stop"])
def test_an_adopted_attempt_is_cancelled_whatever_stands_in_the_way(executing, tmp_path, until, command: str) -> None:
    code = f'cd "$ATTEMPT_FOLDER"; touch stop; rm stop; {command}; touch done; sleep 600'
    executing.executor.launch(spec_of(code, stop_grace=1.0))
    folder = tmp_path / "attempts" / "r" / "t.1"
    until((folder / "done").exists)
    executing.executor.close()
    second = _adopt(tmp_path, spec_of(code))
    second.executor.stop({KEY: "cancelled by hand"})
    outcome = second.outcome()
    second.executor.close()
    assert outcome.state is AttemptState.CANCELLED


def test_an_attempt_that_was_barred_never_starts_here(tmp_path) -> None:
    for _ in range(2):
        LocalRecords(tmp_path).bar(KEY)
    second = Executing(tmp_path)
    second.executor.adopt([spec_of("touch ran")])
    outcome = second.outcome()
    second.executor.close()
    assert outcome.state is AttemptState.UNKNOWN
    assert outcome.reason == f"its result is unknown: {exits.BARRED}"
    assert not (tmp_path / "ran").exists()


class TestPreparation:
    """A file system that does not answer is a pipe here: reading its other end hangs until the test lets go."""

    @pytest.fixture
    def hanging(self, monkeypatch):
        reader, writer = os.pipe()
        real = env_file.read_regular

        def read(path: Path, most: int, **options: bool) -> bytes:
            if path.name == "hangs":
                os.read(reader, 1)
                return b"A=1"
            return real(path, most, **options)

        monkeypatch.setattr(env_file, "read_regular", read)
        monkeypatch.setattr(aside, "HANGS", 0.05)
        yield lambda: os.write(writer, b"x" * 100)
        os.write(writer, b"x" * 100)
        os.close(writer)

    def test_it_holds_no_place_and_can_be_cancelled(self, executing, hanging) -> None:
        executing.executor.limit(1)
        executing.executor.launch(spec_of("true", 1, env_file="hangs"))
        executing.executor.launch(spec_of("true", 2))
        assert executing.outcome().key == ("r", "t", 2)
        executing.executor.stop({("r", "t", 1): "cancelled by hand"})
        outcome = executing.outcome()
        assert (outcome.state, outcome.reason) == (
            AttemptState.CANCELLED,
            "cancelled by hand, before it was started (while reading its env_file hangs)",
        )

    def test_it_counts_against_the_time_limit(self, executing, hanging) -> None:
        executing.executor.launch(spec_of("true", env_file="hangs", timeout=0.2))
        outcome = executing.outcome()
        assert (outcome.state, outcome.reason) == (
            AttemptState.TIMED_OUT,
            "stopped after 0.2 s, its time limit, before it was started (while reading its env_file hangs)",
        )

    def test_it_goes_on_when_the_file_system_answers(self, executing, hanging, until) -> None:
        executing.executor.limit(1)
        executing.executor.launch(spec_of('test "$A" = 1', 1, env_file="hangs"))
        executing.executor.launch(spec_of("true", 2))
        assert executing.outcome().key == ("r", "t", 2)
        hanging()
        outcome = executing.outcome()
        assert (outcome.key, outcome.state) == (("r", "t", 1), AttemptState.SUCCEEDED)

    def test_behind_another_it_holds_up_neither_its_end_nor_its_keeper(self, executing, hanging) -> None:
        """The end of a command has the next one prepared in the thread that reads its keeper."""
        executing.executor.limit(1)
        executing.executor.launch(spec_of("sleep 0.1", 1))
        executing.executor.launch(spec_of("true", 2, env_file="hangs"))
        for number in range(3, 6):
            executing.executor.launch(spec_of("true", number))
        ended = [executing.outcome().key[2] for _ in range(4)]
        assert ended == [1, 3, 4, 5]
        hanging()
        outcome = executing.outcome()
        assert (outcome.key, outcome.state) == (("r", "t", 2), AttemptState.SUCCEEDED)
        executing.executor.launch(spec_of("true", 6))
        assert executing.outcome().key == ("r", "t", 6)

    def test_more_than_all_threads_hang(self, executing, hanging, monkeypatch) -> None:
        monkeypatch.setattr(aside, "MOST_THREADS", 2)
        executing.executor.limit(1)
        for number in range(1, 6):
            executing.executor.launch(spec_of("true", number, env_file="hangs", timeout=0.5))
        executing.executor.stop({("r", "t", 5): "cancelled by hand"})
        states = sorted(executing.outcome().state for _ in range(5))
        assert states == [AttemptState.CANCELLED, *[AttemptState.TIMED_OUT] * 4]


def test_an_env_file_that_is_no_file_is_named(executing, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for number, (name, sentence) in enumerate({"pipe": "is a named pipe", "/dev/zero": "is a device"}.items()):
        executing.executor.launch(spec_of("true", number + 1, env_file=name))
        assert sentence in executing.outcome().reason


def _adopt(home: Path, spec: AttemptSpec) -> Executing:
    second = Executing(home)
    assert isinstance(second.executor, LocalExecutor)
    second.executor.adopt([spec])
    return second
