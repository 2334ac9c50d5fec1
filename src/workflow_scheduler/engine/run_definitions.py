"""The definitions that runs in progress use, with what they leave open filled in from the home's defaults."""

from __future__ import annotations

from collections.abc import Callable

from workflow_scheduler.domain.defaults import Defaults, with_defaults
from workflow_scheduler.domain.run import Attempt, AttemptState, Run
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.storage import versions
from workflow_scheduler.storage.database import Connection

__all__ = ["RunDefinitions", "keeps_awake"]

KEPT = 2000


class RunDefinitions:
    """Each is read once, and filled in again when the defaults have changed."""

    def __init__(
        self, read_defaults: Callable[[], Defaults], values: Callable[[Run, str, int], dict[str, str]]
    ) -> None:
        """`values`: the variables that describe a run in the environment of an attempt of a task."""
        self._read_defaults = read_defaults
        self._values = values
        self._defaults = Defaults()
        self._known: dict[tuple[str, int], Workflow] = {}
        self.has_pings = False
        """Whether one of them, of now or before, pings a monitor."""
        self.has_places = False
        """Whether one of them, of now or before, has tasks on other machines."""

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
        found = versions.find_versions(db, keys)
        self._known.update((key, with_defaults(workflow, self._defaults)) for key, workflow in found.items())
        self.has_pings = self.has_pings or any(workflow.has_pings for workflow in found.values())
        self.has_places = self.has_places or any(workflow.has_places for workflow in found.values())

    def elsewhere(self, definition: Workflow, task_id: str) -> bool:
        """Whether the task runs on another machine."""
        return self.has_places and definition.by_id[task_id].place.elsewhere

    def spec(self, db: Connection, run: Run, attempt: Attempt) -> AttemptSpec:
        """What the attempt runs."""
        definition = self.of(db, run)
        task = definition.by_id[attempt.task_id]
        return AttemptSpec(
            attempt.key,
            task,
            self._values(run, attempt.task_id, attempt.number),
            begun=attempt.state in (AttemptState.RUNNING, AttemptState.CHECKING_OUTPUTS),
            params=run.params,
            must_exist=tuple(name for name, parameter in definition.params.items() if parameter.must_exist),
            free_text=tuple(name for name, parameter in definition.params.items() if parameter.free_text),
            env=definition.env,
            secrets=definition.secrets,
            refusal=self._defaults.problem,
            place=task.place if task.place.elsewhere else None,
            bundle=definition.bundle if task.place.elsewhere else "",
        )


def keeps_awake(definition: Workflow, run: Run) -> bool:
    return run.schedule_id is not None if definition.keep_awake is None else definition.keep_awake
