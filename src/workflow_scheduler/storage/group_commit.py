"""Lets simultaneous writes of several threads share a transaction, and so one wait for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from .sql import Connection

__all__ = ["GroupCommit", "Stale"]

MOST = 64
"""Writes in one transaction: it holds up those of other processes."""
_T = TypeVar("_T")


class Stale(Exception):
    """Another process was first: the transaction is rolled back and retried."""


class _Write:
    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.turn = threading.Event()
        self.ended = False
        self.answer: Any = None
        self.error: BaseException | None = None


class GroupCommit:
    """One thread leads and performs the writes of all that wait. Then the next waiting thread leads."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self.transaction = transaction
        self._lock = threading.Lock()
        self._waiting: list[_Write] = []
        self._led = False

    def run(self, work: Callable[[Connection], _T]) -> _T:
        """The result of `work`, or its error, once its transaction is committed or rolled back. Errors in other writes
        undo only those."""
        write = _Write(work)
        with self._lock:
            self._waiting.append(write)
            leads, self._led = not self._led, True
        if not leads:
            write.turn.wait()
        if not write.ended:
            self._lead()
        if write.error is not None:
            raise write.error
        answer: _T = write.answer
        return answer

    def _lead(self) -> None:
        """Perform the waiting writes, wake their threads, and make the next waiting thread the leader."""
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._keep(group)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._led = following is not None
            for write in group:
                write.ended = True
                write.turn.set()
            if following is not None:
                following.turn.set()

    def _keep(self, group: list[_Write]) -> None:
        """The first of the group is the leader's own."""
        try:
            with self.transaction() as db:
                if len(group) == 1:
                    group[0].answer = group[0].work(db)
                else:
                    for write in group:
                        _keep_part(db, write)
        except BaseException as error:  # handed on to those whom it concerns
            for write in group:
                is_mine = write is group[0] or isinstance(error, Exception)
                write.error = write.error or (error if is_mine else Stale())


def _keep_part(db: Connection, write: _Write) -> None:
    db.run("SAVEPOINT part")
    try:
        write.answer = write.work(db)
    except Exception as error:
        db.run("ROLLBACK TO SAVEPOINT part")
        write.error = error
    db.run("RELEASE SAVEPOINT part")
