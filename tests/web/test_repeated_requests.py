"""A request that is sent again, because its answer was lost, makes nothing twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.web.permissions import ROUTES

V1 = "/api/v1"
YAML = "id: nightly\ntasks:\n  - {id: dump, command: echo}\n"
KEY = {"idempotency-key": "k"}

# What each makes with a key, what there is of it, and which part of the answer names it.
MAKING: dict[str, tuple[str, dict[str, Any] | None, str, str]] = {
    f"{V1}/workflows": (f"{V1}/workflows", {"description": "x"}, f"{V1}/workflows", "id"),
    f"{V1}/workflows/{{workflow}}/tasks": (
        f"{V1}/workflows/nightly/tasks",
        {"task": {"command": "echo"}},
        f"{V1}/workflows/nightly",
        "version",
    ),
    f"{V1}/schedules": (f"{V1}/schedules", {"workflow_id": "nightly", "cron": "0 1 * * *"}, f"{V1}/schedules", "id"),
    f"{V1}/hooks": (f"{V1}/hooks", {"workflow_id": "nightly"}, f"{V1}/hooks", "secret"),
    f"{V1}/backups": (f"{V1}/backups", None, f"{V1}/backups", "name"),
    f"{V1}/workflows/{{workflow}}/runs": (f"{V1}/workflows/nightly/runs", None, f"{V1}/runs", "id"),
    f"{V1}/runs/{{run}}/retry": (f"{V1}/runs/failed/retry", {"everything": True}, f"{V1}/runs", "id"),
}
# Their names are given, and a name is taken once.
NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    f"{V1}/users": (f"{V1}/users", {"name": "ada", "role": "viewer", "password": "correct horse battery"}),
    f"{V1}/tokens": (f"{V1}/tokens", {"id": "ci", "role": "viewer"}),
    f"{V1}/workflows/{{workflow}}/copy": (f"{V1}/workflows/nightly/copy", {"id": "other"}),
    f"{V1}/workflows/{{workflow}}/restore": (f"{V1}/workflows/gone/restore", {"yaml": YAML.replace("nightly", "gone")}),
}
# They make nothing: to ask twice is to ask once, or it is about a version that is no longer the newest.
OTHERS = {
    *(f"{V1}/session", f"{V1}/workflows/validate", f"{V1}/schedules/preview", f"{V1}/simulations", f"{V1}/prune"),
    *(f"{V1}/planner/pause", f"{V1}/planner/resume", f"{V1}/engine/stop", f"{V1}/engine/restart"),
    *(f"{V1}/workflows/{{workflow}}/{verb}" for verb in ("pause", "resume", "rename")),
    *(f"{V1}/schedules/{{schedule}}/{verb}" for verb in ("pause", "resume", "skip")),
    f"{V1}/workflows/{{workflow}}/tasks/{{task}}/move",
    f"{V1}/runs/{{run}}/cancel",
    f"{V1}/backfills",  # whose times are taken once; test_backfills sends one again
    *(f"{V1}/backfills/{{backfill}}/{verb}" for verb in ("pause", "resume", "cancel", "retry")),
    *(f"{V1}/secrets", f"{V1}/secrets/test"),  # the newest value counts
    *(f"{V1}/runs/{{run}}/{verb}" for verb in ("ack", "accept")),
    *(f"{V1}/workers/{{worker}}/{verb}" for verb in ("drain", "resume")),
    f"{V1}/runs/{{run}}/notes",  # the newest counts
    *(f"{V1}/notifications/{rest}" for rest in ("retry", "messages/{message}/retry", "channels/{channel}/test")),
    "/hooks/{hook}",  # whose signature counts once
}


@pytest.fixture
def admin(page):
    page.running = Holder(1)
    browser = page.browser()
    for name in ("nightly", "gone"):
        made = browser.put(f"{V1}/workflows/{name}/document", json={"yaml": YAML.replace("nightly", name)})
        assert made.status_code == 200, made.text
    assert browser.delete(f"{V1}/workflows/gone", headers={"if-match": "*"}).status_code == 200
    started = browser.post(f"{V1}/workflows/nightly/runs", json={"id": "failed"})
    assert started.status_code == 202, started.text
    assert browser.post(f"{V1}/runs/failed/cancel").status_code == 202
    return browser


def count(browser, path: str) -> int:
    found = browser.get(path).json()
    return len(found if isinstance(found, list) else found.get("items", found.get("tasks")))


def post(browser, path: str, body: Any, headers: dict[str, str]) -> Any:
    return browser.post(path, json=body, headers={"if-match": "*", **headers})


def test_every_request_that_makes_something_is_known_here() -> None:
    posts = {rule.path for rule in ROUTES if rule.method == "POST"}
    assert posts == {*MAKING, *NAMED, *OTHERS}


@pytest.mark.parametrize("route", MAKING)
def test_with_the_same_key_it_is_made_once(page, admin, route: str) -> None:
    path, body, listed, part = MAKING[route]
    before = count(admin, listed)
    first = post(admin, path, body, KEY)
    assert first.status_code in {201, 202}, first.text
    page.now += timedelta(seconds=5)
    again = post(admin, path, body, KEY)
    assert (again.status_code, again.json()[part]) == (200, first.json()[part]), again.text
    assert count(admin, listed) == before + 1
    other = post(admin, path, body, {"idempotency-key": "other"})
    assert other.status_code in {201, 202}, other.text
    assert count(admin, listed) == before + 2
    page.now += timedelta(seconds=5)
    assert post(admin, path, body, {}).status_code in {201, 202}
    assert count(admin, listed) == before + 3


@pytest.mark.parametrize("route", NAMED)
def test_a_name_is_taken_once(admin, route: str) -> None:
    path, body = NAMED[route]
    assert post(admin, path, body, KEY).status_code == 201
    for headers in (KEY, {}):
        assert post(admin, path, body, headers).status_code == 409


def test_a_key_that_came_with_another_request_makes_nothing(admin) -> None:
    assert post(admin, f"{V1}/workflows", {"description": "x"}, KEY).status_code == 201
    before = count(admin, f"{V1}/hooks"), count(admin, f"{V1}/workflows")
    for path, body in ((f"{V1}/hooks", {"workflow_id": "nightly"}), (f"{V1}/workflows", {"description": "y"})):
        refused = post(admin, path, body, KEY)
        assert (refused.status_code, "another request" in refused.text) == (422, True)
    assert (count(admin, f"{V1}/hooks"), count(admin, f"{V1}/workflows")) == before


@pytest.mark.parametrize("keys", [("k", "k", "k", "k"), ("a", "b", "c", "d"), (None, None, None, None)])
@pytest.mark.parametrize("route", [f"{V1}/schedules", f"{V1}/workflows", f"{V1}/hooks"])
def test_at_once(page, admin, route: str, keys: tuple[str | None, ...]) -> None:
    path, body, listed, part = MAKING[route]
    before = count(admin, listed)
    browsers = [page.browser() for _ in keys]
    answers: list[Any] = []

    def make(browser, key: str | None) -> None:
        answers.append(post(browser, path, body, {"idempotency-key": key} if key else {}))

    threads = [threading.Thread(target=make, args=pair) for pair in zip(browsers, keys, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    made = {answer.json()[part] for answer in answers}
    expected = 1 if keys[0] == "k" else len(keys)
    assert (len(made), count(admin, listed) - before) == (expected, expected)
