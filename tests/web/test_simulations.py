"""Simulations over the API: who may, what is answered, and its bounds."""

from __future__ import annotations

import json

import pytest

from workflow_scheduler.domain.errors import InvalidInput, Refused, Unreachable
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.simulations import apart
from workflow_scheduler.operations.simulations.apart import Order, simulate_apart
from workflow_scheduler.web.api import simulations

PATH = "/api/v1/simulations"


@pytest.fixture
def filled(page):
    for name, cron in (("import", "0 22 * * *"), ("load", "10 22 * * *")):
        page.commands.create_workflow(name, page.now)
        page.commands.add_task(name, Task("a" if name == "import" else "b", "x"), page.now)
        page.commands.add_schedule(name, {"cron": cron}, page.now, schedule_id=f"{name}-s")
    return page


def ask(page, role: str = "operator", **question: object):
    return page.browser(role).post(PATH, json=question)


def order(page, **changes: object) -> Order:
    values = {
        "db_url": page.settings.db_url,
        "home": page.home,
        "timezone": "UTC",
        "now": page.now,
        "begin": "",
        "length": "1d",
        "text": "",
        "assume": {},
        "typical": "median",
        "workflows": (),
        "limit": 10,
        "max_runs": 10,
        "max_processes": 5,
    }
    return Order(**(values | changes))


def test_what_will_happen(filled) -> None:
    answer = ask(filled, assume={"a": "30m"}, slots=1, durations="p90")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [(run["workflow_id"], run["late"], run["waits_for"]) for run in found["runs"]] == [
        ("import", None, ""),
        ("load", 1200, "MAX_THREADS is 1. In progress: import."),
    ]
    assert (found["assumed"], found["max_runs"], found["idle"]) == (["load.b"], 1, False)


def test_another_time_and_only_some(filled) -> None:
    found = ask(filled, **{"from": "2027-01-01", "for": "3d", "workflows": ["load"], "limit": 2}).json()
    assert (found["begin"], found["counts"]["runs"], len(found["runs"]), found["left_out"]) == (
        "2027-01-01T00:00:00Z",
        3,
        2,
        1,
    )


def test_definitions_are_for_authors(filled) -> None:
    text = "id: new\nschedules: [{id: n, every: 6h}]\n"
    assert ask(filled, **{"with": text}).status_code == 403
    found = ask(filled, "author", **{"with": text, "workflows": ["new"]}).json()
    assert found["counts"]["runs"] == 3
    answer = ask(filled, "author", **{"with": "id: new\ntasks: [{id: a}]\n"})
    assert (answer.status_code, answer.json()["errors"][0]["line"]) == (422, 2)


def test_a_viewer_may_not(filled) -> None:
    assert ask(filled, "viewer").status_code == 403


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ({"for": "400d"}, 422, "longer than a year"),
        ({"from": "later"}, 422, "The time 'later' is invalid"),
        ({"assume": {"c": "1h"}}, 422, "There is no task 'c'"),
        ({"workflows": ["other"]}, 404, "There is no workflow 'other'"),
        ({"limit": 5001}, 422, "limit"),
        ({"slots": 0}, 422, "slots"),
        ({"until": "2027"}, 422, "until"),
    ],
)
def test_what_cannot_be_simulated(filled, question: dict[str, object], status: int, words: str) -> None:
    answer = ask(filled, **question)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def test_one_at_a_time(filled) -> None:
    with simulations._one_at_a_time:
        answer = ask(filled)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert ask(filled).status_code == 200


def test_it_ends_when_it_takes_too_long_or_its_answer_is_not_wanted(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LOOK", 0.0)
    with pytest.raises(InvalidInput, match="takes longer than 0 s; choose a shorter time"):
        simulate_apart(order(filled), 0, lambda: False)
    with pytest.raises(Refused, match="no longer waited for"):
        simulate_apart(order(filled), 60, lambda: True)


def test_a_process_that_dies_is_a_problem() -> None:
    with pytest.raises(Unreachable, match="without an answer"):
        apart._answer("")
    with pytest.raises(InvalidInput, match="wrong"):
        apart._answer(json.dumps({"error": {"code": "invalid_input", "message": "wrong"}}))
