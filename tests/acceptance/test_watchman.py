"""`scheduler watchman`, by the real command: the scheduler is killed, started and stopped as planned."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

TAKE = "import sys; open('got', 'ab').write(sys.stdin.buffer.read().strip() + b'\\n')"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture
def told(scheduler) -> Any:
    """The messages that arrived, by a channel that is a program."""
    command = json.dumps([sys.executable, "-c", TAKE])
    (scheduler.home / "notify.yaml").write_text(
        f"channels: {{ops: {{kind: command, command: {command}}}}}\nrules: [{{on: [failed], to: ops}}]\n"
    )

    def messages() -> list[dict[str, Any]]:
        file: Path = scheduler.home / "got"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    return messages


def test_killed_and_started_and_stopped_for_a_while(scheduler, told) -> None:
    scheduler("start")
    assert "The scheduler works (pid " in scheduler("watchman").stdout
    os.kill(scheduler.json("status")["pid"], KILL)
    said = scheduler("watchman", code=3).stdout
    assert "The scheduler is not running." in said
    assert "Told: ops." in said
    assert "Told" not in scheduler("watchman", code=3).stdout
    (down,) = told()
    assert (down["subject"], down["alerts"][0]["kind"]) == ("Scheduler does not work", "scheduler_down")
    assert str(scheduler.home) in down["alerts"][0]["reason"]
    scheduler("start")
    assert "Told: ops." in scheduler("watchman").stdout
    assert [message["subject"] for message in told()] == ["Scheduler does not work", "Scheduler works again"]
    scheduler("stop", "--for", "1h")
    shape = scheduler.json("watchman")
    assert (shape["trouble"], shape["told"]) == (None, [])
    assert " until " in shape["words"]
    plan = scheduler.home / "planned-stop.json"
    over = datetime.now(UTC) - timedelta(minutes=1)
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "until": over.isoformat()}))
    late = scheduler.json("watchman", code=3)
    assert (late["trouble"], late["told"]) == ("stopped_too_long", ["ops"])
    assert len(told()) == 3


def test_a_folder_that_is_no_home_stays_one(scheduler) -> None:
    assert "There is no home here yet" in scheduler("watchman", code=3).stderr
    assert list(scheduler.home.iterdir()) == []


def test_without_a_channel_it_says_so(scheduler) -> None:
    scheduler("workflow", "create", "w")
    done = scheduler("watchman", code=3)
    assert "The scheduler is not running." in done.stdout
    assert "No channel is set up" in done.stderr
