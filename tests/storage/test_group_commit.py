"""Writes that come at once share a transaction, and nothing else: each is kept or undone by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.storage.database import Connection, Database, Stale

Work = Callable[[Connection], Any]
_AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def together(database: Database, until, monkeypatch):
    """Runs writes so that they come while another one is on its way; returns them, and how many transactions there were."""
    began: list[str] = []
    transaction = database._transaction

    @contextmanager
    def counted(begin: str):
        began.append(begin)
        with transaction(begin) as db:
            yield db

    monkeypatch.setattr(database, "_transaction", counted)

    def run(*works: Work) -> tuple[list[Future[Any]], int]:
        busy, go_on = threading.Event(), threading.Event()

        def first(_: Connection) -> None:
            busy.set()
            go_on.wait()

        with ThreadPoolExecutor(len(works) + 1) as threads:
            threads.submit(database.write, first)
            busy.wait()
            began.clear()
            futures = []
            for work in works:
                futures.append(threads.submit(database.write, work))
                until(lambda: len(database._writing._waiting) == len(futures))
            go_on.set()
        return futures, len(began)

    return run


def ticket(name: str) -> Work:
    def work(db: Connection) -> str:
        db.run("INSERT INTO tickets (key, expires_at) VALUES (:key, :at)", key=name, at=_AT)
        return name

    return work


def names(database: Database) -> list[str]:
    return sorted(database.read(lambda db: db.column("SELECT key FROM tickets")))


def test_those_that_wait_are_kept_in_one_transaction(database, together) -> None:
    futures, transactions = together(ticket("a"), ticket("b"), ticket("c"))
    assert [future.result() for future in futures] == ["a", "b", "c"]
    assert transactions == 1
    assert names(database) == ["a", "b", "c"]


def test_one_that_is_refused_undoes_only_its_own(database, together) -> None:
    def refused(db: Connection) -> None:
        ticket("refused")(db)
        raise Refused("no")

    futures, transactions = together(ticket("a"), refused, ticket("a"), ticket("b"))
    assert isinstance(futures[1].exception(), Refused)
    assert isinstance(futures[2].exception(), database._error)  # the key is there already
    assert (futures[0].result(), futures[3].result()) == ("a", "b")
    assert transactions == 1
    assert names(database) == ["a", "b"]


def test_one_that_is_stale_is_done_again_alone(database, together) -> None:
    tries: list[int] = []

    def stale_once(db: Connection) -> str:
        tries.append(1)
        ticket("again")(db)
        if len(tries) == 1:
            raise Stale
        return "again"

    futures, transactions = together(ticket("a"), stale_once)
    assert [future.result() for future in futures] == ["a", "again"]
    assert (len(tries), transactions) == (2, 2)
    assert names(database) == ["a", "again"]


def test_what_cannot_be_kept_is_said_to_all(database, together, monkeypatch) -> None:
    """And each tries again, in a transaction that can be."""
    failed: list[str] = []
    keep = database._writing.transaction

    @contextmanager
    def full_once():
        with keep() as db:
            yield db
            if not failed:
                failed.append("x")
                raise Stale

    def begin(db: Connection) -> str:
        monkeypatch.setattr(database._writing, "transaction", full_once)
        return ticket("begin")(db)

    first = database.write(begin)
    futures, _ = together(ticket("a"), ticket("b"))
    assert [first, *(future.result() for future in futures)] == ["begin", "a", "b"]
    assert failed == ["x"]
    assert names(database) == ["a", "b", "begin"]


def test_an_interruption_of_the_leader_is_the_leader_s(database, together) -> None:
    interrupted: list[int] = []

    def interrupt(db: Connection) -> None:
        if not interrupted:
            interrupted.append(1)
            raise KeyboardInterrupt

    futures, _ = together(interrupt, ticket("a"))
    assert isinstance(futures[0].exception(), KeyboardInterrupt)
    assert futures[1].result() == "a"
    assert names(database) == ["a"]
