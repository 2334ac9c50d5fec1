"""Notifications over the API: who may, what is answered, and that no secret is."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from messages import NOW, single

from workflow_scheduler.domain.alerts import AlertKind, Incident
from workflow_scheduler.domain.message import to_plain
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.storage import deliveries as delivery_store
from workflow_scheduler.storage import incidents as incident_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.deliveries import Delivery

V1 = "/api/v1"
PLAN = f"""
channels:
  good: {{kind: command, command: ['{sys.executable}', -c, 'import sys; sys.stdin.read()']}}
  bad: {{kind: command, command: ['{sys.executable}', -c, 'import sys; sys.stdin.read(); sys.exit(3)']}}
  chat: {{kind: slack, url: "https://hooks.slack.com/services/canary"}}
rules: [{{on: [failed], to: [good], repeat: 1h}}]
quiet: {{from: "22:00", to: "06:30"}}
"""


@pytest.fixture
def filled(page):
    (page.home / "notify.yaml").write_text(PLAN, encoding="utf-8")
    page.commands.create_workflow("nightly", page.now)
    message = to_plain(single())
    failed = Delivery("d1", "good", "failed", NOW, NOW, 9, NOW, None, "it answers 500.", message)
    sent = Delivery("d2", "good", "sent", NOW + timedelta(1), NOW, 1, NOW, NOW, "", message)
    run = Run("r1", "nightly", 1, RunState.FAILED, NOW, "exit code 3", finished_at=NOW)
    incident = Incident("nightly", AlertKind.FAILED, "nightly", "r1", NOW, NOW, 1, "exit code 3", repeated_at=NOW)

    def work(db) -> None:
        for delivery in (failed, sent):
            delivery_store.add_delivery(db, delivery)
        run_store.add_runs(db, [run])
        incident_store.save_incidents(db, {}, {("nightly", AlertKind.FAILED): incident})

    page.database.write(work)
    return page


def test_what_is_set_up(filled) -> None:
    answer = filled.browser("viewer").get(f"{V1}/notifications")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert next((row["name"], row["kind"], row["rules"]) for row in found["channels"]) == (
        "good",
        "command",
        ["failed → good, again each 1h"],
    )
    assert found["channels"][0]["last"]["id"] == "d2"
    assert (found["failed"], found["waiting"], found["wanted"], found["quiet"]) == (1, 0, True, "22:00 to 06:30")
    assert "canary" not in answer.text


def test_a_file_with_mistakes_is_said(filled) -> None:
    (filled.home / "notify.yaml").write_text("channels: [x]", encoding="utf-8")
    assert "notify.yaml:1:1" in filled.browser("viewer").get(f"{V1}/notifications").json()["problem"]


def test_messages(filled) -> None:
    browser = filled.browser("viewer")
    listed = browser.get(f"{V1}/notifications/messages", params={"state": "failed"}).json()["items"]
    assert [(row["id"], row["subject"], row["error"]) for row in listed] == [
        ("d1", "nightly failed", "it answers 500.")
    ]
    shown = browser.get(f"{V1}/notifications/messages/d1").json()
    assert "exit code 3" in shown["text"]
    assert browser.get(f"{V1}/notifications/messages/none").status_code == 404


def test_retrying(filled) -> None:
    assert filled.browser("viewer").post(f"{V1}/notifications/messages/d1/retry").status_code == 403
    browser = filled.browser("operator")
    assert browser.post(f"{V1}/notifications/messages/d1/retry").json() == {"retried": 1}
    assert browser.post(f"{V1}/notifications/messages/d2/retry").status_code == 409
    assert browser.post(f"{V1}/notifications/retry").json() == {"retried": 1}


def test_testing_a_channel(filled) -> None:
    path = f"{V1}/notifications/channels/{{}}/test"
    assert filled.browser("operator").post(path.format("good")).status_code == 403
    browser = filled.browser("admin")
    assert browser.post(path.format("good")).json()["channel"] == "good"
    failed = browser.post(path.format("bad"))
    assert (failed.status_code, failed.json()["code"]) == (502, "delivery_failed")
    assert browser.post(path.format("none")).status_code == 404


def test_acknowledging(filled) -> None:
    assert filled.browser("viewer").post(f"{V1}/runs/r1/ack").status_code == 403
    (row,) = filled.browser("operator").post(f"{V1}/runs/r1/ack", json={"note": "known"}).json()["items"]
    assert (row["kind"], row["note"], row["acked_by"] != "") == ("failed", "known", True)
    (again,) = filled.browser("viewer").get(f"{V1}/runs/r1/incidents").json()["items"]
    assert again == row
    assert "/runs/r1/ack" in filled.browser("admin").get(f"{V1}/audit").text
