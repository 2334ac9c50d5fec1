"""A schedule that cannot be read breaks no list, no overview and no calendar; it is shown as what it is."""

from __future__ import annotations

import pytest
from unreadable import ROWS, SQLITE_ROWS, insert
from web.conftest import NOW

from workflow_scheduler.domain.task import Task

V1 = "/api/v1"
KINDS = {**ROWS, **SQLITE_ROWS}


@pytest.fixture
def browser(page):
    page.commands.create_workflow("w", NOW)
    page.commands.add_task("w", Task("a", "x"), NOW)
    page.commands.add_schedule("w", {"cron": "0 1 * * *"}, NOW, schedule_id="s")
    for name, row in KINDS.items():
        insert(page.database, name, row, "2026-11-24 13:00:00.000000")
    return page.browser("author")


def test_lists_have_it_with_its_problem(browser) -> None:
    listed = browser.get(f"{V1}/schedules", params={"limit": 200}).json()["items"]
    assert {schedule["id"] for schedule in listed} == {*KINDS, "s"}
    problems = {schedule["id"]: schedule["problem"] for schedule in listed}
    assert problems["s"] == ""
    assert "minute is '61'" in problems["minute"]
    found = browser.get(f"{V1}/schedules", params={"q": "cannot be read"}).json()["items"]
    assert len(found) >= len(ROWS)
    assert len(browser.get(f"{V1}/workflows/w").json()["schedules"]) == len(listed)


@pytest.mark.parametrize("name", KINDS)
def test_each_by_itself(browser, name: str) -> None:
    shown = browser.get(f"{V1}/schedules/{name}", params={"count": 3})
    assert shown.status_code == 200, shown.text
    assert name == "moment" or shown.json()["fires"] == []
    assert browser.post(f"{V1}/schedules/{name}/pause").status_code == 200
    assert browser.get(f"{V1}/schedules/{name}/fires").status_code in (200, 404)
    change = {"cron": "0 5 * * *", "timezone": "UTC", "enabled": True}
    changed = browser.patch(f"{V1}/schedules/{name}", json=change, headers={"if-match": "*"})
    assert (changed.status_code, changed.json()["problem"]) == (200, "")
    assert browser.delete(f"{V1}/schedules/{name}", headers={"if-match": "*"}).status_code == 204


@pytest.mark.parametrize(
    "path", ["overview", "calendar", "calendar?per=hour", "workflows", "doctor", "workflows/w/document"]
)
def test_everything_else_goes_on(browser, path: str) -> None:
    assert browser.get(f"{V1}/{path}").status_code == 200


def test_what_is_probably_not_meant_is_said(browser) -> None:
    wanted = {"cron": "*/45 * * * *"}
    said = browser.post(f"{V1}/schedules/preview", json=wanted).json()["warnings"]
    assert "which are not 45 apart" in said[0]
    made = browser.post(f"{V1}/schedules", json={**wanted, "workflow_id": "w", "id": "new"}).json()
    assert made["warnings"] == said
    retimed = browser.patch(f"{V1}/schedules/new", json={"cron": "* 5 * * *"}, headers={"if-match": "*"}).json()
    assert "60 times" in retimed["warnings"][0]
    assert (
        browser.patch(f"{V1}/schedules/new", json={"overlap": "skip"}, headers={"if-match": "*"}).json()["warnings"]
        == []
    )
    document = {"yaml": "id: v\ntasks: [{id: a, command: python}]\nschedules: [{cron: '*/45 * * * *'}]\n"}
    assert browser.post(f"{V1}/workflows/validate", json=document).json()["warnings"] == [f"document:3:14: {said[0]}"]
    assert browser.put(f"{V1}/workflows/v/document", json=document).json()["warnings"] == [f"document:3:14: {said[0]}"]


@pytest.mark.parametrize(
    "trigger", [{"every": "5"}, {"cron": "0 5 * * 09"}, {"cron": "* * * * * *"}, {"cron": "0 0 15W * *"}]
)
def test_nothing_is_stored_that_cannot_be_told(browser, trigger: dict[str, str]) -> None:
    for answer in (
        browser.post(f"{V1}/schedules", json={**trigger, "workflow_id": "w"}),
        browser.patch(f"{V1}/schedules/s", json=trigger, headers={"if-match": "*"}),
        browser.put(
            f"{V1}/workflows/v", json={"tasks": [{"command": "x"}], "schedules": [trigger]}, headers={"if-match": "*"}
        ),
        browser.post(
            f"{V1}/workflows/v/restore", json={"yaml": f"id: v\ntasks: [{{command: x}}]\nschedules: [{trigger}]"}
        ),
    ):
        assert answer.status_code in (404, 422), answer.text
    assert len(browser.get(f"{V1}/schedules", params={"limit": 200}).json()["items"]) == len(KINDS) + 1
    assert browser.get(f"{V1}/schedules/s").json()["spec"] == {"cron": "0 1 * * *"}
