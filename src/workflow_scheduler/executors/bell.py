"""Wakes workers, so that they need not be waited for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from workflow_scheduler.storage import assignments
from workflow_scheduler.storage.database import Connection

__all__ = ["Bell", "DatabaseBell"]


class Bell(Protocol):
    """A hint: a worker that does not hear it looks by itself a little later."""

    def ring(self, db: Connection, workers: Collection[str]) -> None:
        """Wake these workers when the transaction is committed."""


class DatabaseBell:
    """The notifications of PostgreSQL."""

    def ring(self, db: Connection, workers: Collection[str]) -> None:
        for worker in sorted(workers):
            assignments.ring(db, worker)
