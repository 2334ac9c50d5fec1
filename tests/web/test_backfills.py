"""Backfills over the API: what would run, then what does."""

from __future__ import annotations

import pytest

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.storage import backfills as store
from workflow_scheduler.storage import runs as run_store

V1 = "/api/v1"
YAML = """
id: nightly
params: {region: {type: choice, options: [north, south], default: north}}
tasks: [{id: dump, command: echo}]
schedules: [{id: s, cron: "0 1 * * *", timezone: UTC}]
"""
BODY = {"workflow": "nightly", "from": "2026-11-01", "to": "2026-11-03"}


@pytest.fixture
def operator(page):
    author = page.browser()
    assert author.put(f"{V1}/workflows/nightly/document", json={"yaml": YAML}).status_code == 200
    return page.browser("operator")


def created(operator, **more) -> str:
    answer = operator.post(f"{V1}/backfills", json={**BODY, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{V1}/backfills/{answer.json()['id']}"
    return answer.json()["id"]


def test_a_dry_run_answers_the_table_and_makes_nothing(operator) -> None:
    answer = operator.post(f"{V1}/backfills", json={**BODY, "dry_run": True})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["will_run"], found["left_out"], found["notes"]) == (3, 0, [])
    assert found["moments"][0] == {
        "nominal_utc": "2026-11-01T01:00:00Z",
        "timezone": "UTC",
        "schedule_id": "s",
        "run_id": None,
        "run_state": None,
        "disposition": None,
        "outlook": "will_run",
        "what": "will run",
    }
    assert operator.get(f"{V1}/backfills").json() == {"items": []}


def test_created_shown_paused_resumed_cancelled_and_retried(page, operator) -> None:
    name = created(operator, between="20:00-06:00", params={"region": "south"}, parallel=2, order="newest")
    shown = operator.get(f"{V1}/backfills/{name}").json()
    assert (shown["from"], shown["state"], shown["total"], shown["left"]) == ("2026-11-01", "active", 3, 3)
    assert (shown["created_by"], shown["between"], shown["params"]) == ("operator", "20:00-06:00", {"region": "south"})
    assert shown["waits"] == "It starts runs between 20:00-06:00."
    assert shown["next_start"] == "2026-11-24T20:00:00Z"
    assert [row["id"] for row in operator.get(f"{V1}/backfills?workflow=nightly").json()["items"]] == [name]
    assert operator.get(f"{V1}/backfills?workflow=other").json()["items"] == []
    for verb, state in (("pause", "paused"), ("resume", "active"), ("cancel", "cancelled")):
        answer = operator.post(f"{V1}/backfills/{name}/{verb}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert operator.post(f"{V1}/backfills/{name}/{verb}").status_code == 409
    assert operator.post(f"{V1}/backfills/{name}/retry").json() == {"id": name, "again": 0, "never_run": 3}
    actions = [row["action"] for row in page.browser().get(f"{V1}/audit").json()["entries"]]
    assert f"POST {V1}/backfills/{name}/retry" in actions


def test_its_times_come_in_pages(page, operator) -> None:
    name = created(operator)
    first = operator.get(f"{V1}/backfills/{name}?limit=2").json()
    rest = operator.get(f"{V1}/backfills/{name}?limit=2&cursor={first['next_cursor']}").json()
    days = [moment["nominal_utc"][:10] for moment in (*first["moments"], *rest["moments"])]
    assert days == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert rest["next_cursor"] is None
    assert operator.get(f"{V1}/backfills/{name}?cursor=x").status_code == 422


def test_its_runs_name_it(page, operator) -> None:
    from workflow_scheduler.domain.run import Run

    name = created(operator)
    run = Run("r", "nightly", 1, RunState.QUEUED, page.now, backfill_id=name)
    page.database.write(lambda db: run_store.add_runs(db, [run]))
    found = operator.get(f"{V1}/runs?backfill={name}").json()["items"]
    assert [(row["id"], row["backfill_id"]) for row in found] == [("r", name)]
    assert operator.get(f"{V1}/runs/r").json()["backfill_id"] == name
    assert page.database.read(lambda db: store.open_runs_of(db, name)) == ["r"]


def test_with_the_same_key_it_is_made_once(operator) -> None:
    first, again = (operator.post(f"{V1}/backfills", json=BODY, headers={"idempotency-key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {"id": first.json()["id"], "will_run": 3, "repeated": False}
    assert again.json() == {**first.json(), "repeated": True}
    refused = operator.post(f"{V1}/backfills", json=BODY)
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert len(operator.get(f"{V1}/backfills").json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"workflow": "other"}, 404, "not_found"),
        ({"schedule": "other"}, 404, "not_found"),
        ({"from": "soon"}, 422, "invalid_input"),
        ({"to": "2026-10-01"}, 422, "invalid_input"),
        ({"between": "1-2"}, 422, "invalid_input"),
        ({"parallel": 0}, 422, "invalid_input"),
        ({"only": "some"}, 422, "invalid_input"),
        ({"params": {"region": "west"}}, 422, "wrong_parameters"),
        ({"from": "2026-11-24 02:00", "to": "2026-11-24 03:00"}, 409, "refused"),
        ({"unknown": 1}, 422, "invalid_input"),
    ],
)
def test_problems_have_a_code_and_make_nothing(operator, change, status: int, code: str) -> None:
    answer = operator.post(f"{V1}/backfills", json={**BODY, **change})
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert "scheduler " not in answer.json()["detail"]
    assert operator.get(f"{V1}/backfills").json() == {"items": []}


def test_a_viewer_only_looks(page, operator) -> None:
    name = created(operator)
    viewer = page.browser("viewer")
    assert viewer.get(f"{V1}/backfills/{name}").status_code == 200
    assert viewer.get(f"{V1}/backfills").status_code == 200
    assert viewer.post(f"{V1}/backfills", json={**BODY, "dry_run": True}).status_code == 403
    assert viewer.post(f"{V1}/backfills/{name}/pause").status_code == 403
