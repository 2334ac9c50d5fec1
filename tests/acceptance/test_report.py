"""`scheduler report` by the real command: a night with a failure, and one without."""

from __future__ import annotations

import json
import sys

import pytest

WORKFLOW = f"""
id: load
tasks: [{{id: a, command: {sys.executable!r}, args: [-c, "import sys; print('ORA-01017', file=sys.stderr); sys.exit(3)"]}}]
schedules: [{{id: s, cron: 0 3 * * *}}]
"""


def test_nothing_to_look_at_is_three_lines(scheduler) -> None:
    scheduler("workflow", "create", "w")
    lines = [line for line in scheduler("report").stdout.split("Changed")[0].splitlines() if line]
    assert lines[0].endswith("Nothing was due.")
    assert scheduler.json("report")["counts"]["due"] == 0


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_a_failure_with_its_last_line(scheduler, columns: str) -> None:
    scheduler.env["COLUMNS"] = columns
    (scheduler.home / "w.yaml").write_text(WORKFLOW)
    scheduler("workflow", "apply", "w.yaml")
    scheduler("run", "load", "--id", "r1", code=1)
    said = scheduler("report", "--since", "1h").stdout
    assert "1 run by hand failed" in " ".join(said.split())
    assert "r1" in said
    assert "ORA-01017" in said
    assert "workflow apply" in said
    assert max(map(len, said.splitlines())) <= int(columns)
    shape = scheduler.json("report", "--since", "1h")
    assert [run["id"] for run in shape["failed"]] == ["r1"]
    assert [change["action"] for change in shape["changes"]] == ["scheduler workflow apply"]


def test_a_time_that_cannot_be_read(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert "write 'yesterday 18:00'" in scheduler("report", "--since", "tonight", code=2).stderr


def test_the_menu_has_it(scheduler) -> None:
    scheduler("workflow", "create", "w")
    said = scheduler(text="27\n8\n").stdout
    assert "27. Report of the night" in said
    assert "Nothing was due." in said


NOTIFY = f"""
channels:
  ops: {{kind: command, command: [{json.dumps(sys.executable)}, -c, "import sys; open('got', 'ab').write(sys.stdin.buffer.read())"]}}
"""


def test_it_is_sent_to_a_channel(scheduler) -> None:
    scheduler("workflow", "create", "w")
    (scheduler.home / "notify.yaml").write_text(NOTIFY)
    assert "The report was delivered to ops." in scheduler("report", "--send", "ops").stdout
    got = json.loads((scheduler.home / "got").read_bytes())
    assert (got["subject"], got["severity"]) == ("Report: Nothing was due", "ok")
    assert got["report"]["sentence"] == "Nothing was due."
    (scheduler.home / "got").unlink()
    said = scheduler("report", "--send", "ops", "--send", "obs", code=3).stderr
    assert "There is no channel 'obs'; did you mean 'ops'?" in said
    assert not (scheduler.home / "got").exists()
