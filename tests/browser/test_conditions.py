"""A scheduler that does not respond, and one that is about to stop, are called that on every page."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)\n"
PAGES = ("#/", "#/workflows", "#/runs", "#/schedules", "#/health")


def look_again(page) -> None:
    """As it does by itself each quarter of a minute."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def gone(page, banner, until) -> None:
    until(lambda: look_again(page) or banner.count() == 0)


def test_one_that_does_not_respond(page, home, until) -> None:
    pid = home.json("status")["pid"]
    banner = page.locator(".conditions").get_by_role("alert")
    expect(banner).to_have_count(0)
    os.kill(pid, signal.SIGSTOP)
    try:
        # As if the half minute had passed after which it is called so.
        with closing(sqlite3.connect(home.home / "jobs.sqlite", isolation_level=None)) as database:
            database.execute("UPDATE engines SET heartbeat_at = '2026-01-02 03:04:05.000000'")
        look_again(page)
        expect(banner).to_contain_text(
            f"The scheduler (pid {pid}) is not responding: no heartbeat since 2026-01-02 03:04:05Z."
        )
        for address in PAGES:
            page.goto(f"{home.address}/{address}")
            expect(banner).to_contain_text("not responding")
        page.reload()
        expect(banner).to_contain_text("not responding")
    finally:
        os.kill(pid, signal.SIGCONT)
    gone(page, banner, until)


def test_one_that_stops_when_its_runs_have_finished(page, home, until) -> None:
    (home.home / "wait.py").write_text(WAIT)
    home("workflow", "apply", "-", text=f"id: long\ntasks: [{{id: t, command: {sys.executable}, args: wait.py}}]")
    home("run", "long", "--detach")
    until(lambda: home.json("runs", "list")[0]["state"] == "running")
    banner = page.locator(".conditions").get_by_role("status")
    expect(banner).to_have_count(0)
    command = [sys.executable, "-m", "workflow_scheduler", "stop", "--wait"]
    with subprocess.Popen(command, env=home.env, stdout=subprocess.DEVNULL) as stopping:
        until(lambda: look_again(page) or banner.count() == 1)
        words = re.compile(r"The scheduler starts no new runs and stops once 1 run has finished, as asked at \d{4}-")
        for address in PAGES:
            page.goto(f"{home.address}/{address}")
            expect(banner).to_contain_text(words)
        # It is taken back by who asked for it, and the scheduler goes on.
        stopping.send_signal(signal.SIGINT)
        stopping.wait()
    gone(page, banner, until)
    (home.home / "go").touch()
    until(lambda: home.json("runs", "list")[0]["state"] == "succeeded")
    assert home.json("status")["running"]
