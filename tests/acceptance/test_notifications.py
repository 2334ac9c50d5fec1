"""People are told, by the real command: from a failing script to a message, and killed at every point between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
import soak
from messages import answers, receiver

from workflow_scheduler.system.crash_points import POINTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workflows are for sh")

WORKFLOWS = """
id: nightly
labels: [critical]
tasks:
  - {id: load, command: sh, args: [-c, 'echo ORA-01017 >&2; test -e good']}
schedules:
  - {id: night, every: 1h}
---
id: other
tasks:
  - {id: a, command: sh, args: [-c, 'exit 4']}
"""
PROGRAM = "channels: {out: {kind: command, command: [sh, -c, 'cat >> got; echo >> got'], timeout: 2s}}\n"
RULES = "rules: [{on: [failed, unknown, recovered], to: out}]\n"


def messages(home: Path) -> list[dict[str, Any]]:
    file = home / "got"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def findings(scheduler) -> dict[str, Any]:
    return {line["about"]: line for line in scheduler.json("doctor", code=None)}


def apply(scheduler) -> None:
    (scheduler.home / "w.yaml").write_text(WORKFLOWS)
    scheduler("workflow", "apply", "w.yaml")


def test_from_a_failure_to_a_recovery(scheduler, until: Callable[..., Any]) -> None:
    apply(scheduler)
    (scheduler.home / "notify.yaml").write_text(PROGRAM + RULES)
    assert "out" in scheduler("notify", "list").stdout
    scheduler("start")
    scheduler("run", "nightly", "--id", "r1", code=1)
    (failed,) = until(lambda: messages(scheduler.home))
    (alert,) = failed["alerts"]
    assert (failed["subject"], alert["run_id"], alert["lines"]) == ("nightly failed", "r1", ["ORA-01017"])
    assert alert["reason"] == "task load: exit code 1 (expected 0)"
    assert alert["next_step"].startswith("next run ")
    rows = until(lambda: scheduler.json("notify", "list", "--state", "sent"))
    assert [row["subject"] for row in rows] == ["nightly failed"]
    shown = scheduler("notify", "show", rows[0]["id"]).stdout
    assert "ORA-01017" in shown
    (acked,) = scheduler.json("runs", "ack", "r1", "--note", "password has expired")
    assert (acked["kind"], acked["note"]) == ("failed", "password has expired")
    assert "runs ack" in scheduler("audit").stdout
    (scheduler.home / "good").touch()
    scheduler("run", "nightly", "--id", "r2")
    (waiting,) = until(lambda: scheduler.json("notify", "list", "--state", "queued"))
    assert waiting["subject"] == "nightly recovered"
    assert "nothing to acknowledge" in scheduler("runs", "ack", "r1", code=4).stderr


def test_a_webhook_of_the_settings_is_enough(scheduler, until: Callable[..., Any]) -> None:
    apply(scheduler)
    (scheduler.home / ".env").write_text("NOTIFY=https://hooks.slack.com/services/canary\n")
    assert scheduler.json("notify", "list")["channels"][0] | {"last": None} == {
        "name": "env",
        "kind": "slack",
        "rules": ["failed, unknown, late, recovered, scheduler_down → env"],
        "last": None,
    }
    for words in (["notify", "list"], ["doctor"], ["status"]):
        done = scheduler(*words, code=None)
        assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("NOTIFY=me@example.com", "NOTIFY has an entry that is no address"),
        ("NOTIFY=mailto:me@example.com", "SMTP_SERVER is missing"),
    ],
)
def test_wrong_settings_say_what_is_wrong(scheduler, line: str, words: str) -> None:
    (scheduler.home / ".env").write_text(line + "\n")
    assert words in scheduler("notify", "test", "env", code=2).stderr


def test_testing_a_channel(scheduler) -> None:
    (scheduler.home / "notify.yaml").write_text(PROGRAM + RULES)
    assert "delivered to out" in scheduler("notify", "test", "out").stdout
    assert messages(scheduler.home)[0]["test"] is True
    assert "did you mean 'out'?" in scheduler("notify", "test", "oout", code=3).stderr
    (scheduler.home / "notify.yaml").write_text("channels: {out: {kind: cmd}}")
    assert "notify.yaml:1:18: 'cmd' is not a kind" in scheduler("notify", "test", "out", code=2).stderr


def test_what_cannot_be_delivered_is_said_and_can_be_sent_again(scheduler, until: Callable[..., Any]) -> None:
    apply(scheduler)
    with receiver(answers(404)) as received:
        channel = f"channels: {{hook: {{kind: webhook, url: '{received.url}', allow_private: true}}}}\n"
        (scheduler.home / "notify.yaml").write_text(channel + "rules: [{on: failed, to: hook}]")
        scheduler("start")
        scheduler("run", "other", code=1)
        (row,) = until(lambda: scheduler.json("notify", "list", "--state", "failed"))
        assert row["error"] == "127.0.0.1 answers 404."
        found = findings(scheduler)["messages"]
        assert (found["state"], found["words"]) == ("problem", "1 message could not be delivered")
        assert "sent again" in scheduler("notify", "retry", "--all").stdout
        until(lambda: len(received) == 2)
    keys = [headers["X-Workflow-Scheduler-Key"] for headers, _ in received]
    assert keys == [row["id"]] * 2


def test_a_file_with_mistakes_is_named(scheduler) -> None:
    apply(scheduler)
    (scheduler.home / "notify.yaml").write_text("channels: {out: {kind: cmd}}")
    found = findings(scheduler)["notifications"]
    assert found["state"] == "problem"
    assert "notify.yaml:1:18" in found["words"]


def test_a_secret_that_cannot_be_read_is_named(scheduler) -> None:
    apply(scheduler)
    (scheduler.home / "notify.yaml").write_text("channels: {chat: {kind: slack, url: store:chat}}")
    found = findings(scheduler)["notifications"]
    assert found["state"] == "warning"
    assert "chat: The store of this home has no secret 'chat'" in found["words"]


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[soak.Home]:
    url = databases.fresh(request.getfixturevalue("postgres")) if request.param == "postgresql" else None
    made = soak.Home(tmp_path, url)
    (tmp_path / "w.yaml").write_text(WORKFLOWS)
    (tmp_path / "notify.yaml").write_text(PROGRAM + RULES)
    made.command("workflow", "apply", str(tmp_path / "w.yaml"))
    yield made
    made.kill()


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith(("alerts.", "delivery."))])
def test_killed_between_event_and_delivery(home: soak.Home, point: str, until: Callable[..., Any]) -> None:
    """Each failure reaches its channel; what arrives twice has the same key."""
    home.serve(point)
    command = [sys.executable, "-m", "workflow_scheduler", "run", "nightly", "--id", "r1", "--detach"]
    until(lambda: subprocess.run(command, env=home.env, capture_output=True, check=False).returncode == 0)
    assert home.dies_within(60)
    assert home.process is not None
    assert home.process.returncode == -signal.SIGKILL
    home.serve()
    found = until(lambda: messages(home.folder))
    until(lambda: home.command("notify", "list", "--state", "sent"))
    found = messages(home.folder)
    assert {run["run_id"] for message in found for run in message["alerts"] if run["run_id"]} == {"r1"}
    assert len({message["key"] for message in found}) == 1
    assert len(found) == (2 if point == "delivery.sent" else 1)


def test_a_workflow_that_names_no_channel_is_pointed_out(scheduler) -> None:
    (scheduler.home / "notify.yaml").write_text(PROGRAM + RULES)
    scheduler("workflow", "create", "w")
    scheduler("workflow", "edit", "w", "--notify", "out", "--notify", "late:otu")
    found = [line["words"] for line in scheduler.json("doctor", code=None) if line["about"] == "notifications"]
    assert found[-1] == "no such channel: w names 'otu'"
