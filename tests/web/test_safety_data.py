"""Safety requirements 7 to 9, 12 and 15: what is asked for, what is stored and what is shown can do no harm.

10 is in tests/acceptance/test_arguments.py, 11 in tests/windows/test_scripts.py, 14 in tests/acceptance/test_page.py. 13 is about outgoing webhooks: there are none.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import timedelta

import pytest
from web.conftest import NOW, PASSWORD

from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.access.secret import SECRET_NAME, home_secret
from workflow_scheduler.storage import runs, tables
from workflow_scheduler.web.files import StaticFiles
from workflow_scheduler.web.gate import cookie_name
from workflow_scheduler.web.permissions import API, ROUTES
from workflow_scheduler.web.throttle import Throttle

CANARY = "canary-7c41f2"
EVIL_PATHS = (
    "..",
    "../canary",
    "..%2fcanary",
    "%2e%2e%2fcanary",
    "%2e%2e/canary",
    "..%5ccanary",
    "..\\canary",
    "%252e%252e%252fcanary",
    "....//canary",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "C:canary",
    "C:%5cWindows%5cwin.ini",
    "%5c%5cserver%5cshare%5ccanary",
    "canary::$DATA",
    "canary:stream",
    "canary%00",
    "canary.",
    "canary%20",
    ".canary",
    "con",
    "nul.log",
    "~",
    "$HOME",
    "%c0%ae%c0%ae%c0%afcanary",
    "%ff",
    "a" * 5000,
)
XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</script><svg onload=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202e\u2028\u2029<b>",
    "\x1b]8;;http://evil\x07link\x1b[31m",
)
POLICY = "default-src 'none'; script-src 'self'"


def raw(browser, method: str, target: str):
    request = browser.build_request(method, "/", json={} if method not in ("GET", "DELETE") else None)
    request.extensions["target"] = target.encode()
    return browser.send(request)


@pytest.fixture
def canary(page):
    """A file beside the home, and one in it, that nobody may see."""
    for place in (page.home.parent / "canary", page.home / "canary", page.home / ".canary"):
        place.write_text(CANARY)
    return page.browser()


@pytest.mark.parametrize("evil", EVIL_PATHS)
def test_no_name_becomes_a_path(canary, evil: str) -> None:
    for rule in ROUTES:
        names = re.findall(r"\{\w+\}", rule.path)
        for name in names:
            target = rule.path.replace(name, evil)
            target = re.sub(r"\{(version|against|attempt)\}", "1", target).replace("{stream}", "stdout")
            answer = raw(canary, rule.method, re.sub(r"\{\w+\}", "w", target))
            assert answer.status_code in (404, 405, 409, 412, 422, 428, 401), (rule.method, target, answer.text)
            assert CANARY not in answer.text
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for target in (f"/{evil}", f"/assets/{evil}", f"/static/{evil}", f"{API}/{evil}"):
            answer = raw(canary, method, target)
            assert answer.status_code in (404, 405, 422), (method, target, answer.text)
            assert CANARY not in answer.text


def with_run(page, run_id: str = "r", task_id: str = "t") -> None:
    page.commands.create_workflow("w", NOW)
    page.commands.add_task("w", Task("t", "echo"), NOW)
    page.database.write(lambda db: runs.add_runs(db, [Run(run_id, "w", 2, RunState.FAILED, NOW, XSS[0])]))
    page.database.write(lambda db: runs.add_task_runs(db, [TaskRun(run_id, task_id, 0, TaskRunState.FAILED, XSS[1])]))
    attempt = Attempt(run_id, task_id, 1, AttemptState.FAILED, XSS[2], outputs=({"path": XSS[3]},))
    page.database.write(lambda db: runs.add_attempts(db, [attempt]))


@pytest.mark.skipif(sys.platform == "win32", reason="making a link needs rights there")
@pytest.mark.parametrize("link", ["attempts/r", "attempts/r/t.1", "attempts/r/t.1/stdout.log", "attempts"])
def test_a_link_leads_nowhere(page, canary, link: str) -> None:
    with_run(page)
    outside = page.home.parent / "outside"
    (outside / "r" / "t.1").mkdir(parents=True)
    for folder in (outside, outside / "t.1", outside / "r" / "t.1"):
        folder.mkdir(exist_ok=True)
        (folder / "stdout.log").write_text(CANARY)
    target = {"attempts/r": outside, "attempts/r/t.1": outside, "attempts": outside}.get(link, outside / "stdout.log")
    (page.home / link).parent.mkdir(parents=True, exist_ok=True)
    (page.home / link).symlink_to(target)
    answer = canary.get(f"{API}/runs/r/tasks/t/attempts/1/logs/stdout")
    if link == "attempts":  # the owner may keep the whole folder on another disk
        assert answer.status_code == 200
    else:
        assert (answer.status_code, CANARY in answer.text) == (404, False)


def test_a_row_that_somebody_else_wrote_is_inert(page, canary) -> None:
    with_run(page, "../../canary", "../..")
    evil = {
        "id": "evil",
        "workflow_id": "w",
        "spec": {"cron": "__import__('os').system('touch pwned')"},
        "timezone": "../../etc/passwd",
        "policies": {},
        "enabled": True,
        "generation": 1,
        "cursor_utc": NOW,
        "wake": False,
    }
    listed = canary.get(f"{API}/runs").json()["items"]
    assert [workflow["id"] for workflow in listed] == ["../../canary"]
    for target in (f"{API}/runs/../../canary", f"{API}/runs/..%2f..%2fcanary"):
        assert raw(canary, "GET", f"{target}/tasks/..%2f../attempts/1/logs/stdout").status_code == 404
    page.database.write(lambda db: db.run(tables.schedules.insert(tuple(evil)), **evil))
    for path in ("schedules", "schedules/evil", "calendar", "overview", "workflows/w", "workflows/w/document"):
        answer = canary.get(f"{API}/{path}")
        assert answer.headers["content-type"] in ("application/json", "application/problem+json"), path
        assert CANARY not in answer.text
    page.database.write(lambda db: db.run("UPDATE workflow_versions SET definition = '[\"!!python/object\"]'"))
    for path in ("workflows", "workflows/w", "runs/r"):
        assert canary.get(f"{API}/{path}").headers["content-type"].startswith("application/")
    assert not list(page.home.parent.rglob("pwned"))


def test_hostile_texts_come_out_as_data(page) -> None:
    with_run(page)
    browser = page.browser()
    for n, attack in enumerate(XSS):
        made = browser.patch(
            f"{API}/workflows/w", json={"description": attack, "labels": [attack]}, headers={"if-match": "*"}
        )
        assert made.status_code == 200, made.text
        task = {"task": {"id": f"x{n}", "command": attack, "env": {"A": attack}, "args": [attack]}}
        assert browser.post(f"{API}/workflows/w/tasks", json=task, headers={"if-match": "*"}).status_code == 201
        shown = browser.get(f"{API}/workflows/w")
        assert shown.json()["description"] == attack
        assert shown.json()["tasks"][-1]["command"] == attack
    folder = page.home / "attempts" / "r" / "t.1"
    folder.mkdir(parents=True)
    (folder / "stdout.log").write_bytes("".join(XSS).encode() + b"\xff\x00")
    (page.home / "scheduler.log").write_text("".join(XSS), encoding="utf-8")
    log = browser.get(f"{API}/runs/r/tasks/t/attempts/1/logs/stdout")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert log.content.endswith(b"\xff\x00")
    for path in ("workflows", "workflows/w", "workflows/w/document", "runs", "runs/r", "log", "overview", "nothing"):
        answer = browser.get(f"{API}/{path}")
        assert answer.headers["content-type"] in ("application/json", "application/problem+json"), path


def test_every_answer_tells_the_browser_to_be_strict(page) -> None:
    browser, stranger = page.browser(), page.stranger()
    answers = [
        browser.get("/"),
        browser.get(f"{API}/session"),
        browser.get(f"{API}/nothing"),
        stranger.get(f"{API}/session"),
        stranger.get("/health"),
        stranger.get("/", headers={"host": "evil"}),
        browser.post(f"{API}/workflows", content=b"x" * 1_000_001, headers={"content-type": "application/json"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 401, 200, 421, 413]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith(POLICY)
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert browser.get(f"{API}/session").headers["cache-control"] == "no-store"


def test_static_files_are_a_fixed_list(tmp_path, page) -> None:
    (tmp_path / "site" / "assets").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("<p>hello")
    (tmp_path / "site" / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "canary").write_text(CANARY)
    files = StaticFiles(tmp_path / "site")
    assert {
        path for path in ("/", "/index.html", "/assets/app-1a2b.js", "/canary", "/../canary") if files.find(path)
    } == {
        "/",
        "/index.html",
        "/assets/app-1a2b.js",
    }
    index = page.stranger().get("/")
    assert index.headers["cache-control"] == "no-cache"
    assert page.stranger().get("/", headers={"if-none-match": index.headers["etag"]}).status_code == 304
    assert "immutable" in files.find("/assets/app-1a2b.js").caching


def test_what_lets_somebody_in_is_nowhere_to_be_found(page) -> None:
    page.running = Holder(1)
    with_run(page)
    admin, operator = page.browser(), page.browser("operator")
    token = admin.post(f"{API}/tokens", json={"id": "ci", "role": "viewer"}).json()["token"]
    hook = admin.post(f"{API}/hooks", json={"workflow_id": "w"}).json()["secret"]
    ticket = page.accounts.make_ticket(page.now)
    page.stranger().post(f"{API}/session", json={"name": "operator", "password": f"{PASSWORD} wrong"})
    cookies = [browser.cookies[cookie_name(8321, https=False)] for browser in (admin, operator)]
    secret = home_secret(page.home).decode()
    values = [token, hook, ticket, PASSWORD, secret, *cookies, admin.headers["x-csrf-token"]]
    for file in page.home.rglob("*"):
        if file.is_file() and file.name != SECRET_NAME:
            data = file.read_bytes()
            assert not [value for value in values if value.encode() in data], file
    for rule in ROUTES:
        if rule.method == "GET" and "{" not in rule.path and not rule.path.endswith("/events"):
            shown = admin.get(rule.path).text
            allowed = {admin.headers["x-csrf-token"]} if rule.path == f"{API}/session" else set()
            assert not [value for value in values if value in shown and value not in allowed], rule.path
    assert "argon2" not in json.dumps(admin.get(f"{API}/users").json())


def test_guessing_is_slowed_down(page) -> None:
    page.browser("viewer")
    stranger = page.stranger()
    wrong = {"name": "viewer", "password": "wrong"}
    assert [stranger.post(f"{API}/session", json=wrong).status_code for _ in range(3)] == [401, 401, 401]
    refused = stranger.post(f"{API}/session", json={"name": "viewer", "password": PASSWORD})
    assert refused.status_code == 429
    first = int(refused.headers["retry-after"])
    assert stranger.post(f"{API}/session", json={"name": "somebody", "password": "x"}).status_code == 429  # the address
    for _ in range(3):
        page.now += timedelta(seconds=int(stranger.post(f"{API}/session", json=wrong).headers["retry-after"]))
        assert stranger.post(f"{API}/session", json=wrong).status_code == 401
    assert int(stranger.post(f"{API}/session", json=wrong).headers["retry-after"]) >= 4 * first
    page.now += timedelta(minutes=20)
    assert stranger.post(f"{API}/session", json={"name": "viewer", "password": PASSWORD}).status_code == 200
    assert stranger.post(f"{API}/session", json=wrong).status_code == 401


def test_guessing_from_everywhere_is_remembered_in_bounded_memory() -> None:
    throttle = Throttle(most_keys=100)
    for n in range(1000):
        throttle.failed([("address", str(n)), ("name", "ada")], NOW)
    assert len(throttle) == 100
    assert throttle.wait([("address", "new"), ("name", "ada")], NOW) > 60
    assert throttle.wait([("address", "new"), ("name", "eve")], NOW) == 0


def test_of_too_many_guessers_the_longest_untouched_are_forgotten() -> None:
    throttle = Throttle(most_keys=3)
    for name in ("first", "second", "third"):
        for _ in range(4):
            throttle.failed([("address", name)], NOW)
    throttle.failed([("address", "first")], NOW)
    throttle.failed([("address", "newest")], NOW)
    kept = {name for name in ("first", "second", "third") if throttle.wait([("address", name)], NOW)}
    assert kept == {"first", "third"}
    for _ in range(3):
        throttle.failed([("address", "newest")], NOW)
    assert throttle.wait([("address", "newest")], NOW) > 0


def test_bodies_headers_and_nesting_are_limited(page) -> None:
    browser = page.browser()
    kind = {"content-type": "application/json"}
    assert browser.post(f"{API}/workflows", content=b" " * 1_000_001, headers=kind).status_code == 413
    assert browser.post(f"{API}/workflows", json={}, headers={"x": "y" * 40_000}).status_code == 431
    for body in (
        b"[" * 100_000,
        b'{"id":' * 100_000,
        b"{",
        b"\xff\xfe",
        b'{"id": 1e999}',
        b'"' + b"\\ud800" * 9 + b'"',
    ):
        answer = browser.post(f"{API}/workflows", content=body, headers=kind)
        assert answer.status_code in (400, 422), (body[:20], answer.text)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    answer = browser.post(f"{API}/workflows/validate", json={"yaml": bomb})
    assert answer.status_code == 422
    assert "aliases" in answer.json()["errors"][0]["message"]
    for text in ("half \ud800 a pair", "a \0"):
        body = json.dumps({"description": text}).encode()
        assert browser.post(f"{API}/workflows", content=body, headers=kind).status_code == 422
        body = json.dumps({"tasks": [{"command": "x", "env": {"A": text}}]}).encode()
        answer = browser.put(f"{API}/workflows/w", content=body, headers={**kind, "if-match": "*"})
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("document", "status"),
    [
        pytest.param("id: w\nx: " + "[" * 3000 + "]" * 3000, 422, id="depth"),
        pytest.param("id: w\nx: " + "{a: " * 3000 + "}" * 3000, 422, id="depth of names"),
        pytest.param('{"id": "w", "x": ' + "[" * 3000 + "]" * 3000 + "}", 422, id="depth in JSON"),
        pytest.param("id: w\ndescription: " + "x" * 2_000_000, 413, id="size"),
        pytest.param("id: w\0", 422, id="NUL"),
        pytest.param("id: w\ntasks:\n  - {command: x, id: \U0001f642}", 422, id="emoji"),
        pytest.param("id: w\ntasks:\n  - {command: x, id: \u202egnp}", 422, id="bidirectional"),
    ],
)
@pytest.mark.parametrize("path", ["workflows/validate", "workflows/w/document"])
def test_documents_that_are_meant_to_hurt_are_refused_and_leave_nothing(
    page, path: str, document: str, status: int
) -> None:
    browser = page.browser()
    method = "POST" if path.endswith("validate") else "PUT"
    answer = browser.request(method, f"{API}/{path}", json={"yaml": document})
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 20_000
    if status == 422:
        (first, *_) = answer.json()["errors"]
        assert "\0" in document or first["line"] >= 1, first
    assert browser.get(f"{API}/workflows").json()["items"] == []


def test_a_document_that_would_take_long_to_read_is_refused_at_once(page) -> None:
    viewer = page.browser("viewer")
    long = {"yaml": f"id: w\ntasks: [{'a,' * 400_000}]"}
    answer = viewer.post("/api/v1/workflows/validate", json=long)
    assert answer.status_code == 422
    assert "scheduler workflow apply" in answer.json()["detail"]
    enough = "id: w\ntasks:\n" + "  - {id: t%d, command: echo}\n" * 3000 % tuple(range(3000))
    assert viewer.post("/api/v1/workflows/validate", json={"yaml": enough}).json()["valid"]
