"""The connections of one process: how many stay open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from workflow_scheduler.storage import pool as room


@pytest.fixture
def returned() -> Callable[[], tuple[room.Pool, list[sqlite3.Connection]]]:
    """A pool to which three connections that were in use at once have come back, and they."""

    def make() -> tuple[room.Pool, list[sqlite3.Connection]]:
        pool = room.Pool(lambda: sqlite3.connect(":memory:"), lambda: None)
        taken = [pool.take() for _ in range(3)]
        for connection in taken:
            pool.give_back(connection)
        return pool, taken

    return make


def open_ones(connections: list[sqlite3.Connection]) -> list[sqlite3.Connection]:
    found = []
    for connection in connections:
        try:
            connection.execute("SELECT 1")
        except sqlite3.ProgrammingError:  # closed
            continue
        found.append(connection)
    return found


def test_a_few_stay_open_for_reuse(returned) -> None:
    pool, taken = returned()
    assert (pool.idle, open_ones(taken)) == (3, taken)
    assert pool.take() is taken[-1]


def test_of_those_that_nothing_uses_one_stays(returned, monkeypatch) -> None:
    monkeypatch.setattr(room, "_REST", -1.0)  # a clock may stand still between two calls
    pool, taken = returned()
    assert (pool.idle, open_ones(taken)) == (1, taken[-1:])
    assert pool.take() is taken[-1]
