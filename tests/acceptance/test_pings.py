"""Monitors outside hear of runs and of the scheduler itself, from a real server of this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
import soak
from messages import Received, answers, receiver

WORKFLOW = """
id: nightly
ping: {url}/nightly
tasks:
  - {{id: load, command: {python}, args: [-c, "import sys; sys.exit(int(open('code').read()))"], ping: {url}/load}}
"""


@pytest.fixture
def monitor() -> Iterator[Received]:
    with receiver(answers(200)) as received:
        yield received


def apply(home: Path, monitor: Received) -> str:
    base = monitor.url.partition("/hook")[0]
    (home / "w.yaml").write_text(WORKFLOW.format(url=base, python=sys.executable), encoding="utf-8")
    return base


def test_a_run_and_its_task(scheduler, monitor, until: Callable[..., Any]) -> None:
    base = apply(scheduler.home, monitor)
    (scheduler.home / ".env").write_text(f"PING_PRIVATE=1\nWATCH_URL={base}/watch\n")
    scheduler("workflow", "apply", "w.yaml")
    (scheduler.home / "code").write_text("0")
    scheduler("start")
    until(lambda: "POST /watch/start" in monitor.lines)
    scheduler("run", "nightly")
    until(lambda: len(monitor.lines) == 5)
    (scheduler.home / "code").write_text("3")
    scheduler("run", "nightly", code=1)
    until(lambda: len(monitor.lines) == 9)
    for name in ("nightly", "load"):
        signs = [line for line in monitor.lines if f"/{name}" in line]
        assert signs == [f"POST /{name}/start", f"POST /{name}", f"POST /{name}/start", f"POST /{name}/fail"]
    words = next(body for (_, body), line in zip(monitor, monitor.lines, strict=True) if line == "POST /nightly/fail")
    assert words.decode().endswith(": task load: exit code 3 (expected 0)")
    for text in (scheduler("log").stdout, scheduler("doctor", code=None).stdout):
        assert "/watch" not in text


def test_a_monitor_in_the_own_network_must_be_allowed(scheduler, monitor, until: Callable[..., Any]) -> None:
    apply(scheduler.home, monitor)
    scheduler("workflow", "apply", "w.yaml")
    scheduler("start")
    (scheduler.home / "code").write_text("0")
    scheduler("run", "nightly")

    def given_up() -> list[str]:
        return [line["words"] for line in scheduler.json("doctor", code=None) if line["about"] == "pings"]

    found = until(lambda: len(given_up()) == 2 and given_up())
    assert all("set PING_PRIVATE=1 in .env" in words for words in found)
    assert monitor.lines == []


@pytest.mark.parametrize("text", ["hc-ping.com/canary", "ftp://x/canary"])
def test_what_is_no_address_is_refused_with_its_place(scheduler, text: str) -> None:
    (scheduler.home / "w.yaml").write_text(f"id: w\nping: {text}\ntasks: [{{id: a, command: echo}}]\n")
    said = scheduler("workflow", "apply", "w.yaml", code=2).stderr
    assert "w.yaml:2:" in said
    assert "A ping needs an address" in said
    (scheduler.home / ".env").write_text(f"WATCH_URL={text}\n")
    said = scheduler("status", code=2).stderr
    assert "WATCH_URL: A ping needs an address" in said
    assert "canary" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="killed by a signal")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_when_a_sign_was_given(
    request: pytest.FixtureRequest, tmp_path: Path, monitor, until: Callable[..., Any], kind: str
) -> None:
    """It is given again: none is lost."""
    url = databases.fresh(request.getfixturevalue("postgres")) if kind == "postgresql" else None
    home = soak.Home(tmp_path, url)
    home.env["PING_PRIVATE"] = "1"
    apply(tmp_path, monitor)
    (tmp_path / "code").write_text("0")
    home.command("workflow", "apply", str(tmp_path / "w.yaml"))
    home.serve("ping.given")
    command = [sys.executable, "-m", "workflow_scheduler", "run", "nightly", "--detach"]
    try:
        until(lambda: subprocess.run(command, env=home.env, capture_output=True, check=False).returncode == 0)
        assert home.dies_within(60)
        assert home.process is not None
        assert home.process.returncode == -signal.SIGKILL
        home.serve()
        for name in ("nightly", "load"):
            until(lambda name=name: f"POST /{name}" in monitor.lines)
    finally:
        home.kill()
