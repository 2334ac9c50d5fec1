"""Which runs were in progress when a soak did something."""

from __future__ import annotations

from collections.abc import Iterable

from workflow_scheduler.storage.database import Database

__all__ = ["Progress"]


class Progress:
    """The runs that were in progress when something was done, by its kind."""

    def __init__(self, database: Database, kinds: Iterable[str]) -> None:
        self._database = database
        self._runs: dict[str, set[str]] = {kind: set() for kind in kinds}

    def note(self, kind: str) -> None:
        self._runs[kind].update(
            self._database.read(lambda db: db.column("SELECT id FROM runs WHERE state = 'running'"))
        )

    def least(self) -> int:
        return min(map(len, self._runs.values()))

    def counts(self) -> dict[str, int]:
        self._database.close()
        return {f"during_{kind}": len(runs) for kind, runs in self._runs.items()}
