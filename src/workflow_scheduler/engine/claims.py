"""Which attempts are ready, and which the executor has: those of this machine, and beside them those of others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.storage.database import Connection

from .run_definitions import RunDefinitions
from .settling import Pass

__all__ = ["CLAIMED_AHEAD", "MOST_ELSEWHERE", "Claims"]

CLAIMED_AHEAD = 50
"""How many attempts wait in the executor, so that the next command starts before the end of the last is stored."""
MOST_ELSEWHERE = 1000
"""How many attempts are given to other machines at once, beside those of this one."""


class Claims:
    """Of one engine. `live`: what the executor has; `elsewhere`: those of them that are placed on other machines."""

    def __init__(self, engine_id: int, definitions: RunDefinitions, max_processes: int) -> None:
        self.live: set[AttemptKey] = set()
        self.elsewhere: set[AttemptKey] = set()
        self._engine_id = engine_id
        self._definitions = definitions
        self._max_processes = max_processes
        self._ready: deque[AttemptKey] = deque()
        self._ready_elsewhere: deque[AttemptKey] = deque()

    @property
    def any(self) -> bool:
        return bool(self.live or self._ready or self._ready_elsewhere)

    @property
    def only_elsewhere(self) -> bool:
        return not self._ready and self.live <= self.elsewhere

    def waiting(self) -> list[AttemptKey]:
        """What is ready, and not with the executor."""
        return [*self._ready, *self._ready_elsewhere]

    def take(self, this: Pass, db: Connection, *, stopped: bool) -> None:
        """Claim the longest waiting attempts; none while `stopped`."""
        refused = [key for key in this.refused if key not in self.elsewhere]
        live = self.live - self.elsewhere if self.elsewhere else self.live
        # If the operating system just refused a process, no other is tried before the next pass, which retries that.
        most = 0 if stopped or refused else self._max_processes + CLAIMED_AHEAD
        this.ready = self._claim(this, db, [*self._ready, *this.ready], most, live) + refused
        if self.elsewhere or self._ready_elsewhere or this.ready_elsewhere:
            ready = [*self._ready_elsewhere, *this.ready_elsewhere]
            again = [key for key in this.refused if key in self.elsewhere]
            most = 0 if stopped else MOST_ELSEWHERE
            this.ready_elsewhere = self._claim(this, db, ready, most, self.elsewhere) + again

    def _claim(
        self, this: Pass, db: Connection, ready: list[AttemptKey], most: int, live: set[AttemptKey]
    ) -> list[AttemptKey]:
        """Claim the first of these while fewer than `most` are live. Returns the others."""
        ledger = this.ledger
        free = max(0, most - len(live) + len(set(this.over) & live))
        ledger.load_runs(key[0] for key in ready[:free])
        ledger.load_attempts(ready[:free])
        full = len(this.launch) + free
        for at, key in enumerate(ready):
            if len(this.launch) >= full:
                return ready[at:]
            ledger.load_runs([key[0]])
            ledger.load_attempts([key])
            attempt, run = ledger.attempt(key), ledger.run(key[0])
            if attempt is not None and run is not None and self._is_ready(attempt):
                spec = self._definitions.spec(db, run, attempt)
                # What the operating system refused before stays to be read; a machine elsewhere is asked itself.
                ledger.move_attempt(attempt, AttemptState.LAUNCHING, attempt.reason if spec.place is None else "")
                this.launch.append(spec)
        return []

    def _is_ready(self, attempt: Attempt) -> bool:
        return attempt.state is AttemptState.READY and attempt.engine_id == self._engine_id

    def apply(self, this: Pass) -> None:
        """After the transaction: remember what it decided."""
        self.live.difference_update(this.over)
        self.live.update(spec.key for spec in this.launch)
        self.elsewhere.difference_update(this.over)
        self.elsewhere.update(spec.key for spec in this.launch if spec.place is not None)
        self._ready = deque(this.ready)
        self._ready_elsewhere = deque(this.ready_elsewhere)

    def resume(
        self, db: Connection, runs: Mapping[str, Run], ready: Iterable[Attempt], begun: Iterable[AttemptSpec]
    ) -> None:
        """What the database says: these attempts are ready, and those were given to an executor."""
        specs = {spec.key: spec for spec in begun}
        self.live &= specs.keys()
        self.elsewhere = {key for key, spec in specs.items() if spec.place is not None}
        self._ready.clear()
        self._ready_elsewhere.clear()
        for attempt in ready:
            definition = self._definitions.of(db, runs[attempt.run_id])
            elsewhere = self._definitions.elsewhere(definition, attempt.task_id)
            (self._ready_elsewhere if elsewhere else self._ready).append(attempt.key)
