"""Whole answers of text are compressed for who accepts it; what they say, and how it is cached, stays the same."""

from __future__ import annotations

import gzip

import pytest
from web.conftest import NOW

V1 = "/api/v1"
PLAIN = {"accept-encoding": "identity"}
ZIPPED = {"accept-encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"}


def raw(client, path: str, headers: dict[str, str]):
    """The answer as it is sent: httpx would decode it."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.fixture
def browser(page):
    for number in range(60):
        page.commands.create_workflow(f"workflow-number-{number}", NOW)
    return page.browser("viewer")


def test_a_list_is_a_tenth_of_its_size(browser) -> None:
    (_, plain), (answer, packed) = (raw(browser, f"{V1}/workflows", headers) for headers in (PLAIN, ZIPPED))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(packed)
    assert len(packed) * 10 < len(plain)
    assert gzip.decompress(packed) == plain
    # The kept answer of the second question is the one for its encoding.
    assert raw(browser, f"{V1}/workflows", PLAIN)[1] == plain
    assert raw(browser, f"{V1}/workflows", ZIPPED)[1] == packed


@pytest.mark.parametrize("path", ["/", f"{V1}/workflows/workflow-number-1"])
def test_each_encoding_has_an_etag_of_its_own(page, browser, path: str) -> None:
    tasks = {"tasks": [{"id": f"task_{number}", "command": "echo"} for number in range(30)]}
    signed_in = page.browser("author")
    tag = signed_in.get(f"{V1}/workflows/workflow-number-1").headers["etag"]
    changed = signed_in.put(f"{V1}/workflows/workflow-number-1", json=tasks, headers={"if-match": tag})
    assert changed.status_code == 200, changed.text
    (plain, _), (zipped, _) = (raw(browser, path, headers) for headers in (PLAIN, ZIPPED))
    assert plain.headers["etag"] != zipped.headers["etag"]
    for headers, answer in ((PLAIN, plain), (ZIPPED, zipped)):
        again, body = raw(browser, path, {**headers, "if-none-match": answer.headers["etag"]})
        assert (again.status_code, body) == (304, b"")
        assert "content-encoding" not in again.headers
    if path != "/":
        done = signed_in.put(path, json=tasks, headers={"if-match": zipped.headers["etag"]})
        assert done.status_code == 200, done.text


@pytest.mark.parametrize("wanted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "gzipped"])
def test_who_does_not_accept_it_gets_it_plain(browser, wanted: str) -> None:
    for path in ("/", f"{V1}/workflows"):
        answer, body = raw(browser, path, {"accept-encoding": wanted})
        assert "content-encoding" not in answer.headers
        assert len(body) == int(answer.headers["content-length"])


def test_files_of_the_page_are_compressed_once(browser) -> None:
    answer, body = raw(browser, "/", ZIPPED)
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "accept-encoding")
    assert gzip.decompress(body) == raw(browser, "/", PLAIN)[1]


def test_small_answers_and_problems_stay_readable(browser) -> None:
    answer, _ = raw(browser, f"{V1}/planner", ZIPPED)
    assert "content-encoding" not in answer.headers
    answer, body = raw(browser, f"{V1}/workflows/nowhere", ZIPPED)
    assert answer.status_code == 404
    assert b"nowhere" in body
    answer = browser.head(f"{V1}/workflows", headers=ZIPPED)
    assert answer.content == b""
