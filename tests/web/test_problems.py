"""Problems of the API: a stable code and a type of their own for each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

V1 = "/api/v1"


@pytest.fixture
def author(make_page: Callable):
    page = make_page()
    page.commands.create_workflow("nightly", page.now - timedelta(hours=1))
    return page.browser("author")


def test_each_kind_has_its_code(author) -> None:
    any_ = {"if-match": "*"}
    answers = {
        "not_found": author.get(f"{V1}/workflows/nope"),
        "refused": author.post(f"{V1}/workflows", json={"id": "nightly"}),
        "outdated": author.patch(f"{V1}/workflows/nightly", json={"labels": ["a"]}, headers={"if-match": "7"}),
        "invalid_input": author.patch(f"{V1}/workflows/nightly", json={"max_active_runs": 0}, headers=any_),
        "precondition_required": author.patch(f"{V1}/workflows/nightly", json={"labels": ["a"]}),
        "forbidden": author.get(f"{V1}/users"),
    }
    assert {name: answer.json()["code"] for name, answer in answers.items()} == {name: name for name in answers}
    assert answers["not_found"].json()["about"] == {"workflow": "nope"}
    for name, answer in answers.items():
        assert answer.json()["type"] == f"urn:workflow-scheduler:{name}"
        assert answer.headers["content-type"] == "application/problem+json"


def test_no_problem_names_a_command_where_a_page_has_its_own_way(author) -> None:
    """The command line's hints are its own."""
    answers = [
        author.get(f"{V1}/workflows/nope"),
        author.get(f"{V1}/schedules/nope"),
        author.get(f"{V1}/runs/nope"),
        author.post(f"{V1}/workflows/nightly/runs", json={}),
        author.delete(f"{V1}/workflows/nightly/tasks/nope", headers={"if-match": "*"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 409, 404]
    for answer in answers:
        assert "'scheduler " not in answer.json()["detail"]
        assert answer.json()["detail"].endswith(".")


def test_a_secret_that_cannot_be_read_is_no_unexpected_error(page) -> None:
    page.commands.create_workflow("nightly", page.now - timedelta(hours=1))
    answer = page.browser().post(f"{V1}/secrets/test", json={"reference": "store:nope"})
    assert (answer.status_code, answer.json()["code"]) == (409, "secret_unavailable")
