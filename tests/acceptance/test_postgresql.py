"""The whole product on PostgreSQL."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime, timedelta

import databases
import pytest


@pytest.fixture
def on_postgres(scheduler, postgres: str):
    (scheduler.home / ".env").write_text(f"DB_URL={databases.fresh(postgres)}\n")
    return scheduler


def test_a_killed_scheduler_loses_nothing(on_postgres, until) -> None:
    scheduler = on_postgres
    scheduler("workflow", "create", "w")
    code = "import os, time\nopen('began', 'a').write('x')\nwhile not os.path.exists('go'): time.sleep(0.02)\nraise SystemExit(7)"
    scheduler(
        "task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code, "--expected-exit-codes", "7"
    )
    scheduler("workflow", "create", "quick")
    scheduler("task", "add", "quick", "--command", "echo")
    assert scheduler.json("run", "quick")["state"] == "succeeded"
    scheduler("start")
    scheduler("schedule", "add", "quick", "--every", "1s", "--id", "tick", "--overlap", "allow", "--catchup", "all")
    scheduler("run", "w", "--id", "slow", "--detach")
    until((scheduler.home / "began").exists)
    os.kill(scheduler.json("status")["pid"], signal.SIGKILL)
    until(lambda: not scheduler.json("status")["running"])
    scheduler("start")
    (scheduler.home / "go").touch()
    until(lambda: scheduler.json("runs", "show", "slow")["state"] == "succeeded")
    assert (scheduler.home / "began").read_text() == "x"
    until(lambda: len(scheduler.json("fires", "list", "--schedule", "tick")) > 3)
    scheduler("schedule", "pause", "tick")
    until(lambda: scheduler.json("status")["runs_running"] == 0)
    fires = scheduler.json("fires", "list", "--schedule", "tick")
    moments = [datetime.fromisoformat(fire["nominal_utc"]) for fire in fires]
    assert moments == [moments[0] + timedelta(seconds=n) for n in range(len(moments))]
    assert len({fire["run_id"] for fire in fires}) == len(fires)


def test_a_database_that_is_not_there_is_one_sentence(scheduler) -> None:
    (scheduler.home / ".env").write_text("DB_URL=postgresql://nobody:secret@127.0.0.1:1/x?connect_timeout=1\n")
    said = scheduler("workflow", "list", code=5).stderr
    assert "does not answer" in said
    assert "secret" not in said


def test_a_scheduler_stops_without_its_database(on_postgres) -> None:
    """Its scripts go on, as ever; what asks more of it says why that cannot be had."""
    settings = on_postgres.home / ".env"
    right = settings.read_text()
    pid = on_postgres.json("start")["pid"]
    settings.write_text("DB_URL=postgresql://nobody:secret@127.0.0.1:1/x?connect_timeout=1\n")
    assert "does not answer" in on_postgres("stop", "--wait", code=5).stderr
    assert on_postgres.json("stop")["pid"] == pid
    assert "does not answer" in on_postgres("stop", code=5).stderr
    settings.write_text(right)
