"""DB_URL, whatever stands in it, and a server that is not well: a sentence, in time, and no password in it."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError, Unreachable
from workflow_scheduler.storage import address, database
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.deadline import Hanging, within

ODD = [
    "",
    "x",
    "jobs.sqlite",
    "://",
    "sqlite://",
    "sqlite:///",
    "sqlite:////",
    "sqlite:///.",
    "sqlite:///:memory:",
    "sqlite://host/jobs.sqlite",
    "sqlite:///a\0b",
    "sqlite:///" + "a" * 5000,
    "sqlite:///jobs.sqlite?timeout=abc",
    "sqlite:///file:x?uri=true&mode=ro",
    "sqlite+nothing:///\0",
    "mysql://user:canary@host/x",
    "oracle://canary@host",
    "postgresql://user:canary@host:port/x",
    "postgresql://user:canary@host:99999999999/x",
    "postgresql://user:canary@127.0.0.1:99999/x",
    "postgresql://user:canary@[::1/x",
    "postgresql://user:canary@127.0.0.1:1/x?nothing=1",
    "postgresql://user:canary@127.0.0.1:1/x?connect_timeout=abc",
    "postgresql://user:canary@127.0.0.1:1/x?sslmode=perhaps",
    "postgresql://user:canary@127.0.0.1:1/x?host=",
    "postgresql+nothing://user:canary@127.0.0.1:1/x",
    "postgresql://user:canary@\u0130\udc80:1/x",
    "postgresql://user:canary@127.0.0.1:1/a\0b",
    "postgresql://user:canary@127.0.0.1:\u00b2/x",
]


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(database, "OPENING_PATIENCE", 0.05)


@pytest.mark.parametrize("url", ODD)
def test_whatever_it_is_there_is_a_sentence_that_names_the_variable(url: str, tmp_path: Path) -> None:
    with pytest.raises(SchedulerError) as caught:
        Database(url, tmp_path).open()
    words = str(caught.value)
    assert "DB_URL" in words
    assert "canary" not in words
    assert "\n" not in words
    assert len(words) < 600


class Server:
    """Takes connections, and says nothing, or what PostgreSQL says before it hangs."""

    def __init__(self, first_words: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://u:canary@127.0.0.1:{self._listener.getsockname()[1]}/x"
        self._words = first_words
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                connection.recv(8)
                connection.sendall(b"N")  # no TLS
                connection.recv(1000)
                connection.sendall(self._words)

    def close(self) -> None:
        if sys.platform != "win32":  # where closing is enough to end accept()
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()
        self._thread.join()


SIGNED_IN = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"


@pytest.fixture(params=[b"", SIGNED_IN], ids=["silent", "signs in"])
def server(request) -> Iterator[Server]:
    made = Server(request.param)
    yield made
    made.close()


def test_a_server_that_takes_the_connection_and_does_not_answer_is_not_waited_for(
    server: Server, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(address, "CONNECT_SECONDS", 2)  # the least that libpq waits
    with pytest.raises(Unreachable, match="DB_URL") as caught:
        Database(server.url, tmp_path).open()
    assert "canary" not in str(caught.value)


def test_status_says_so_with_exit_code_5(server: Server, scheduler) -> None:
    scheduler.env["DB_URL"] = server.url
    done = scheduler("status", code=5)
    assert "does not answer" in done.stderr
    del scheduler.env["DB_URL"]  # the stop at the end would wait for it as well


def test_what_hangs_is_left_and_what_answers_is_not() -> None:
    never = threading.Event()
    with pytest.raises(Hanging):
        within(0.01, never.wait)
    never.set()
    assert within(20, lambda: 5) == 5
    with pytest.raises(InvalidInput, match="x"):
        within(20, lambda: (_ for _ in ()).throw(InvalidInput("x")))
    assert within(20, time.monotonic) > 0
