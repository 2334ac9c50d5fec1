"""The memory of failures by the real commands, and by the API's own words in a message."""

from __future__ import annotations

import json
import sys

WORKFLOW = """
id: load
tasks:
  - id: a
    command: {python}
    args: [-c, "import os, sys; print('pid', os.getpid(), 'ORA-12541: no listener at db1', file=sys.stderr); sys.exit(3)"]
"""
NOTIFY = """
channels: {{ops: {{kind: command, command: [{python}, -c, "import sys; open('got', 'ab').write(sys.stdin.buffer.read() + b'\\\\n')"]}}}}
rules: [{{on: [attempt_failed], to: [ops]}}]
"""


def test_a_failure_and_its_note_are_shown_again(scheduler, until) -> None:
    (scheduler.home / "w.yaml").write_text(WORKFLOW.format(python=json.dumps(sys.executable)))
    (scheduler.home / "notify.yaml").write_text(NOTIFY.format(python=json.dumps(sys.executable)))
    scheduler("workflow", "apply", "w.yaml")
    scheduler("start")
    scheduler("run", "load", "--id", "r1", code=1)
    assert "Seen" not in scheduler("runs", "show", "r1").stdout
    said = scheduler("failure", "note", "r1", "the listener is restarted at 6").stdout
    assert said == "Noted. It is shown whenever a fails like this.\n"
    again = scheduler("run", "load", "--id", "r2", code=1).stdout
    assert "a: Seen once before, " in again
    assert "note by local:" in again
    assert "the listener is restarted at 6." in " ".join(again.split())
    (row,) = until(lambda: [one for one in scheduler.json("failure", "list") if one["count"] == 2])
    assert (row["workflow_id"], row["task_id"], row["run_id"], row["note"]) == (
        "load",
        "a",
        "r2",
        "the listener is restarted at 6",
    )
    assert "ORA-12541" in scheduler("failure", "list", "--workflow", "load").stdout
    assert scheduler.json("failure", "list", "--workflow", "other") == []
    got = scheduler.home / "got"
    until(lambda: got.exists() and "restarted at 6" in got.read_text(encoding="utf-8"))


def test_nothing_to_list(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert "No failure that could be known again." in scheduler("failure", "list").stdout
    assert "There is no run" in scheduler("failure", "note", "r", "x", code=3).stderr
