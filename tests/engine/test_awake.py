"""The machine stays awake while runs are in progress: those of schedules, unless the workflow says otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from operated import changed

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.operations.runs.start import request_run
from workflow_scheduler.processes.awake import Awake


def workflow(bench, keep_awake: bool | None) -> None:
    task = Task("a", "x", retry=Retry(1, 60))
    bench.commands.create_workflow("w", bench.now)
    bench.commands.change_workflow("w", lambda old: replace(old, tasks=(task,), keep_awake=keep_awake), bench.now)


@pytest.mark.parametrize(
    ("keep_awake", "scheduled", "by_hand"), [(None, True, False), (True, True, True), (False, False, False)]
)
def test_whose_runs_keep_it_awake(bench, keep_awake, scheduled, by_hand) -> None:
    workflow(bench, keep_awake)
    run_id = request_run(bench.database, "w", bench.now)
    bench.step()
    assert bench.awake is by_hand
    bench.end((run_id, "a", 1))
    assert bench.awake is False
    bench.commands.add_schedule("w", {"at": (bench.now + timedelta(seconds=30)).isoformat()}, bench.now)
    bench.step()
    assert bench.awake is False
    bench.pass_time(seconds=31)
    assert bench.awake is scheduled


def test_it_lasts_while_a_run_waits_for_its_retry_and_ends_with_it(bench) -> None:
    workflow(bench, True)
    run_id = request_run(bench.database, "w", bench.now)
    bench.step()
    bench.end((run_id, "a", 1), AttemptState.FAILED, "exit code 1")
    assert bench.awake is True
    bench.pass_time(seconds=61)
    bench.end((run_id, "a", 2))
    assert bench.awake is False


def test_the_next_fire_of_those_that_ask_for_it_wakes_the_machine(bench) -> None:
    workflow(bench, None)
    for minutes, wake in ((10, False), (20, True), (30, True)):
        at = {"at": (bench.now + timedelta(minutes=minutes)).isoformat()}
        bench.commands.add_schedule("w", at, bench.now, schedule_id=f"s{minutes}", wake=wake)
    begun = bench.now
    bench.step()
    assert bench.wakes[-1] == begun + timedelta(minutes=20)
    bench.commands.edit_schedule("s20", lambda old: changed(old, enabled=False), bench.now)
    bench.step()
    assert bench.wakes[-1] == begun + timedelta(minutes=30)
    bench.pass_time(minutes=31)
    assert bench.wakes[-1] is None


@pytest.mark.skipif(sys.platform != "win32", reason="Windows is asked what it was told")
def test_windows_is_told_once_for_each_change() -> None:
    import ctypes

    def told() -> int:
        """What holds for this thread; asking changes it, and puts it back."""
        execution_state = ctypes.WinDLL("kernel32").SetThreadExecutionState
        before = execution_state(0x80000000) & 0xFFFFFFFF
        execution_state(before)
        return before & 1

    awake = Awake()
    said = []
    for wanted in (True, True, False, True, False):
        awake(wanted)
        said.append(told())
    assert said == [1, 1, 0, 1, 0]
