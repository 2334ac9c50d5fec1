"""Which processes a process has started."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and the children of each thread")

_PARENT = """
import subprocess, sys, threading
wait = [sys.executable, "-c", "input()"]
made, go = threading.Event(), threading.Event()
children = [subprocess.Popen(wait, stdin=subprocess.PIPE)]
def another():
    children.append(subprocess.Popen(wait, stdin=subprocess.PIPE))
    made.set()
    go.wait()
threading.Thread(target=another).start()
made.wait()
print(*(child.pid for child in children), flush=True)
input()
for child in children:
    child.communicate(b"\\n")
go.set()
"""


def test_the_children_of_all_threads_are_found() -> None:
    from workflow_scheduler.processes.tree import children_of, descendants_of

    command = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        children = sorted(map(int, parent.stdout.readline().split()))
        assert len(children) == 2
        assert sorted(children_of(parent.pid)) == children
        assert sorted(descendants_of(parent.pid)) == children
        parent.communicate("\n")
    assert children_of(parent.pid) == []


def test_a_process_is_found_by_what_its_environment_says(tmp_path) -> None:
    from workflow_scheduler.processes.tree import processes_with

    facts = {"RUN_ID": f"{tmp_path} 1", "ATTEMPT": "a.1"}  # like no other process
    command = [sys.executable, "-S", "-E", "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=facts) as process:
        assert processes_with(facts) == [process.pid]
        assert process.pid in processes_with({"RUN_ID": f"{tmp_path} 1"})
        assert processes_with({**facts, "OTHER": "1"}) == []
        assert processes_with({"RUN_ID": str(tmp_path)}) == []
        process.communicate(b"\n")
    assert processes_with(facts) == []
