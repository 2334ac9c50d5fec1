"""Who is told of failures: the note until somebody is, channels tested, messages retried, a failure acknowledged."""

from __future__ import annotations

import json
import sys

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

FAILS = "import sys; sys.stdin.read(); sys.exit(3)"
PLAN = f"""
channels: {{out: {{kind: command, command: ['{sys.executable}', -c, '{FAILS}']}}}}
rules: [{{on: [failed], to: out}}]
"""


def test_the_note_ends_when_there_is_a_channel(sign_in, home, faults) -> None:
    faults.accept("502")
    page = sign_in()
    page.goto(f"{home.address}/#/")
    note = page.get_by_text("No one is told when something fails")
    expect(note).to_be_visible()
    (home.home / "notify.yaml").write_text(PLAN, encoding="utf-8")
    note.get_by_role("link", name="Notifications").click()
    channels = page.get_by_role("region", name="Channels")
    expect(channels).to_contain_text("failed → out")
    channels.get_by_role("button", name="Send a test").click()
    expect(page.locator(".notice")).to_contain_text("ended with exit code 3")
    page.goto(f"{home.address}/#/")
    expect(page.get_by_text("No one is told when something fails")).to_have_count(0)


def test_a_failure_is_acknowledged_and_its_message_retried(sign_in, home, until) -> None:
    home("workflow", "apply", "-", text=json.dumps({"id": "w", "tasks": [{"id": "a", "command": "false"}]}))
    (home.home / "notify.yaml").write_text(PLAN, encoding="utf-8")
    page = sign_in()
    until(lambda: any(row["name"] == "out" for row in home.json("notify", "list")["channels"]))
    until(lambda: _told(home))
    (run, *_) = home.json("runs", "list")
    page.goto(f"{home.address}/#/runs/{run['id']}")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged by")).to_be_visible()
    page.goto(f"{home.address}/#/health/notifications")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("w failed")


def _told(home) -> bool:
    """A failure after the running scheduler has seen the channel is told."""
    home("run", "w", code=1)
    return bool(home.json("notify", "list", "--messages"))
