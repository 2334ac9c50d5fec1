"""What can be changed: nothing by accident, nothing twice, and everything on record."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

import pytest
from web.conftest import NOW, PASSWORD

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.access.audit import audit_list, first_broken
from workflow_scheduler.operations.runs.webhooks import signature
from workflow_scheduler.operations.workflows.apply import apply_documents
from workflow_scheduler.operations.workflows.read import read_documents
from workflow_scheduler.storage import runs, versions

V1 = "/api/v1"
YAML = "id: nightly\ntasks:\n  - {id: dump, command: echo}\nschedules:\n  - {id: night, cron: 0 1 * * *}\n"


@pytest.fixture
def author(page):
    page.running = Holder(1)
    browser = page.browser("author")
    made = browser.put(f"{V1}/workflows/nightly/document", json={"yaml": YAML})
    assert (made.status_code, made.json()["result"]) == (200, "created"), made.text
    return browser


def tag(browser, path: str) -> dict[str, str]:
    return {"if-match": browser.get(f"{V1}/{path}").headers["etag"]}


def test_an_edit_says_which_version_it_is_for(page, author) -> None:
    path = f"{V1}/workflows/nightly"
    old = tag(author, "workflows/nightly")
    assert author.patch(path, json={"description": "x"}).status_code == 428
    saved = author.patch(path, json={"description": "x"}, headers=old)
    assert (saved.json()["version"], saved.headers["etag"]) == (2, '"2"')
    for method, where, body in (
        ("PATCH", path, {"description": "y"}),
        ("PUT", path, {"tasks": []}),
        ("DELETE", path, None),
        ("POST", f"{path}/rename", {"id": "other"}),
        ("POST", f"{path}/tasks", {"task": {"command": "echo"}}),
        ("PATCH", f"{path}/tasks/dump", {"command": "true"}),
        ("POST", f"{path}/tasks/dump/move", {"position": 1}),
        ("DELETE", f"{path}/tasks/dump", None),
    ):
        stale = author.request(method, where, json=body, headers=old)
        assert stale.status_code == 412, (method, where, stale.text)
        assert "changed meanwhile" in stale.json()["detail"]
        assert author.request(method, where, json=body).status_code == 428
    shown = author.get(path).json()
    assert (shown["version"], shown["description"], len(shown["tasks"])) == (2, "x", 1)
    assert author.patch(path, json={"labels": ["a"]}, headers={"if-match": "*"}).json()["version"] == 3


def test_of_two_edits_at_once_one_is_refused(page, author) -> None:
    headers = tag(author, "workflows/nightly")
    browsers = [page.browser() for _ in range(4)]
    codes: list[int] = []

    def edit(n: int) -> None:
        answer = browsers[n].patch(f"{V1}/workflows/nightly", json={"description": str(n)}, headers=headers)
        codes.append(answer.status_code)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412, 412, 412]
    assert author.get(f"{V1}/workflows/nightly").json()["version"] == 2


def test_tasks(author) -> None:
    path = f"{V1}/workflows/nightly"
    any_ = {"if-match": "*"}
    fields = {"command": "zip", "args": ["a b"], "retry": {"limit": 2, "delay": "30s"}}
    assert author.post(f"{path}/tasks", json={"task": fields}, headers=any_).status_code == 201
    assert author.patch(f"{path}/tasks/task_1", json={"timeout": "10m", "retry": None}, headers=any_).status_code == 200
    assert author.post(f"{path}/tasks/task_1/move", json={"position": 1}, headers=any_).status_code == 200
    tasks = author.get(path).json()["tasks"]
    assert tasks[0] == {"id": "task_1", "command": "zip", "args": ["a b"], "timeout": 600}
    bounds = {"retry_count": "3", "retry_max_delay": "5m", "output_files": ["a", {"path": "b", "minimum_size": 9}]}
    assert author.patch(f"{path}/tasks/task_1", json=bounds, headers=any_).status_code == 200
    task = author.get(path).json()["tasks"][0]
    assert (task["retry"], task["output_files"]) == ({"limit": 3, "max_delay": 300}, bounds["output_files"])
    for field, value, sentence in (
        ("retry_max_delay", "soon", "retry_max_delay: "),
        ("output_files", [{"path": "b", "minimum_size": "1 kB"}], "minimum_size: '1 kB' is not a whole number."),
    ):
        wrong = author.patch(f"{path}/tasks/task_1", json={field: value}, headers=any_)
        assert (wrong.status_code, wrong.json()["detail"].startswith(sentence)) == (422, True), wrong.json()["detail"]
    bad = author.post(f"{path}/tasks", json={"task": {"comand": "x"}}, headers=any_)
    assert (bad.status_code, "did you mean 'command'" in bad.json()["detail"]) == (422, True)
    assert author.delete(f"{path}/tasks/dump", headers=any_).status_code == 200
    assert [task["id"] for task in author.get(path).json()["tasks"]] == ["task_1"]
    assert author.delete(f"{path}/tasks/dump", headers=any_).status_code == 404


def test_a_document_says_what_was_probably_not_meant(author) -> None:
    text = "id: other\ntasks: [{id: dump, command: /nowhere/backup.sh}]\nschedules: [{id: s, cron: '* 5 * * *'}]"
    answer = author.put(f"{V1}/workflows/other/document", json={"yaml": text})
    schedules, tasks = answer.json()["warnings"]
    assert "every minute" in schedules
    assert tasks.startswith("Task dump: ")
    assert "/nowhere/backup.sh" in tasks


def test_a_document_says_first_what_it_would_change(author) -> None:
    path = f"{V1}/workflows/nightly/document"
    changed = YAML.replace("echo", "true").replace("0 1", "0 2")
    dry = author.put(path, json={"yaml": changed}, params={"dry_run": True}).json()
    assert (dry["result"], dry["version"], dry["dry_run"]) == ("changed", 2, True)
    assert any("+" in line and "true" in line for line in dry["diff"])
    assert dry["fires_removed"][0] == {"schedule_id": "night", "utc": "2026-11-25T01:00:00Z"}
    assert dry["fires_added"][0] == {"schedule_id": "night", "utc": "2026-11-25T02:00:00Z"}
    assert dry["collisions"] == []
    twice = changed + "  - {id: other, cron: 0 2 * * *, timezone: UTC}\n"
    both = author.put(path, json={"yaml": twice}, params={"dry_run": True}).json()["collisions"]
    assert {(found["schedule_id"], *found["schedule_ids"]) for found in both} == {
        ("night", "other"),
        ("other", "night"),
    }
    assert "true" not in author.get(path).json()["yaml"]
    assert author.put(path, json={"yaml": changed}).status_code == 428
    headers = tag(author, "workflows/nightly/document")
    # Somebody changes a schedule, which is no new version of the workflow but another document.
    author.post(f"{V1}/schedules/night/pause")
    assert author.put(path, json={"yaml": changed}, headers=headers).status_code == 412
    headers = tag(author, "workflows/nightly/document")
    assert author.put(path, json={"yaml": changed}, headers=headers).json()["version"] == 2
    assert author.get(f"{V1}/schedules/night").json()["spec"] == {"cron": "0 2 * * *"}
    other = author.put(path, json={"yaml": YAML.replace("nightly", "other")}, headers={"if-match": "*"})
    assert other.status_code == 422
    assert other.json()["errors"][0]["line"] == 1
    assert author.put(path, json={"yaml": YAML + "---\nid: two\n"}, headers={"if-match": "*"}).status_code == 422


def test_a_document_without_a_folder_keeps_the_files_that_are_stored(page, author, tmp_path) -> None:
    text = "id: w\nfiles: [load.py]\ntasks: [{id: a, command: load.py, place: {worker: erp}}]\n"
    path, any_ = f"{V1}/workflows/w", {"if-match": "*"}
    refused = author.put(f"{path}/document", json={"yaml": text})
    assert (refused.status_code, "next to them" in refused.text) == (422, True)
    (tmp_path / "load.py").write_text("print(1)")
    (tmp_path / "w.yaml").write_text(text)
    apply_documents(page.database, "UTC", read_documents([str(tmp_path / "w.yaml")], sys.stdin.buffer), NOW)
    edited = author.put(f"{path}/document", json={"yaml": text + "labels: [a]\n"}, headers=any_)
    assert (edited.status_code, edited.json()["result"]) == (200, "changed")
    assert author.patch(path, json={"description": "x"}, headers=any_).status_code == 200
    refused = author.patch(path, json={"files": ["more.py"]}, headers=any_)
    assert (refused.status_code, "next to them" in refused.text) == (422, True)
    kept = page.database.read(lambda db: [versions.find_version(db, "w", version).bundle for version in (1, 2, 3)])
    assert len(set(kept)) == 1
    assert author.patch(path, json={"files": []}, headers=any_).status_code == 200
    assert page.database.read(lambda db: versions.find_version(db, "w", 4)).bundle == ""
    deleted = author.delete(path, headers=any_).json()
    assert "files" not in deleted["yaml"]


def test_a_deleted_workflow_comes_back_with_its_schedules_and_versions(page, author) -> None:
    path = f"{V1}/workflows/nightly"
    at = (NOW + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    made = author.post(f"{V1}/schedules", json={"workflow_id": "nightly", "id": "once", "at": at})
    assert made.status_code == 201, made.text
    before = author.get(path).json()
    deleted = author.delete(path, headers={"if-match": '"1"'}).json()
    assert author.get(path).status_code == 404
    assert author.get(f"{V1}/schedules/night").status_code == 404
    page.now += timedelta(hours=2)
    restored = author.post(f"{path}/restore", json={"yaml": deleted["yaml"]})
    assert (restored.status_code, restored.json()) == (201, {"id": "nightly", "version": 2, "left_out": ["once"]})
    after = author.get(path).json()
    assert after["tasks"] == before["tasks"]
    assert [schedule["spec"] for schedule in after["schedules"]] == [{"cron": "0 1 * * *"}]
    assert [version["version"] for version in author.get(f"{path}/versions").json()] == [2, 1]
    assert author.post(f"{path}/restore", json={"yaml": deleted["yaml"]}).status_code == 409


def test_create_copy_rename_pause(author) -> None:
    assert author.post(f"{V1}/workflows", json={"id": "w", "description": "d"}).json() == {"id": "w", "version": 1}
    assert author.post(f"{V1}/workflows", json={"id": "w"}).status_code == 409
    assert author.post(f"{V1}/workflows", json={}).json()["id"] == "workflow_1"
    assert author.post(f"{V1}/workflows/nightly/copy", json={"id": "again"}).json()["id"] == "again"
    renamed = author.post(f"{V1}/workflows/again/rename", json={"id": "other"}, headers={"if-match": '"1"'})
    assert renamed.json()["id"] == "other"
    author.post(f"{V1}/workflows/nightly/pause")
    assert author.get(f"{V1}/schedules/night").json()["next_utc"] is None
    author.post(f"{V1}/workflows/nightly/resume")
    assert author.get(f"{V1}/schedules/night").json()["next_utc"] == "2026-11-25T01:00:00Z"
    put = author.put(f"{V1}/workflows/other", json={"tasks": [{"command": "é 😀"}]}, headers={"if-match": "*"})
    assert put.headers["etag"] == '"2"'
    assert author.get(f"{V1}/workflows/other").json()["tasks"][0]["command"] == "é 😀"


def test_schedules(author) -> None:
    wanted = {"workflow_id": "nightly", "every": "90m", "timezone": "Europe/Berlin", "catchup_window": "12h"}
    made = author.post(f"{V1}/schedules", json=wanted).json()
    assert (made["id"], made["catchup_window"], made["timezone"]) == ("schedule_1", 43200, "Europe/Berlin")
    path = f"{V1}/schedules/schedule_1"
    headers = tag(author, "schedules/schedule_1")
    changed = author.patch(path, json={"overlap": "skip", "catchup_window": None}, headers=headers).json()
    assert (changed["overlap"], changed["catchup_window"], changed["spec"]) == ("skip", None, {"every": "90m"})
    assert author.patch(path, json={"overlap": "queue"}, headers=headers).status_code == 412
    assert author.post(f"{path}/pause").json()["enabled"] is False
    assert author.post(f"{path}/resume").json()["next_utc"] is not None
    assert author.patch(path, json={"overlap": "queue"}).status_code == 428
    assert author.patch(path, json={"cron": "x"}, headers={"if-match": "*"}).status_code == 422
    assert author.post(f"{V1}/schedules", json={"workflow_id": "nightly"}).status_code == 422
    assert author.delete(path).status_code == 428
    assert author.delete(path, headers=headers).status_code == 412
    assert author.delete(path, headers=tag(author, "schedules/schedule_1")).status_code == 204
    assert author.get(path).status_code == 404


def test_the_same_key_gives_the_same_run(page, author) -> None:
    path = f"{V1}/workflows/nightly/runs"
    first = author.post(path, headers={"idempotency-key": "k"})
    assert (first.status_code, first.json()["repeated"]) == (202, False)
    again = author.post(path, headers={"idempotency-key": "k"})
    assert (again.status_code, again.json()["id"], again.json()["repeated"]) == (200, first.json()["id"], True)
    assert author.post(path, headers={"idempotency-key": "other"}).json()["id"] != first.json()["id"]
    assert page.browser("operator").post(path, headers={"idempotency-key": "k"}).json()["repeated"] is False
    assert author.post(path).json()["id"] != author.post(path).json()["id"]
    assert len(author.get(f"{V1}/runs").json()["items"]) == 5
    page.now += timedelta(days=2)
    assert author.post(path, headers={"idempotency-key": "k"}).json()["repeated"] is False
    assert author.get(f"{V1}/runs/{first.json()['id']}").json()["reason"] == "started by author"


def test_the_same_key_at_once_starts_one_run(page, author) -> None:
    browsers = [page.browser() for _ in range(4)]
    found: list[str] = []

    def start(n: int) -> None:
        answer = browsers[n].post(f"{V1}/workflows/nightly/runs", headers={"idempotency-key": "k"})
        found.append(answer.json()["id"])

    threads = [threading.Thread(target=start, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_cancel_and_retry(page, author) -> None:
    run = author.post(f"{V1}/workflows/nightly/runs", json={"id": "mine"}).json()["id"]
    assert author.post(f"{V1}/runs/{run}/retry").status_code == 409
    assert author.post(f"{V1}/runs/{run}/cancel").status_code == 202
    shown = author.get(f"{V1}/runs/{run}").json()
    assert (shown["state"], shown["reason"]) == ("cancelled", "cancelled by author")
    over = Run("over", "nightly", 1, RunState.FAILED, NOW, finished_at=NOW)
    page.database.write(lambda db: runs.add_runs(db, [over]))
    assert author.post(f"{V1}/runs/over/cancel").status_code == 409
    new = author.post(f"{V1}/runs/over/retry", json={"everything": True}).json()["id"]
    assert author.get(f"{V1}/runs/{new}").json()["retry_of"] == "over"
    page.running = None
    problem = author.post(f"{V1}/workflows/nightly/runs").json()
    assert problem["detail"] == "The scheduler is not running."


def test_everything_that_is_changed_is_on_record(page, author) -> None:
    author.post(f"{V1}/workflows/nightly/runs", json={"id": "mine"})
    author.post(f"{V1}/runs/nothing/cancel")
    admin = page.browser()
    admin.post(f"{V1}/users", json={"name": "ada", "role": "viewer", "password": "correct horse battery"})
    entries = admin.get(f"{V1}/audit", params={"verify": True}).json()
    assert entries["whole"] is True
    assert [(entry["actor"], entry["action"], entry["detail"]) for entry in entries["entries"]] == [
        ("owner", f"POST {V1}/users", "ada: viewer"),
        ("owner", f"POST {V1}/session", "signed in"),
        ("author", f"POST {V1}/workflows/nightly/runs", "mine"),
        ("author", f"PUT {V1}/workflows/nightly/document", ""),
        ("author", f"POST {V1}/session", "signed in"),
    ]
    assert {entry["address"] for entry in entries["entries"]} == {"127.0.0.1"}
    assert first_broken(page.database) is None
    assert "battery" not in str(audit_list(page.database, 100))


def test_users(page) -> None:
    admin, other = page.browser(), page.browser()
    path = f"{V1}/users/ada"
    made = admin.post(f"{V1}/users", json={"name": "ada", "role": "viewer", "password": "correct horse battery"}).json()
    (listed,) = other.get(f"{V1}/users").json()
    assert listed == made
    seen = {"if-match": f'"{made["etag"]}"'}
    assert admin.patch(path, json={"role": "author"}).status_code == 428
    changed = admin.patch(path, json={"role": "author"}, headers=seen)
    assert (changed.status_code, changed.json()["role"]) == (200, "author")
    assert changed.headers["etag"] == f'"{changed.json()["etag"]}"'
    # Somebody else still has the former role on their screen.
    late = other.patch(path, json={"role": "admin"}, headers=seen)
    assert (late.status_code, "was changed meanwhile" in late.json()["detail"]) == (412, True)
    assert other.get(f"{V1}/users").json()[0]["role"] == "author"
    seen = {"if-match": changed.headers["etag"]}
    assert other.patch(path, json={"password": "another horse battery"}, headers=seen).status_code == 200
    assert admin.patch(path, json={"role": "viewer"}, headers=seen).status_code == 412  # a password is a change as well
    assert admin.patch(path, json={"role": "viewer"}, headers={"if-match": "*"}).status_code == 200
    assert admin.delete(path).status_code == 428
    assert admin.delete(path, headers=seen).status_code == 412
    assert admin.delete(path, headers={"if-match": admin.get(f"{V1}/users").json()[0]["etag"]}).status_code == 204
    assert admin.patch(path, json={"role": "admin"}, headers=seen).status_code == 404


def test_tokens_let_programs_in(page, author) -> None:
    admin = page.browser()
    made = admin.post(f"{V1}/tokens", json={"id": "ci", "role": "operator", "days": 1}).json()
    program = page.stranger()
    program.headers["authorization"] = f"Bearer {made['token']}"
    assert program.get(f"{V1}/session").json()["user"] == "token:ci"
    assert program.post(f"{V1}/workflows/nightly/runs").status_code == 202  # a token needs no CSRF token
    assert program.delete(f"{V1}/schedules/night").status_code == 403
    assert [token["id"] for token in admin.get(f"{V1}/tokens").json()] == ["ci"]
    page.now += timedelta(days=1)
    assert program.get(f"{V1}/session").status_code == 401
    again = page.browser().post(f"{V1}/tokens", json={"id": "ci", "role": "viewer"}).json()["token"]
    program.headers["authorization"] = f"Bearer {again}"
    assert program.get(f"{V1}/session").json()["role"] == "viewer"
    assert page.browser().delete(f"{V1}/tokens/ci").status_code == 204
    assert program.get(f"{V1}/session").status_code == 401


def call(page, hook, body: bytes = b"{}", *, at=None, secret: str | None = None, **headers):
    stamp = str(int((at or page.now).timestamp()))
    given = {
        "content-type": "application/json",
        "x-timestamp": stamp,
        "x-signature-256": signature(secret or hook["secret"], stamp, body),
        **headers,
    }
    return page.stranger().post(hook["path"], content=body, headers=given)


def test_a_webhook_starts_a_run_once(page, author) -> None:
    hook = page.browser().post(f"{V1}/hooks", json={"workflow_id": "nightly"}).json()
    started = call(page, hook)
    assert started.status_code == 202, started.text
    assert author.get(f"{V1}/runs/{started.json()['id']}").json()["reason"] == f"started by hook:{hook['id']}"
    assert call(page, hook).status_code == 409  # the same call, again
    assert call(page, hook, b"{ }").status_code == 202
    page.now += timedelta(minutes=1)
    assert call(page, hook).status_code == 202
    for wrong in (
        call(page, hook, secret="x"),
        call(page, hook, at=page.now - timedelta(minutes=6)),
        call(page, hook, at=page.now + timedelta(minutes=6)),
        call(page, {**hook, "path": "/hooks/h_none"}),
        call(page, hook, **{"x-timestamp": "now"}),
        call(page, hook, **{"x-signature-256": "sha256="}),
        call(page, hook, **{"x-signature-256": "é".encode()}),
        page.stranger().post(hook["path"]),
    ):
        assert wrong.status_code in (401, 422), wrong.text
    assert len(author.get(f"{V1}/runs").json()["items"]) == 3
    assert page.browser().delete(f"{V1}/hooks/{hook['id']}").status_code == 204
    page.now += timedelta(minutes=1)
    assert call(page, hook).status_code == 401


def test_a_webhook_works_as_long_as_its_maker_may_start_runs(page, author) -> None:
    admin = page.browser()
    made = admin.post(f"{V1}/users", json={"name": "ada", "role": "admin", "password": PASSWORD})
    assert made.status_code == 201
    ada = page.stranger()
    ada.headers["x-csrf-token"] = ada.post(f"{V1}/session", json={"name": "ada", "password": PASSWORD}).json()["csrf"]
    hook = ada.post(f"{V1}/hooks", json={"workflow_id": "nightly"}).json()
    assert hook["created_by"] == "ada"
    assert call(page, hook).status_code == 202
    for number, (change, answer) in enumerate(
        [
            (lambda tag: admin.patch(f"{V1}/users/ada", json={"role": "operator"}, headers=tag), 202),
            (lambda tag: admin.patch(f"{V1}/users/ada", json={"role": "viewer"}, headers=tag), 401),
            (lambda tag: admin.patch(f"{V1}/users/ada", json={"role": "author"}, headers=tag), 202),
            (lambda tag: admin.delete(f"{V1}/users/ada", headers=tag), 401),
        ]
    ):
        (user,) = [user for user in admin.get(f"{V1}/users").json() if user["name"] == "ada"]
        assert change({"if-match": user["etag"]}).status_code in (200, 204)
        page.now += timedelta(minutes=1)
        assert call(page, hook).status_code == answer, number


def test_a_deleted_workflow_takes_its_webhooks_along(page, author) -> None:
    hook = page.browser().post(f"{V1}/hooks", json={"workflow_id": "nightly"}).json()
    author.delete(f"{V1}/workflows/nightly", headers={"if-match": "*"})
    assert page.browser().get(f"{V1}/hooks").json() == []
    assert call(page, hook).status_code == 401


def test_the_planner_is_paused_and_goes_on(page) -> None:
    operator = page.browser("operator")
    assert operator.get(f"{V1}/planner").json() == {"paused": False, "paused_at": None, "paused_by": None}
    paused = operator.post(f"{V1}/planner/pause").json()
    assert (paused["paused"], paused["paused_by"]) == (True, "operator")
    assert operator.get(f"{V1}/overview").json()["planner"] == paused
    again = operator.post(f"{V1}/planner/pause")
    assert (again.status_code, "already paused" in again.json()["detail"]) == (409, True)
    assert operator.post(f"{V1}/planner/resume").json()["paused"] is False
    assert operator.post(f"{V1}/planner/resume").status_code == 409
    actions = [entry["action"] for entry in page.browser().get(f"{V1}/audit").json()["entries"]]
    assert actions.count(f"POST {V1}/planner/pause") == actions.count(f"POST {V1}/planner/resume") == 1


def test_a_key_is_for_one_request_and_its_answer_is_true(page, author) -> None:
    path = f"{V1}/workflows/nightly/runs"
    key = {"idempotency-key": "k"}
    first = author.post(path, headers=key, json={"id": "mine"})
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    for other_path, body in ((path, {}), (path, {"id": "other"}), (f"{V1}/runs/mine/retry", {"everything": True})):
        refused = author.post(other_path, headers=key, json=body)
        assert (refused.status_code, "another request" in refused.text) == (422, True), refused.text
    assert author.post(f"{V1}/runs/mine/cancel").status_code == 202
    again = author.post(path, headers=key, json={"id": "mine"}).json()
    shown = author.get(f"{V1}/runs/mine").json()
    assert (again["id"], again["state"], again["repeated"]) == ("mine", shown["state"], True)
    assert author.post(path, headers={"idempotency-key": ""}).status_code == 422
    assert len(author.get(f"{V1}/runs").json()["items"]) == 1
