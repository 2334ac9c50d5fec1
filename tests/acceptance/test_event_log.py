"""The scheduler tells Windows' event log of its start, its end, failed runs and late fires. Here a list stands for that log."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys

SCRIPT = """
import json, signal, sys
from datetime import timedelta
from workflow_scheduler import bootstrap
from workflow_scheduler.bootstrap import serving, wiring
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.operations.runs.lists import run_list
serving.open_event_log = wiring.open_event_log = lambda: lambda notice: print(json.dumps([notice.number, notice.text]), flush=True)
app = bootstrap.open_app(sys.argv[1])
def ready(page):
    import threading
    def stop():
        while not run_list(app.database, limit=None, state=RunState.FAILED):
            pause.wait(0.05)
        signal.raise_signal(signal.SIGINT)
    pause = threading.Event()
    threading.Thread(target=stop, daemon=True).start()
if __name__ == "__main__":
    serving.serve(app, ready, web=False)
"""


def test_start_a_late_fire_a_failed_run_and_the_end_are_told_in_their_order(scheduler, tmp_path) -> None:
    scheduler("workflow", "create", "nightly")
    scheduler("task", "add", "nightly", "--command", sys.executable, "--arg", "-c", "--arg", "raise SystemExit(3)")
    scheduler("schedule", "add", "nightly", "--cron", "0 1 1 1 *")
    with contextlib.closing(sqlite3.connect(scheduler.home / "jobs.sqlite")) as database:
        past = "2026-01-01 00:00:00.000000"
        database.execute("UPDATE schedules SET cursor_utc = ?, next_due_utc = ?", (past, past))
        database.commit()
    script = tmp_path / "serve.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(scheduler.home)]
    done = subprocess.run(command, env=scheduler.env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [number for number, _ in told] == [100, 103, 102, 101]
    assert all("nightly" in text for _, text in told[1:3])
