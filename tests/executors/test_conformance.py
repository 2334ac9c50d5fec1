"""What every executor owes the engine, tried from outside: the protocol of `executors.base` and nothing else.

An executor of another kind takes part by a line in `conftest.KINDS`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from executing import Executing
from patience import PATIENCE

from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import slots
from workflow_scheduler.executors.base import AttemptSpec, CheckingOutputs, NotLaunched, Outcome, Started

KEY = AttemptKey("r", "t", 1)
UNTIL_GO = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)\n"
COUNTED = "open('count', 'a').write('x')\n"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class TestLaunching:
    def test_a_command_is_reported_when_it_runs_and_when_it_ends(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("import sys; sys.exit(3)"))
        started, outcome = executing.started(), executing.outcome()
        assert started.key == outcome.key == KEY
        assert started.pid > 0
        assert (outcome.state, outcome.exit_code) == (AttemptState.FAILED, 3)
        assert outcome.started_at is not None
        assert outcome.finished_at is not None
        assert started.at == outcome.started_at <= outcome.finished_at

    def test_expected_exit_codes_are_a_success(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("import sys; sys.exit(3)", expected_exit_codes=(0, 3)))
        assert (outcome := executing.outcome()).state is AttemptState.SUCCEEDED
        assert outcome.exit_code == 3

    def test_what_ran_is_not_run_again_but_said_again(self, executing: Executing, later: Executing) -> None:
        spec = executing.spec(COUNTED)
        executing.executor.launch(spec)
        first = executing.outcome()
        executing.executor.close()
        later.executor.launch(spec)
        assert later.outcome() == first
        assert (executing.home / "count").read_text() == "x"

    def test_what_runs_is_not_run_twice(self, executing: Executing, later: Executing) -> None:
        spec = executing.spec(COUNTED + UNTIL_GO)
        executing.executor.launch(spec)
        started = executing.started()
        executing.executor.close()
        later.executor.launch(spec)
        assert later.started() == started
        (executing.home / "go").touch()
        assert later.outcome().state is AttemptState.SUCCEEDED
        assert (executing.home / "count").read_text() == "x"

    def test_a_command_that_is_not_there_is_a_failed_attempt(self, executing: Executing) -> None:
        executing.executor.launch(AttemptSpec(KEY, Task("t", "no such command"), {}))
        outcome = executing.outcome()
        assert outcome.state is AttemptState.FAILED
        assert "not found" in outcome.reason


class TestSurroundings:
    def test_the_facts_are_in_the_environment(self, executing: Executing) -> None:
        spec = executing.spec("import os; print(os.environ['RUN_ID'], os.environ['FACT'])")
        executing.executor.launch(AttemptSpec(spec.key, spec.task, {**spec.values, "FACT": "a b"}))
        assert executing.outcome().state is AttemptState.SUCCEEDED
        assert executing.output().split("\n")[0] == "r a b"

    def test_what_is_written_is_kept_by_stream(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("import sys; print('out'); print('err', file=sys.stderr)"))
        executing.outcome()
        assert (executing.output().strip(), executing.output(stream="stderr").strip()) == ("out", "err")

    @posix_only
    def test_the_memory_that_a_command_needed_is_known(self, executing: Executing) -> None:
        peaks = []
        for number, code in enumerate(("x = bytearray(400_000_000)", ""), 1):
            executing.executor.launch(executing.spec(code, number))
            peaks.append((executing.outcome().facts or {})["peak"])
        assert peaks[0] > 400_000_000 > peaks[1] > 1_000_000

    def test_a_text_is_given_to_the_command(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("print(input()[::-1])", stdin="abc\n"))
        executing.outcome()
        assert executing.output().strip() == "cba"


class TestOutputFiles:
    def test_they_are_checked_after_the_command(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("open('f', 'w').write('1')", output_files=(OutputFile("f"),)))
        reports = [executing.reports.get(timeout=PATIENCE) for _ in range(3)]
        assert [type(report) for report in reports] == [Started, CheckingOutputs, Outcome]
        assert isinstance(outcome := reports[-1], Outcome)
        assert outcome.state is AttemptState.SUCCEEDED
        assert [(Path(file["path"]).name, bool(file["proof"])) for file in outcome.outputs] == [("f", True)]

    def test_what_is_not_written_in_time_is_a_failure(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("", output_files=(OutputFile("never"),), output_timeout=0.2))
        outcome = executing.outcome()
        assert (outcome.state, outcome.exit_code) == (AttemptState.FAILED, 0)
        assert "never" in outcome.reason

    def test_waiting_for_them_can_be_cancelled(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("", output_files=(OutputFile("never"),)))
        while not isinstance(executing.reports.get(timeout=PATIENCE), CheckingOutputs):
            pass
        executing.executor.stop({KEY: "cancelled by hand"})
        assert executing.outcome().state is AttemptState.CANCELLED


class TestAdopting:
    def test_the_next_one_goes_on_with_what_this_one_lost_sight_of(
        self, executing: Executing, later: Executing
    ) -> None:
        code = UNTIL_GO + "import sys\nopen('f', 'w')\nsys.exit(3)"
        spec = executing.spec(code, expected_exit_codes=(3,), output_files=(OutputFile("f"),))
        executing.executor.launch(spec)
        started = executing.started()
        executing.executor.close()
        later.executor.adopt([spec])
        assert later.started() == started
        (executing.home / "go").touch()
        outcome = later.outcome()
        assert (outcome.state, outcome.exit_code) == (AttemptState.SUCCEEDED, 3)
        assert outcome.outputs[0]["proof"].startswith("changed")

    def test_what_ended_meanwhile_is_found(self, executing: Executing, later: Executing) -> None:
        spec = executing.spec(COUNTED)
        executing.executor.launch(spec)
        first = executing.outcome()
        executing.executor.close()
        later.executor.adopt([spec])
        assert later.outcome() == first
        assert (executing.home / "count").read_text() == "x"

    def test_what_nobody_started_is_launched(self, executing: Executing) -> None:
        executing.executor.adopt([executing.spec("import sys; sys.exit(4)")])
        assert executing.outcome().exit_code == 4

    def test_what_began_and_left_no_record_is_unknown_and_never_started(self, executing: Executing) -> None:
        spec = executing.spec(COUNTED)
        executing.executor.adopt([AttemptSpec(spec.key, spec.task, spec.values, begun=True)])
        assert executing.outcome().state is AttemptState.UNKNOWN
        assert not (executing.home / "count").exists()

    def test_what_waits_when_the_engine_lets_go_is_left_to_the_next_one(
        self, executing: Executing, later: Executing
    ) -> None:
        executing.executor.limit(1)
        executing.executor.launch(first := executing.spec(UNTIL_GO))
        executing.executor.launch(second := executing.spec(COUNTED, 2))
        executing.started()
        executing.executor.close()
        later.executor.limit(1)
        later.executor.adopt([second, first])
        assert later.started().key == first.key
        assert not (executing.home / "count").exists(), "the place is the adopted one's"
        (executing.home / "go").touch()
        assert [later.outcome().key, later.outcome().key] == [first.key, second.key]
        assert (executing.home / "count").read_text() == "x"


class TestEnding:
    def test_a_command_is_ended_with_all_that_it_started(self, executing: Executing) -> None:
        child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(600)']"
        code = f"import subprocess, time\nprint(subprocess.Popen({child}).pid, flush=True)\nopen('up', 'w')\ntime.sleep(600)"
        executing.executor.launch(executing.spec(code, stop_grace=0.5))
        executing.started()
        _wait_for(executing.home / "up")
        executing.executor.stop({KEY: "cancelled by hand"})
        outcome = executing.outcome()
        assert outcome.state is AttemptState.CANCELLED
        assert outcome.reason.startswith("cancelled by hand")
        assert not _alive(int(executing.output()))

    @posix_only
    def test_what_does_not_listen_is_ended_by_force(self, executing: Executing) -> None:
        code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('up', 'w')\ntime.sleep(600)"
        executing.executor.launch(executing.spec(code, stop_grace=0.2))
        _wait_for(executing.home / "up")
        executing.executor.stop({KEY: "cancelled by hand"})
        assert "SIGKILL" in executing.outcome().reason

    def test_a_time_limit_ends_it(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("import time; time.sleep(600)", timeout=0.5, stop_grace=0.5))
        started, outcome = executing.started(), executing.outcome()
        assert outcome.state is AttemptState.TIMED_OUT
        assert not _alive(started.pid)

    def test_what_waits_for_a_place_can_be_cancelled(self, executing: Executing) -> None:
        executing.executor.limit(0)
        executing.executor.launch(executing.spec(COUNTED))
        executing.executor.stop({KEY: "cancelled by hand"})
        outcome = executing.outcome()
        assert (outcome.state, outcome.reason) == (AttemptState.CANCELLED, "cancelled by hand, before it was started")
        executing.executor.limit(1)
        executing.executor.launch(executing.spec("", 2))
        assert executing.outcome().key == ("r", "t", 2)
        assert not (executing.home / "count").exists()

    def test_what_ended_can_be_stopped_without_harm(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec(""))
        assert executing.outcome().state is AttemptState.SUCCEEDED
        executing.executor.stop({KEY: "cancelled by hand"})
        executing.executor.launch(executing.spec("", 2))
        assert executing.outcome().key == ("r", "t", 2)

    def test_an_interruption_leaves_what_ran_unknown_and_what_waited_to_the_next(self, executing: Executing) -> None:
        executing.executor.limit(1)
        executing.executor.launch(executing.spec("import time; time.sleep(600)", stop_grace=0.5))
        executing.executor.launch(executing.spec(COUNTED, 2))
        executing.started()
        assert executing.executor.busy()
        executing.executor.interrupt("shutdown")
        told = {report.key[2]: report for report in (executing.reports.get(timeout=PATIENCE) for _ in range(2))}
        assert isinstance(told[1], Outcome)
        assert told[1].state is AttemptState.UNKNOWN
        assert isinstance(told[2], NotLaunched)
        assert not executing.executor.busy()
        assert not (executing.home / "count").exists()


class TestPlaces:
    @pytest.mark.parametrize("most", [1, 2])
    def test_no_more_run_at_once_than_the_limit_and_the_next_starts_by_itself(
        self, executing: Executing, most: int
    ) -> None:
        executing.executor.limit(most)
        code = (
            "import os, time\nopen({0!r}, 'w').close()\nprint(len(os.listdir('.')))\ntime.sleep(0.1)\nos.unlink({0!r})"
        )
        (busy := executing.home / "busy").mkdir()
        for number in range(1, 7):
            executing.executor.launch(executing.spec(code.format(f"{number}"), number, working_dir=str(busy)))
        ended = [executing.outcome() for _ in range(6)]
        assert {outcome.state for outcome in ended} == {AttemptState.SUCCEEDED}
        if most == 1:
            ended.sort(key=lambda outcome: outcome.started_at)
            assert [outcome.key[2] for outcome in ended] == [1, 2, 3, 4, 5, 6]
        assert max(int(executing.output(number)) for number in range(1, 7)) <= most

    def test_an_engine_that_is_silent_has_nothing_more_started(
        self, executing: Executing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(slots, "LIMIT_HOLDS", -1.0)
            executing.executor.limit(1)
        executing.executor.launch(executing.spec(COUNTED))
        assert not executing.executor.busy()
        executing.executor.limit(1)
        assert executing.outcome().state is AttemptState.SUCCEEDED

    def test_after_closing_nothing_is_reported_and_the_command_goes_on(
        self, executing: Executing, later: Executing
    ) -> None:
        executing.executor.launch(spec := executing.spec(UNTIL_GO + COUNTED))
        executing.started()
        executing.executor.close()
        (executing.home / "go").touch()
        _wait_for(executing.home / "count")
        later.executor.adopt([spec])
        assert later.outcome().state is AttemptState.SUCCEEDED
        assert executing.reports.empty()


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
        opened.write(text)


def _wait_for(file: Path) -> None:
    import time

    while not file.exists():
        time.sleep(0.02)


class TestFacts:
    def test_what_was_true_when_it_began_survives_the_engine(self, executing: Executing, later: Executing) -> None:
        spec = executing.spec(UNTIL_GO, env={"MODE": "fast"})
        executing.executor.launch(spec)
        executing.started()
        executing.executor.close()
        later.executor.adopt([spec])
        (executing.home / "go").touch()
        facts = later.outcome().facts or {}
        assert list(facts["env"]) == ["MODE"]
        assert facts["program"]["version"] == sys.version.split()[0]

    def test_what_cannot_begin_has_none(self, executing: Executing) -> None:
        executing.executor.launch(executing.spec("", env_file="nowhere.env"))
        assert executing.outcome().facts is None


class TestSecrets:
    def test_a_secret_is_read_where_the_command_runs_and_is_not_in_its_output(self, executing: Executing) -> None:
        write_private(executing.home / "token", "s3cret-value")
        code = "import os; open('seen', 'w').write(os.environ['TOKEN']); print('it is', os.environ['TOKEN'])"
        spec = executing.spec(code, secrets=("TOKEN",))
        executing.executor.launch(replace(spec, secrets={"TOKEN": f"file:{executing.home / 'token'}"}))
        assert executing.outcome().state is AttemptState.SUCCEEDED
        assert (executing.home / "seen").read_text() == "s3cret-value"
        assert executing.output().startswith("it is ")
        assert "s3cret" not in executing.output()

    def test_a_secret_that_is_not_there_fails_the_attempt(self, executing: Executing) -> None:
        spec = executing.spec(COUNTED, secrets=("TOKEN",))
        executing.executor.launch(replace(spec, secrets={"TOKEN": f"file:{executing.home / 'token'}"}))
        outcome = executing.outcome()
        assert outcome.state is AttemptState.FAILED
        assert "TOKEN" in outcome.reason
        assert not (executing.home / "count").exists()


class TestRefusing:
    def test_what_cannot_be_started_fails_and_says_why(self, executing: Executing) -> None:
        executing.executor.launch(replace(executing.spec(COUNTED), refusal="defaults.yaml cannot be read"))
        outcome = executing.outcome()
        assert (outcome.state, outcome.reason) == (AttemptState.FAILED, "defaults.yaml cannot be read")
        assert not (executing.home / "count").exists()

    def test_a_parameter_must_be_a_path_where_the_command_runs(self, executing: Executing) -> None:
        (executing.home / "there").touch()
        for number, name in ((1, "there"), (2, "missing")):
            spec = executing.spec("import os; print(os.environ['PARAM_INPUT'])", number)
            executing.executor.launch(replace(spec, params={"input": name}, must_exist=("input",)))
        ended = sorted((executing.outcome() for _ in range(2)), key=lambda outcome: outcome.key)
        assert [outcome.state for outcome in ended] == [AttemptState.SUCCEEDED, AttemptState.FAILED]
        assert executing.output().strip() == "there"
        assert "input" in ended[1].reason
