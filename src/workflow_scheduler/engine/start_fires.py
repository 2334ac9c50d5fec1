"""Fires of schedules with `at_start`: one for each boot of the machine, or for each start of the scheduler."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.due_times import DueTimes

from .accounting import Accounting, account_for_pause
from .planner import account_for, store

__all__ = ["StartFires"]


class StartFires:
    """The due time of a boot is the start of the first scheduler in it, so that no later start repeats its fire, and none
    loses it if that scheduler was killed at once. `identity`: see `EngineRow`."""

    def __init__(self, engine_id: int, identity: Mapping[str, Any]) -> None:
        self._engine_id = engine_id
        self._boot = engine_store.boot_of(identity)
        self.wait = True
        """Until they are stored."""

    def plan(
        self, db: Connection, now: datetime, cancel: Callable[[Collection[Schedule]], None], *, paused: bool
    ) -> None:
        """Account for this start, in the caller's transaction. `paused`: no schedule fires."""
        schedules = catalog.start_schedules(db)
        if not schedules:
            return
        from workflow_scheduler.triggers.date import OnceTrigger  # noqa: PLC0415  most homes have no such schedule

        starts = engine_store.scheduler_starts(db)
        own = next(start.at for start in starts if start.engine_id == self._engine_id)
        of_boot = [start.at for start in starts if self._boot and start.boot == self._boot]
        moments = {"scheduler": own, "boot": min(of_boot, default=own)}
        off = set(queries_workflows.disabled_workflows(db, None))
        due: list[tuple[Schedule, Trigger]] = []
        done: list[Accounting] = []
        for schedule in schedules:
            moment = moments.get(str(schedule.spec.get("at_start")))
            if moment is None or (schedule.planner.cursor is not None and schedule.planner.cursor >= moment):
                continue
            once = OnceTrigger(moment)
            trigger = DueTimes(schedule, once, None) if schedule.adjusted else once
            if paused or not schedule.enabled or schedule.workflow_id in off:
                done.append(account_for_pause(schedule, trigger, now))
            else:
                due.append((schedule, trigger))
        store(db, [*done, *account_for(db, due, now, cancel)], now)
