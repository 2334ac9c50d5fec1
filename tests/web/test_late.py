"""What is late over the API: who may read it, and what is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.storage import deadlines, runs

V1 = "/api/v1"


@pytest.fixture
def filled(page):
    page.commands.create_workflow("w", page.now)
    page.commands.add_task("w", Task("a", "x"), page.now)
    hour = timedelta(hours=1)
    run = Run(
        "r", "w", 2, RunState.RUNNING, page.now, schedule_id="s", nominal=page.now - 2 * hour, started_at=page.now
    )
    missed = Deadline(
        DeadlineKind.FINISH_BY,
        "w",
        page.now - hour,
        state=DeadlineState.MISSED,
        schedule_id="s",
        nominal=run.nominal,
        run_id="r",
        reason="w had not succeeded.",
    )
    open_ = replace(missed, task_id="a", due=page.now + hour, look=page.now + hour, state=DeadlineState.OPEN, reason="")
    page.database.write(lambda db: runs.add_runs(db, [run]))
    page.database.write(lambda db: deadlines.add_deadlines(db, [missed, open_]))
    return page


def test_a_viewer_reads_what_is_late(filled) -> None:
    browser = filled.browser("viewer")
    (row,) = browser.get(f"{V1}/late").json()
    assert (row["condition"], row["kind"], row["run_id"], row["reason"]) == (
        "late",
        "finish_by",
        "r",
        "w had not succeeded.",
    )
    assert browser.get(f"{V1}/late", params={"workflow": "w"}).json() == [row]
    assert browser.get(f"{V1}/late", params={"workflow": "v"}).json() == []
    assert browser.get(f"{V1}/overview").json()["late"] == [row]
    states = [(one["kind"], one["task_id"], one["state"]) for one in browser.get(f"{V1}/runs/r").json()["deadlines"]]
    assert states == [("finish_by", None, "missed"), ("finish_by", "a", "open")]
    assert 'workflow_scheduler_deadlines{condition="late"} 1.0' in browser.get("/metrics").text


def test_nobody_reads_it_without_signing_in(filled) -> None:
    assert filled.stranger().get(f"{V1}/late").status_code == 401


def test_one_deadline_is_changed_and_the_others_stay(filled) -> None:
    author = filled.browser("author")
    header = {"if-match": "*"}
    path = f"{V1}/workflows/w"
    assert author.patch(path, json={"finish_by": "06:00", "longer_than": "usual"}, headers=header).status_code == 200
    assert author.patch(path, json={"start_within": "15m"}, headers=header).status_code == 200
    found = author.get(path).json()["deadlines"]
    assert (found["start_within"], found["finish_by"], found["longer_than"]) == (900, "06:00", "usual")
    assert author.patch(path, json={"deadlines": {"finish_by": "07:00"}}, headers=header).status_code == 200
    assert author.get(path).json()["deadlines"]["start_within"] is None
    refused = author.patch(path, json={"finish_by": "25:00"}, headers=header)
    assert (refused.status_code, "25:00" in refused.text) == (422, True)
    new = {"workflow_id": "w", "cron": "@daily", "id": "s2", "no_success_for": "26h", "finish_by": "06:00"}
    assert author.post(f"{V1}/schedules", json=new).status_code == 201
    assert author.get(f"{V1}/schedules/s2").json()["deadlines"] == {
        "start_within": None,
        "finish_by": "06:00",
        "no_success_for": 93600,
    }
