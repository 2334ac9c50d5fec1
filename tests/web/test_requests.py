"""What any request may say: HEAD, conditions, parameters, and bodies that have one meaning."""

from __future__ import annotations

import json

import pytest
from patience import PATIENCE
from web.conftest import NOW

from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.web.permissions import API, ROUTES

V1 = "/api/v1"


@pytest.fixture
def browser(page):
    page.running = Holder(1)
    page.commands.create_workflow("nightly", NOW)
    page.commands.add_task("nightly", Task("dump", "echo"), NOW)
    page.commands.add_schedule("nightly", {"cron": "0 1 * * *"}, NOW, schedule_id="night")
    return page.browser()


READ = [f"{V1}/workflows/nightly", f"{V1}/workflows/nightly/document", f"{V1}/schedules/night"]


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", f"{V1}/runs", f"{V1}/openapi.json", f"{V1}/log", *READ])
def test_head_is_answered_like_get_without_a_body(browser, path: str) -> None:
    for _ in range(2):  # the second from what is kept
        get, head = browser.get(path), browser.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        for name in ("content-type", "content-length", "etag", "content-security-policy"):
            assert head.headers.get(name) == get.headers.get(name)
    assert browser.head(f"{V1}/nothing").status_code == 404


def test_head_of_the_stream_ends(browser, served) -> None:
    import httpx
    from web.served import cookies_of

    answer = httpx.head(f"{served.address}{V1}/events", headers=cookies_of(browser), timeout=PATIENCE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_head_changes_nothing_and_lets_nobody_in(page, browser) -> None:
    for rule in ROUTES:
        if rule.role is not None and rule.method == "GET" and "{" not in rule.path:
            assert page.stranger().head(rule.path).status_code == 401
    refused = browser.head(f"{V1}/workflows/validate")
    assert refused.status_code in (404, 405)
    assert browser.post("/health").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", *READ])
def test_what_a_reader_has_is_not_sent_again(browser, path: str) -> None:
    tag = browser.get(path).headers["etag"]
    for wanted in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for ask in (browser.get, browser.head):
            answer = ask(path, headers={"if-none-match": wanted})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
            assert "content-length" not in answer.headers
    for wanted in ('"other"', "", tag[:-2] + '"'):
        assert browser.get(path, headers={"if-none-match": wanted}).status_code == 200


def test_another_answer_about_the_same_version_is_sent(page, browser) -> None:
    path = f"{V1}/workflows/nightly"
    before = browser.get(path)
    browser.post(f"{path}/runs", json={})
    after = browser.get(path, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["version"] == before.json()["version"]
    assert len(after.json()["history"]) == 1
    # And both are the version that an edit may name, with what completes the tag and without.
    for tag in (before.headers["etag"], '"2"', "2"):
        answer = browser.patch(path, json={"description": ""}, headers={"if-match": tag})
        assert answer.status_code == 200, answer.text
    assert browser.patch(path, json={"description": "x"}, headers={"if-match": '"1~ab"'}).status_code == 412


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("runs", "limit=5&label=etl", "'label': unknown parameter; known are: backfill, cursor, limit, q"),
        ("runs", "until=2020-01-01", "'until'"),
        ("runs", "sort=-duration", "'sort'"),
        ("runs", "stat=failed", "did you mean 'state'?"),
        ("runs", "Limit=5", "did you mean 'limit'?"),
        ("runs", "state=failed&state=unknown", "more than once"),
        ("runs", "limit=5&limit=5", "more than once"),
        ("runs", "lim%69t=5&limit=5", "more than once"),
        ("runs", "=1", "''"),
        ("runs", "&".join(["q=1"] * 200), "fewer"),
        ("runs", "q=%00", "NUL"),
        ("runs", "%1b%5b=%e2%80%ae", r"'\x1b['"),
        ("calendar", "from_=2026-01-01", "did you mean 'from'?"),
        ("workflows/nightly", "x=1", "this address takes none"),
        ("workflows/nightly/document", "dryrun=1", "takes none"),
    ],
)
def test_parameters_that_are_not_known_or_are_repeated_are_refused(browser, path: str, query: str, words: str) -> None:
    answer = browser.get(f"{V1}/{path}?{query}")
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert answer.json()["detail"].isprintable()


def test_an_address_with_a_nul_is_refused_with_its_reason(browser) -> None:
    answer = browser.get(f"{V1}/workflows/nightly%00")
    assert (answer.status_code, "NUL" in answer.json()["detail"]) == (422, True)


def test_every_route_refuses_a_parameter_that_it_does_not_know(page, browser) -> None:
    for rule in ROUTES:
        path = rule.path.replace("{", "").replace("}", "").replace("/attempt", "/1").replace("/1s/", "/attempts/")
        path = path.replace("/stream", "/stdout").replace("/version/", "/1/").removesuffix("/version") + "?nothing=1"
        answer = page.stranger().request(rule.method, path, json={} if rule.method != "GET" else None)
        assert answer.status_code in (404, 422), (rule.method, path, answer.text)
        assert answer.status_code == 422 or "version" in path, path


def test_what_the_document_says_can_be_asked(browser) -> None:
    document = browser.get(f"{API}/openapi.json").json()
    for path, ways in document["paths"].items():
        for method, about in ways.items():
            names = {parameter["name"] for parameter in about.get("parameters", []) if parameter["in"] == "query"}
            if names:
                query = "&".join(f"{name}=~" for name in names)
                names_of_things = {
                    "workflow": "nightly",
                    "schedule": "night",
                    "calendar": "c",
                    "run": "r",
                    "task": "t",
                } | {"backfill": "b"}
                where = path.format(**names_of_things, version=1, attempt=1, stream="stdout")
                refused = browser.request(method, f"{where}?{query}", json={} if method != "get" else None)
                assert "unknown parameter" not in refused.text, (method, path)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"id": "a", "id": "b"}', "'id' is given twice"),
        ('{"id": "a", "labels": {"x": 1, "x": 1}}', "'x' is given twice"),
        ('{"id": ' + "[" * 100 + "]" * 100 + "}", "60 levels"),
        ("[" * 400_000, "60 levels"),
        ('{"a":' * 100_000, "60 levels"),
        ('{"id": ' + "9" * 5000 + "}", "too many digits"),
        ('{"id": 1e999}', "too large"),
        ('{"id": NaN}', "NaN is not JSON"),
        ('{"id": Infinity}', "not JSON"),
        ('{"id": "\\', "is not valid JSON"),
        ("\u00b2", "is not valid JSON"),
        ("", "required"),
    ],
)
def test_a_body_has_one_meaning_or_is_refused(browser, body: str, words: str) -> None:
    for method, path in (("POST", "workflows"), ("PUT", "workflows/nightly"), ("POST", "schedules/preview")):
        headers = {"content-type": "application/json", "if-match": "*"}
        answer = browser.request(method, f"{V1}/{path}", content=body.encode(), headers=headers)
        assert answer.status_code == 422, answer.text
        assert words in answer.text
        assert len(answer.text) < 1000


ODD = [
    "\u008b",
    "\x7f",
    "\x00",
    "\x1b[31m",
    "\ud800",
    "\ufffe",
    "\ufeff",
    "\u2028",
    "\u202e",
    "",
    " ",
    "\t",
    "a" * 5000,
]


@pytest.mark.parametrize("odd", ODD)
def test_no_name_or_value_makes_it_fail(browser, odd: str) -> None:
    inner = {"id": "dump", "command": "echo", odd: odd}
    bodies = [
        ("PUT", "workflows/nightly", {odd: 1}),
        ("PUT", "workflows/nightly", {"tasks": [inner]}),
        ("PUT", "workflows/nightly", {"tasks": [{"command": "echo", "env": {odd or "=": odd}, "args": [odd]}]}),
        ("PUT", "workflows/nightly", {"description": odd, "labels": [odd], "schedules": [{"cron": odd}]}),
        ("PUT", "workflows/nightly/document", {"yaml": json.dumps({"id": "nightly", "description": odd})}),
        ("PUT", "workflows/nightly/document", {"yaml": json.dumps({"id": "nightly", odd: odd})}),
        ("PUT", "workflows/nightly/document", {"yaml": f"id: nightly\ndescription: {json.dumps(odd)}"}),
        ("PUT", "workflows/nightly/document", {"yaml": f"id: nightly\n{odd}: {odd}"}),
        ("POST", "workflows/nightly/tasks", {"task": inner}),
        ("PATCH", "workflows/nightly/tasks/dump", {odd: odd}),
        ("POST", "schedules", {"workflow_id": "nightly", "cron": odd, "timezone": odd}),
        ("POST", "schedules", {"workflow_id": "nightly", "at": odd}),
        ("POST", "schedules", {"workflow_id": "nightly", "every": odd}),
        ("POST", "schedules/preview", {"cron": "@daily", "start": odd}),
        ("POST", "workflows/validate", {"yaml": odd}),
    ]
    for method, path, body in bodies:
        answer = browser.request(
            method,
            f"{V1}/{path}",
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json", "if-match": "*"},
        )
        assert answer.status_code < 500, (method, path, body, answer.text)


@pytest.mark.parametrize("given", ["²", "٣", "1" * 18, "-1", "1.0", "1e3", ""])
def test_no_last_event_id_makes_it_fail(browser, served, given: str) -> None:
    import httpx
    from web.served import cookies_of

    headers = {**cookies_of(browser), "last-event-id": given.encode()}
    with (
        httpx.Client(base_url=served.address, timeout=PATIENCE) as client,
        client.stream("GET", f"{V1}/events", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert next(answer.iter_lines()) == ": open"
