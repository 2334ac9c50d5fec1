"""Explanations over the API: who may, what is answered, and bad questions."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.schedules.planner_pause import pause_planner

PATH = "/api/v1/workflows/w/explain"


@pytest.fixture
def filled(page):
    page.commands.create_workflow("w", page.now)
    page.commands.add_task("w", Task("a", "x"), page.now)
    page.commands.add_schedule("w", {"cron": "0 22 * * *"}, page.now, schedule_id="s")
    return page


def ask(page, role: str = "viewer", **question: str):
    return page.browser(role).get(PATH, params=question)


def test_a_viewer_reads_why(filled) -> None:
    pause_planner(filled.database, filled.now, "anna")
    answer = ask(filled, next="true")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["verdict_code"], found["schedule_id"]) == ("planner_paused", "s")
    assert found["next"] == [{"code": "resume_planner", "target": ""}]
    assert [gate["code"] for gate in found["gates"]][:3] == ["exists", "enabled", "planner"]
    (stop,) = [gate for gate in found["gates"] if gate["state"] == "stopped"]
    assert (stop["code"], stop["by"]) == ("planner", "anna")


def test_it_is_asked_again_each_time(filled) -> None:
    pause_planner(filled.database, filled.now, "anna")
    assert ask(filled).status_code == 200
    assert ask(filled, at="2026-01-01 06:30").json()["verdict_code"] == "not_due"


def test_nobody_reads_it_without_signing_in(filled) -> None:
    assert filled.stranger().get(PATH).status_code == 401


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ({"at": "noon"}, 422, "The time 'noon' is invalid"),
        ({"at": "x" * 61}, 422, "at"),
        ({"at": "2026-01-01", "next": "true"}, 422, "not by at and next"),
        ({"run": "nothing-like-it"}, 404, "no run"),
        ({"task": "a"}, 404, "no run"),
        ({"schedule": "t"}, 404, "no schedule"),
        ({"when": "now"}, 422, "unknown parameter"),
        ({"next": "perhaps"}, 422, "next"),
    ],
)
def test_bad_questions(filled, question: dict[str, str], status: int, words: str) -> None:
    answer = ask(filled, **question)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_a_workflow_that_never_was(filled) -> None:
    assert filled.browser("viewer").get("/api/v1/workflows/v/explain").status_code == 404
