"""The definitions that runs in progress use, with what they leave open filled in from the home's defaults."""

from __future__ import annotations

from collections.abc import Callable

from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.run import Run
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection

__all__ = ["RunDefinitions", "keeps_awake"]

KEPT = 2000


class RunDefinitions:
    """Each is read once, and filled in again when the defaults have changed."""

    def __init__(self, read_defaults: Callable[[], Defaults]) -> None:
        self._read_defaults = read_defaults
        self._defaults = Defaults()
        self._known: dict[tuple[str, int], Workflow] = {}

    @property
    def problem(self) -> str:
        """Why the defaults cannot be used; empty if they can."""
        return self._defaults.problem

    def refresh(self) -> None:
        """Take in the defaults as they are now."""
        defaults = self._read_defaults()
        if defaults is not self._defaults:
            self._defaults = defaults
            self._known.clear()

    def of(self, db: Connection, run: Run) -> Workflow:
        key = run.workflow_id, run.version
        if key not in self._known:
            self.learn(db, {key})
        return self._known[key]

    def learn(self, db: Connection, keys: set[tuple[str, int]]) -> None:
        """Read these versions, known or not: since its last run a workflow may have been renamed, and another created with
        its name."""
        if len(self._known) + len(keys) > KEPT:
            self._known.clear()
        found = catalog.find_versions(db, keys)
        self._known.update((key, with_defaults(workflow, self._defaults)) for key, workflow in found.items())


def keeps_awake(definition: Workflow, run: Run) -> bool:
    return run.schedule_id is not None if definition.keep_awake is None else definition.keep_awake
