"""The report over the API."""

from __future__ import annotations

from datetime import timedelta

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.storage import runs

V1 = "/api/v1"


def test_what_became_of_the_night(page) -> None:
    page.commands.create_workflow("w", page.now)
    page.commands.add_task("w", Task("a", "x"), page.now)
    at = page.now - timedelta(hours=1)
    run = Run("r", "w", 2, RunState.FAILED, at, "exit code 3", schedule_id="s", nominal=at, due=at, finished_at=at)
    page.database.write(lambda db: runs.add_runs(db, [run]))
    found = page.browser("viewer").get(f"{V1}/report", params={"since": "12h"}).json()
    assert found["sentence"] == "0 of 1 due time is done; 1 failed."
    assert [row["id"] for row in found["failed"]] == ["r"]
    assert page.browser("viewer").get(f"{V1}/report", params={"since": "1m"}).json()["counts"]["due"] == 0


def test_another_text_than_a_time(page) -> None:
    answer = page.browser("viewer").get(f"{V1}/report", params={"since": "tonight"})
    assert answer.status_code == 422
    assert "cannot be read" in answer.json()["detail"]


def test_strangers_see_none(page) -> None:
    assert page.stranger().get(f"{V1}/report").status_code == 401
