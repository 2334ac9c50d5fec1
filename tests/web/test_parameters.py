"""Parameters over the API: given to a run, kept by its retry, shown with it, and refused at the field that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from web.conftest import NOW

from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.runs.webhooks import signature

V1 = "/api/v1"
YAML = """
id: w
params:
  region: {type: choice, options: [north, south], default: north, description: Which warehouse}
  day: {type: date, default: "{date-1d}"}
  note: {}
tasks: [{id: a, command: echo, args: ["{note}"]}]
"""


@pytest.fixture
def author(page):
    page.running = Holder(1)
    browser = page.browser("author")
    assert browser.put(f"{V1}/workflows/w/document", json={"yaml": YAML}).status_code == 200
    return browser


def params_of(browser, started) -> Any:
    assert started.status_code == 202, started.text
    return browser.get(f"{V1}/runs/{started.json()['id']}").json()["params"]


def test_a_workflow_says_what_its_form_needs(author) -> None:
    params = author.get(f"{V1}/workflows/w").json()["params"]
    assert params == {
        "region": {
            "type": "choice",
            "description": "Which warehouse",
            "default": "north",
            "options": ["north", "south"],
            "required": False,
            "value": "north",
        },
        "day": {"type": "date", "default": "{date-1d}", "required": False, "value": "2026-11-23"},
        "note": {"type": "string", "required": True, "value": None},
    }


def test_a_run_has_the_values_that_it_was_given(page, author) -> None:
    operator = page.browser("operator")
    started = operator.post(f"{V1}/workflows/w/runs", json={"params": {"note": "a b;$(x)", "day": "2026-01-01"}})
    assert params_of(operator, started) == {"region": "north", "day": "2026-01-01", "note": "a b;$(x)"}


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({}, ["params.note"]),
        ({"note": ["a"]}, ["params.note"]),
        ({"note": {"a": 1}}, ["params.note"]),
        ({"note": "x" * 5000}, ["params.note"]),
        ({"regoin": "north", "note": "x", "day": "x"}, ["params.regoin", "params.day"]),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(author, params: dict[str, Any], where: list[str]) -> None:
    refused = author.post(f"{V1}/workflows/w/runs", json={"params": params})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_parameters")
    assert [error["where"] for error in refused.json()["errors"]] == where
    assert author.get(f"{V1}/runs").json()["items"] == []


def test_a_retry_has_the_same_values_or_others_and_names_its_origin(page, author) -> None:
    first = author.post(f"{V1}/workflows/w/runs", json={"params": {"note": "x", "day": "2026-01-01"}})
    run_id = first.json()["id"]
    page.database.write(lambda db: db.run("UPDATE runs SET state = 'failed', finished_at = :now", now=NOW))
    same = author.post(f"{V1}/runs/{run_id}/retry")
    assert params_of(author, same) == {"region": "north", "day": "2026-01-01", "note": "x"}
    other = author.post(f"{V1}/runs/{run_id}/retry", json={"params": {"region": "south"}})
    assert params_of(author, other) == {"region": "south", "day": "2026-01-01", "note": "x"}
    assert author.get(f"{V1}/runs/{other.json()['id']}").json()["retry_of"] == run_id


def test_a_webhook_gives_values_if_its_workflow_takes_some(page, author) -> None:
    author.put(f"{V1}/workflows/plain/document", json={"yaml": "id: plain\ntasks: [{id: a, command: echo}]\n"})

    def call(workflow: str, body: str) -> Any:
        hook = page.browser().post(f"{V1}/hooks", json={"workflow_id": workflow}).json()
        stamp = str(int(page.now.timestamp()))
        signed = signature(hook["secret"], stamp, body.encode())
        headers = {"content-type": "application/json", "x-timestamp": stamp, "x-signature-256": signed}
        return page.stranger().post(hook["path"], content=body, headers=headers)

    assert params_of(author, call("w", '{"ref": "main", "params": {"note": "x"}}'))["note"] == "x"
    assert call("w", "{}").json()["errors"][0]["where"] == "params.note"
    assert call("w", '{"params": ["note"]}').status_code == 422
    assert call("w", '["params"]').status_code == 422
    for body in ("{bad", '{"params": {"note": NaN}}', '{"params": {"note": "a", "note": "b"}}', "[" * 100_000):
        assert (call("w", body).status_code, call("plain", body).status_code) == (422, 202)
    assert params_of(author, call("plain", '{"params": {"anything": 1}}')) == {}


def test_a_schedule_takes_values_and_is_refused_without(author) -> None:
    schedule = {"workflow_id": "w", "id": "s", "every": "1h"}
    refused = author.post(f"{V1}/schedules", json=schedule)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "params.note")
    made = author.post(f"{V1}/schedules", json={**schedule, "params": {"note": 7, "region": "south"}})
    assert (made.status_code, made.json()["params"]) == (201, {"note": "7", "region": "south"})
    header = {"if-match": "*"}
    changed = author.patch(f"{V1}/schedules/s", json={"params": {"note": "y"}}, headers=header)
    assert changed.json()["params"] == {"note": "y"}
    assert author.patch(f"{V1}/schedules/s", json={"params": {}}, headers=header).status_code == 422
    assert author.get(f"{V1}/workflows/w").json()["schedules"][0]["params"] == {"note": "y"}


def test_what_a_workflow_declares_can_be_changed_and_hides_its_environment(page, author) -> None:
    header = {"if-match": "*"}
    body: dict[str, Any] = {"params": {"limit": {"type": "integer", "default": 5}}, "env": {"TOKEN": "x"}}
    refused = author.patch(f"{V1}/workflows/w", json=body, headers=header)
    assert (refused.status_code, "{note} is unknown" in refused.json()["detail"]) == (422, True)
    body["params"]["note"] = None  # all of it is as by default: a text that is required
    assert author.patch(f"{V1}/workflows/w", json=body, headers=header).status_code == 200
    assert author.get(f"{V1}/workflows/w").json()["params"]["limit"]["value"] == 5
    assert author.get(f"{V1}/workflows/w").json()["env"] == {"TOKEN": "x"}
    assert page.browser("viewer").get(f"{V1}/workflows/w").json()["env"] == {"TOKEN": "•••"}


def test_who_cannot_change_a_workflow_does_not_see_where_its_secrets_are(page, author) -> None:
    secrets = {"VAULT": {"command": ["vault", "-token=topsecret"]}, "DB": "store:shop/db"}
    assert author.patch(f"{V1}/workflows/w", json={"secrets": secrets}, headers={"if-match": "*"}).status_code == 200
    assert author.get(f"{V1}/workflows/w").json()["secrets"] == secrets
    viewer = page.browser("viewer")
    assert viewer.get(f"{V1}/workflows/w").json()["secrets"] == {"VAULT": "•••", "DB": "•••"}
    for path in ("document", "versions/2", "versions/2/diff?against=1"):
        text = viewer.get(f"{V1}/workflows/w/{path}").text
        assert "VAULT" in text
        assert "topsecret" not in text
        assert "shop/db" not in text
