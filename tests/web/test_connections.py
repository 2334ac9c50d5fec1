"""Safety requirement 19: connections that ask for nothing keep nobody out, and fill no log."""

from __future__ import annotations

import contextlib
import errno
import http.client
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from patience import PATIENCE
from web.served import Served

from workflow_scheduler.system.log_bounds import MOST_IN_ALL, MOST_OF_A_KIND, WINDOW, LogBounds
from workflow_scheduler.web import connection_limit, protocol
from workflow_scheduler.web.connection_limit import MOST_CONNECTIONS, ConnectionLimit, places

MOST = 12
SHARE = MOST // 2


class Silent:
    """A guest that says nothing, unless the test says that it is busy."""

    def __init__(self, group: str, since: float = 0.0, *, busy: bool = False) -> None:
        self.group, self.silent_since, self.busy, self.ended = group, since, busy, False

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def hall(clock) -> ConnectionLimit:
    return ConnectionLimit(MOST, lambda: clock[0])


def test_one_address_has_half_of_the_places_and_the_longest_silent_goes(hall) -> None:
    guests = [Silent("10.0.0.1", since) for since in range(SHARE + 3)]
    assert all(hall.enter(guest) for guest in guests)
    assert [guest.ended for guest in guests] == [True] * 3 + [False] * SHARE
    other = Silent("10.0.0.2")
    assert hall.enter(other)
    assert not other.ended


def test_who_is_being_answered_stays(hall) -> None:
    working = [Silent("10.0.0.1", busy=True) for _ in range(SHARE)]
    assert all(hall.enter(guest) for guest in working)
    assert not hall.enter(Silent("10.0.0.1"))
    assert not any(guest.ended for guest in working)
    assert hall.enter(Silent("10.0.0.2"))


def test_when_all_places_are_taken_whoever_has_most_of_them_gives_one(hall) -> None:
    greedy = [Silent("10.0.0.1", 5) for _ in range(SHARE)]
    modest = [Silent(f"10.0.1.{n}", 1) for n in range(MOST - SHARE)]
    assert all(hall.enter(guest) for guest in (*greedy, *modest))
    assert all(hall.enter(Silent(f"10.0.2.{n}")) for n in range(SHARE - 1))
    assert sum(guest.ended for guest in greedy) == SHARE - 1
    assert not any(guest.ended for guest in modest)


def test_full_of_work_is_full(hall) -> None:
    for n in range(MOST):
        assert hall.enter(Silent(str(n), busy=True))
    assert not hall.enter(Silent("new"))
    assert not hall.make_room()


def test_who_leaves_makes_room(hall) -> None:
    for _ in range(1000):
        guest = Silent("10.0.0.1", busy=True)
        assert hall.enter(guest)
        hall.leave(guest)


def test_a_proxys_connections_are_those_of_everybody(hall) -> None:
    guests = [Silent("", busy=True) for _ in range(MOST)]
    assert all(hall.enter(guest, alone=False) for guest in guests)
    assert not hall.enter(Silent(""), alone=False)


def test_there_is_one_line_a_minute_about_it(hall, clock, caplog) -> None:
    for second in range(60):
        clock[0] = second
        for _ in range(100):
            hall.enter(Silent("10.0.0.1", second))
    assert len(caplog.records) == 1
    clock[0] = 61
    hall.enter(Silent("10.0.0.1"))
    assert len(caplog.records) == 2
    assert caplog.records[1].getMessage() == (
        f"Too many connections (at most {MOST}, and {SHARE} from one address): {6000 - SHARE} were closed, "
        f"of which {6000 - SHARE} from 10.0.0.1"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="its sockets are no descriptors")
def test_there_are_no_more_places_than_descriptors(monkeypatch) -> None:
    import resource

    for descriptors, expected in ((64, 16), (30, 8), (256, 112), (1024, 300), (10**6, 300), (-1, 300)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, descriptors=descriptors: (descriptors, descriptors))
        assert places() == expected
    assert places() == MOST_CONNECTIONS


@pytest.fixture
def crowded(page) -> Iterator[tuple[Served, Callable[[str], socket.socket]]]:
    """A page with few places, and what connects to it from an address."""
    served = Served(page, MOST)
    with contextlib.ExitStack() as closing:

        def connect(address: str) -> socket.socket:
            made = socket.create_connection(
                ("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE, source_address=(address, 0)
            )
            closing.callback(made.close)
            return made

        yield served, connect
    served.end()


def health(connection: socket.socket) -> int:
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


HALVES = [b"", b"GET /hea", b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"]


@pytest.mark.skipif(sys.platform == "darwin", reason="has one loopback address alone")
@pytest.mark.parametrize("half", HALVES)
def test_silent_connections_keep_no_other_address_out(crowded, caplog, half: bytes) -> None:
    _, connect = crowded
    silent = []
    for _ in range(MOST * 3):
        silent.append(connect("127.0.0.1"))
        silent[-1].sendall(half)
    assert health(connect("127.0.0.2")) == 200
    assert all(is_closed(connection) for connection in silent[: MOST * 3 - SHARE])
    # Nor the next one of their own address, such as the browser of this machine.
    assert health(connect("127.0.0.1")) == 200
    assert len([record for record in caplog.records if record.name == connection_limit.__name__]) == 1


def test_a_reader_that_takes_nothing_is_not_waited_for(page, monkeypatch) -> None:
    monkeypatch.setattr(protocol, "WRITE_SECONDS", 0.2)
    served = Served(page)
    try:
        (page.home / "backups").mkdir()
        (page.home / "backups" / "large.sqlite").write_bytes(bytes(40_000_000))
        cookie = "; ".join(f"{name}={value}" for name, value in page.browser().cookies.items())
        with socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE) as slow:
            slow.sendall(
                f"GET /api/v1/backups/large.sqlite HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            assert slow.recv(10)
            while served.server.server_state.connections:  # it takes nothing more
                served.thread.join(0.02)
    finally:
        served.end()


def test_a_descriptor_that_is_missing_ends_no_server(page, caplog, monkeypatch) -> None:
    import asyncio

    real, failures = asyncio.get_event_loop_policy().new_event_loop, [OSError(errno.EMFILE, "Too many open files")] * 3
    loop_class = type(loop := real())
    loop.close()
    accept = loop_class.sock_accept

    async def failing(self, listener):
        if failures:
            raise failures.pop()
        return await accept(self, listener)

    monkeypatch.setattr(loop_class, "sock_accept", failing)
    monkeypatch.setattr("workflow_scheduler.web.door.PAUSE", 0.01)
    served = Served(page)
    try:
        with socket.create_connection(("127.0.0.1", served.listener.getsockname()[1]), timeout=PATIENCE) as connection:
            assert health(connection) == 200
    finally:
        served.end()
    assert failures == []
    assert "Traceback" not in caplog.text


def test_of_what_repeats_some_lines_are_written_and_how_many_there_were() -> None:
    bounds = LogBounds()

    def passed(text: str, now: float, *args: object) -> str | None:
        record = logging.LogRecord("asyncio", logging.ERROR, "", 0, text, args, None)
        record.created = now
        return record.getMessage() if bounds.filter(record) else None

    noon = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
    said = [passed(f"socket.accept() out of system resource\nsocket: {n}", noon + n / 1000) for n in range(5000)]
    assert len([text for text in said if text]) == MOST_OF_A_KIND
    assert passed("something else of %s", noon + 6, "ada") == "something else of ada"
    later = passed("socket.accept() out of system resource\nsocket: 9", noon + WINDOW + 1)
    assert later.endswith(f"({5000 - MOST_OF_A_KIND:,} similar lines were left out since the last one)")
    assert passed("socket.accept() out of system resource\nsocket: 9", noon + WINDOW + 2).endswith("9")
    # And lines of ever new kinds are not endless either.
    some = [
        passed(chr(97 + n % 26) * (1 + n % 79) + chr(97 + n // 26 % 26), noon + 200 + n / 1000) for n in range(3000)
    ]
    assert 0 < len([text for text in some if text]) <= MOST_IN_ALL


def test_a_handshake_that_never_comes_takes_a_place_like_any_other(make_page, tmp_path, monkeypatch) -> None:
    import subprocess

    names = {"tls_cert": str(tmp_path / "cert"), "tls_key": str(tmp_path / "key")}
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-keyout", names["tls_key"], "-out", names["tls_cert"]),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    served = Served(make_page(**names), MOST)
    try:
        with contextlib.ExitStack() as closing:
            address = ("127.0.0.1", served.listener.getsockname()[1])
            silent = [
                closing.enter_context(socket.create_connection(address, timeout=PATIENCE)) for _ in range(MOST * 3)
            ]
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with (
                socket.create_connection(address, timeout=PATIENCE) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as connection,
            ):
                assert health(connection) == 200
            assert is_closed(silent[0])
    finally:
        served.end()
