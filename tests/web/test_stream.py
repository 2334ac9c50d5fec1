"""Live updates over real connections: in order, resumable, and nobody waits for a slow reader."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable

import httpx
from patience import PATIENCE
from web.conftest import NOW
from web.served import Served, cookies_of

from workflow_scheduler.domain.events import Event
from workflow_scheduler.operations.home.event_feed import MOST_MISSED, EventFeed
from workflow_scheduler.storage import events
from workflow_scheduler.web import stream

V1 = "/api/v1"


def happen(page, count: int, reason: str = "") -> None:
    new = [Event(NOW, "run.queued", "w", f"r{n}", reason=reason) for n in range(count)]
    page.database.write(lambda db: events.record_events(db, new))


def test_it_opens_with_the_mark_of_answers_since_the_last_write(page, served) -> None:
    browser = page.browser("viewer")

    def opened() -> str:
        with (
            httpx.Client(base_url=served.address, headers=cookies_of(browser), timeout=PATIENCE) as client,
            client.stream("GET", f"{V1}/events") as answer,
        ):
            line = next(line for line in answer.iter_lines() if line.startswith("data: "))
            return str(json.loads(line.removeprefix("data: "))["mark"])

    before = browser.get(f"{V1}/overview").headers["x-mark"]
    assert opened() == before
    assert browser.get(f"{V1}/overview").headers["x-mark"] == before
    page.commands.create_workflow("w", NOW)
    after = browser.get(f"{V1}/overview").headers["x-mark"]
    assert after != before
    assert opened() == after


def test_events_come_in_order_and_go_on_where_they_broke_off(page, served) -> None:
    happen(page, 3)
    with served.reading() as first:
        happen(page, 2, "line one\nid: 99\n\ndata: two")
        found = [next(first), next(first)]
        assert [event["seq"] for event in found] == [4, 5]
        assert found[0]["reason"] == "line one\nid: 99\n\ndata: two"
        assert found[0]["kind"] == "run.queued"
    happen(page, 2)
    with served.reading(last_id=4) as again:
        assert [next(again)["seq"] for _ in range(3)] == [5, 6, 7]
        happen(page, 1)
        assert next(again)["seq"] == 8


def test_a_changed_definition_is_told(page, served) -> None:
    with served.reading() as coming:
        happen(page, 1)
        assert next(coming)["seq"] == 1
        page.commands.create_workflow("w", NOW)
        assert next(coming) == {"kind": "catalog.changed"}


def test_who_missed_too_much_looks_again(page, served) -> None:
    happen(page, MOST_MISSED + 2)
    with served.reading(last_id=0) as coming:
        assert next(coming) == {"kind": "stream.reset", "seq": MOST_MISSED + 2}
    with served.reading(last_id=10**9) as coming:  # of a database that was restored since
        assert next(coming)["kind"] == "stream.reset"


def test_a_slow_reader_is_dropped_and_nobody_waits_for_it(page, served, until: Callable, monkeypatch) -> None:
    monkeypatch.setattr(stream, "MOST_WAITING", 50)
    with served.reading() as quick, contextlib.ExitStack() as closing:
        slow = socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]))
        closing.callback(slow.close)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        cookie = "; ".join(f"{name}={value}" for name, value in page.browser("viewer").cookies.items())
        slow.sendall(f"GET {V1}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        assert b"200 OK" in slow.recv(100)
        until(lambda: served.hub.count() == 2)
        sent = 0
        while served.hub.count() == 2:  # it never reads again
            happen(page, 20, "x" * 20_000)
            for _ in range(20):
                sent += 1
                assert next(quick)["seq"] == sent
            assert sent < 10_000
        happen(page, 1)
        assert next(quick)["seq"] == sent + 1


def test_one_session_has_only_so_many_streams(page, served, monkeypatch) -> None:
    monkeypatch.setattr(stream, "MOST_STREAMS", 1)
    browser = page.browser("viewer")
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    with (
        httpx.Client(base_url=served.address, timeout=PATIENCE) as client,
        client.stream("GET", f"{V1}/events", headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == ": open"
        refused = httpx.get(f"{served.address}{V1}/events", headers=headers, timeout=PATIENCE)
        assert (refused.status_code, refused.json()["title"]) == (429, "Too Many Requests")


def test_a_browser_that_goes_away_is_forgotten(page, served, until: Callable) -> None:
    with served.reading():
        until(lambda: served.hub.count() == 1)
    until(lambda: served.hub.count() == 0)
    until(lambda: served.hub._thread is None)  # and nobody looks at the database any more
    with served.reading() as again:
        happen(page, 1)
        assert next(again)["seq"] == 1


def test_the_end_waits_for_no_stream(page, served) -> None:
    with served.reading() as one, served.reading() as other:
        served.end()
        # The server's own patience is 30 s here: streams end because they are told to.
        assert list(one) == list(other) == []
    assert not served.thread.is_alive()


def test_a_connection_that_asks_for_nothing_is_closed(page, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.web.protocol.HEADER_SECONDS", 0.3)
    served = Served(page)
    try:
        whole, part = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: 127"
        for first, then in ((b"", b""), (b"", part), (whole, b""), (whole, part)):
            with socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE) as silent:
                received = b""
                if first:
                    silent.sendall(first)
                    while b'"ok"' not in received:
                        received += silent.recv(4096)
                silent.sendall(then)
                with contextlib.suppress(ConnectionResetError):
                    assert silent.recv(4096) == b""
    finally:
        served.end()


def test_the_rest_of_a_head_that_is_too_long_is_left_aside(page, caplog) -> None:
    served = Served(page)
    try:
        with socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE) as talkative:
            talkative.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 300_000)
            assert talkative.recv(100).split()[1] == b"400"
    finally:
        served.end()
    assert "LocalProtocolError" not in caplog.text


def test_a_body_that_is_too_large_or_too_slow_is_not_waited_for(page, monkeypatch) -> None:
    monkeypatch.setattr("workflow_scheduler.web.body.BODY_SECONDS", 0.3)
    served = Served(page)
    try:
        head = b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        for said, code in (
            (head + b"Content-Length: 10\r\n\r\n{", b"408"),
            (head + b"Content-Length: 1000001\r\n\r\n{", b"413"),
            (
                head + b"Transfer-Encoding: chunked\r\n\r\n" + b"f4240\r\n" + b" " * 1_000_000 + b"\r\n1\r\n \r\n",
                b"413",
            ),
        ):
            with socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE) as client:
                client.sendall(said)
                assert client.recv(100).split()[1] == code
    finally:
        served.end()


def test_heartbeats_keep_proxies_from_closing_it(page, served, monkeypatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    browser = page.browser("viewer")
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    with (
        httpx.Client(base_url=served.address, timeout=PATIENCE) as client,
        client.stream("GET", f"{V1}/events", headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        said = [next(lines) for _ in range(7)]
        assert [line for line in said if line.startswith(":")] == [": open", ": still here", ": still here"]


def test_what_is_changed_before_the_first_look_is_told(page) -> None:
    feed = EventFeed(page.database)
    feed.since(None)
    page.commands.create_workflow("new", NOW)
    assert [event.kind for event in feed.look()] == ["catalog.changed"]
    assert feed.look() == []
