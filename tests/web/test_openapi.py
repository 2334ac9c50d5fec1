"""The OpenAPI document: what it says can be asked, and whatever is asked, the page does not fail."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from web.conftest import NOW

from workflow_scheduler.domain.task import Task
from workflow_scheduler.engine.lock import Holder

schemathesis = pytest.importorskip("schemathesis")

V1 = "/api/v1"
EXAMPLES = 6
"""For each operation; a night of more finds more."""
LEFT_OUT = {f"{V1}/events"}  # endless; test_stream has it


@pytest.fixture
def browser(page):
    page.running = Holder(1)
    page.commands.create_workflow("nightly", NOW)
    page.commands.add_task("nightly", Task("dump", "echo"), NOW)
    page.commands.add_schedule("nightly", {"cron": "0 1 * * *"}, NOW, schedule_id="night")
    return page.browser()


def test_it_is_openapi_3_1_and_everything_in_it_is_described(browser) -> None:
    document = browser.get(f"{V1}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, ways in document["paths"].items():
        for method, about in ways.items():
            assert about["description"], (method, path)
            answers = {code for code in about["responses"] if code < "300"}
            assert answers, (method, path)
    text = json.dumps(document)
    assert "examples" in text
    assert "application/problem+json" in text


def test_nothing_that_the_document_allows_makes_it_fail(page, browser) -> None:
    document = browser.get(f"{V1}/openapi.json").json()
    document["paths"] = {path: ways for path, ways in document["paths"].items() if path not in LEFT_OUT}
    asked = 0
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        def ask(case) -> None:
            nonlocal asked
            wanted = case.as_transport_kwargs(base_url="http://127.0.0.1:8321")
            wanted.pop("cookies", None)
            headers = {**wanted.pop("headers"), "x-csrf-token": browser.headers["x-csrf-token"]}
            if "data" in wanted:
                wanted["content"] = wanted.pop("data")
            try:
                request = browser.build_request(
                    **wanted, headers={name: str(value).encode("utf-8", "replace") for name, value in headers.items()}
                )
            except (httpx.InvalidURL, UnicodeError, ValueError):
                return  # what no client can send
            answer = browser.send(request)
            asked += 1
            assert answer.status_code < 500, (request.method, str(request.url), request.content[:500], answer.text)
            if answer.status_code == 401:  # it signed itself out
                again = page.browser()
                browser.cookies, browser.headers = again.cookies, again.headers

        ask()
    assert asked > 100


def test_a_failure_is_a_problem_that_tells_nothing(page) -> None:
    browser = page.browser()
    page.fastapi.state.context = None  # so that every endpoint fails
    answer = browser.get(f"{V1}/overview")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "scheduler.log" in answer.json()["detail"]
    assert "NoneType" not in answer.text


def test_it_says_what_generators_need_to_know(browser) -> None:
    document = browser.get(f"{V1}/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    assert document["servers"]
    assert document["paths"]["/health"]["get"]["security"] == []
    assert "security" not in document["paths"][f"{V1}/runs"]["get"]
    names = [about["operationId"] for ways in document["paths"].values() for about in ways.values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and "api_v1" not in name for name in names)
    for ways in document["paths"].values():
        for about in ways.values():
            for code in ("4XX", "5XX"):
                problem = about["responses"][code]["content"]["application/problem+json"]["schema"]
                assert problem == {"$ref": "#/components/schemas/ProblemAnswer"}
            assert "422" not in about["responses"]
    assert schemas["RunAnswer"]["properties"]["queued_at"]["format"] == "date-time"
    assert schemas["NewTask"]["properties"]["task"]["$ref"] == "#/components/schemas/TaskModel"
    text = json.dumps(document)
    assert {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]} <= set(schemas)
