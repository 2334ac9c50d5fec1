"""Judges the deadlines that are due, apart from the passes that start runs, and records an event for each that is missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from workflow_scheduler.domain.deadline import LATE_KINDS, Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.late import judge_finish, judge_length, judge_risk, judge_start, judge_success, several
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.run import Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.usual import next_look, typical_rest
from workflow_scheduler.storage import catalog, queries_deadlines, versions
from workflow_scheduler.storage import deadlines as store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.crash_points import crash_point

from .lengths import WHILE_SHORT, with_usual
from .usual_durations import UsualDurations

__all__ = ["DeadlineWatch"]

BATCH = 50
_EVENTS = {
    DeadlineKind.START_WITHIN: "deadline.late",
    DeadlineKind.FINISH_BY: "deadline.late",
    DeadlineKind.LONGER_THAN: "deadline.long",
    DeadlineKind.NO_SUCCESS_FOR: "deadline.no_success",
}


class DeadlineWatch:
    """The deadlines of a home. `next`: when one is due; None if there is none. `judged` is told of those of each batch."""

    def __init__(
        self, database: Database, begin: datetime, judged: Callable[[list[Deadline], datetime], None] = lambda *_: None
    ) -> None:
        self.next: datetime | None = None
        self._database = database
        self._judged = judged
        self._usual = UsualDurations()
        # What ended while no scheduler ran is told by the keepers' records first.
        self._not_before = begin + LATE
        self._begun = False
        self._risky: dict[str, int] = {}
        """Runs that may come to be at risk, each with the number of its deadline."""

    @property
    def wake_at(self) -> datetime | None:
        if not self._begun:
            return self._not_before
        return None if self.next is None else max(self.next, self._not_before)

    def start_over(self, now: datetime) -> None:
        """After a clock change, what was to be waited for by the old clock may be far away."""
        self._not_before = min(self._not_before, now + LATE)

    def expect(self, times: Iterable[datetime]) -> None:
        """Take in when new deadlines have to be judged."""
        self.next = min([*([self.next] if self.next else []), *times], default=None)

    def judge(self, now: datetime, abandon: Callable[[], bool]) -> bool:
        """Judge some of those that are due, in a transaction of its own. Returns whether there are more."""
        if self.wake_at is None or now < self.wake_at:
            return False

        def work(db: Connection) -> tuple[datetime | None, list[Deadline]]:
            if not self._begun:
                store.look_at_runs(db, now)  # which of them may come to be at risk is not known yet
            judged = _Judging(db, now, self._usual).judge(store.due_deadlines(db, now, BATCH))
            crash_point("deadline.before_commit")
            return store.next_deadline(db), judged

        self.next, judged = self._database.write(work, patience=3600, abandon=abandon)
        self._begun = True
        crash_point("deadline.after_commit")
        self._judged(judged, now)
        for deadline in judged:
            if deadline.kind is DeadlineKind.FINISH_BY and deadline.run_id is not None and not deadline.task_id:
                if deadline.state is DeadlineState.OPEN:
                    self._risky[deadline.run_id] = deadline.seq
                else:
                    self._risky.pop(deadline.run_id, None)
        return self.wake_at is not None and self.wake_at <= now

    def task_ended(self, run_ids: Iterable[str], now: datetime) -> None:
        """Have the risk of those of the runs judged again that are watched."""
        if risky := [self._risky[run_id] for run_id in run_ids if run_id in self._risky]:
            self._database.write(lambda db: store.look_at(db, risky, now))
            self.expect([now])


class _Judging:
    """One batch."""

    def __init__(self, db: Connection, now: datetime, usual: UsualDurations) -> None:
        self._db = db
        self._now = now
        self._usual = usual
        self._runs: dict[str, Run] = {}
        self._task_runs: dict[str, dict[str, TaskRun]] = {}
        self._reported: list[Deadline] = []

    def judge(self, due: Collection[Deadline]) -> list[Deadline]:
        """Write what came of each, and the events."""
        ids = {deadline.run_id for deadline in due if deadline.run_id is not None}
        self._runs = run_store.load_runs(self._db, ids)
        self._task_runs = run_store.load_task_runs(self._db, ids)
        judged = [self._judge(deadline) for deadline in due]
        store.update_deadlines(self._db, judged)
        missed = [
            deadline
            for deadline in judged
            if deadline.kind is not DeadlineKind.NO_SUCCESS_FOR
            and deadline.state in (DeadlineState.MISSED, DeadlineState.AT_RISK)
        ]
        event_store.record_events(self._db, list(self._events([*missed, *self._reported])))
        return judged

    def _judge(self, deadline: Deadline) -> Deadline:
        run = self._runs.get(deadline.run_id or "")
        if deadline.kind is DeadlineKind.NO_SUCCESS_FOR:
            return self._success(deadline)
        if run is None and (deadline.run_id is not None or deadline.kind not in LATE_KINDS):
            return replace(deadline, state=DeadlineState.VOID, reason="its run was deleted")
        if deadline.kind is DeadlineKind.START_WITHIN:
            return judge_start(deadline, run)
        if run is None or (deadline.kind is DeadlineKind.FINISH_BY and deadline.due <= self._now):
            return judge_finish(deadline, run, self._finished(deadline, run), self._running(run))
        return self._length(deadline, run) if deadline.kind is DeadlineKind.LONGER_THAN else self._risk(deadline, run)

    def _finished(self, deadline: Deadline, run: Run | None) -> datetime | None:
        """When the work of a fire, or of its task, was done."""
        if run is None:
            return queries_deadlines.retry_done(self._db, deadline)
        task = self._task_runs.get(run.id, {}).get(deadline.task_id)
        state = task.state.value if task is not None else run.state.value if not deadline.task_id else "skipped"
        at = task.finished_at if task is not None else run.finished_at
        if state == "succeeded" and at is not None and at > deadline.due:
            return queries_deadlines.work_done(self._db, run.id, deadline.task_id) or at
        if state == "skipped" and run.state is RunState.SUCCEEDED:
            return run.finished_at
        if run.over and state != "succeeded":
            return queries_deadlines.retry_done(self._db, deadline)
        return at if state == "succeeded" else None

    def _running(self, run: Run | None) -> list[str]:
        known = self._task_runs.get(run.id, {}) if run is not None else {}
        return [task.task_id for task in known.values() if task.state is TaskRunState.RUNNING]

    def _length(self, deadline: Deadline, run: Run) -> Deadline:
        since = deadline.due - (WHILE_SHORT if deadline.seconds is None else timedelta(seconds=deadline.seconds))
        over = run.over
        if deadline.task_id:
            over = not queries_deadlines.runs_since(self._db, run.id, deadline.task_id, since)
        if deadline.seconds is None:
            deadline = with_usual(self._db, deadline, self._usual)
            if deadline.look is None or (deadline.look > self._now and not over):
                return deadline
        return judge_length(deadline, over=over, since=since if deadline.task_id else run.started_at)

    def _risk(self, deadline: Deadline, run: Run) -> Deadline:
        if run.over:
            return replace(deadline, look=deadline.due)
        workflow = versions.find_version(self._db, run.workflow_id, run.version)
        medians = self._usual.medians(self._db, run.workflow_id, self._now)
        tasks = self._task_runs.get(run.id, {}).values()
        done = [task.task_id for task in tasks if task.over]
        begun = queries_deadlines.begun_attempts(self._db, run.id)
        running = {
            task.task_id: begun.get(task.task_id) or self._now for task in tasks if task.state is TaskRunState.RUNNING
        }
        rest = typical_rest(workflow, medians, done, running, self._now)
        look_again = next_look(workflow, medians, done, running, deadline.due)
        return judge_risk(deadline, rest, look_again, self._now)

    def _success(self, deadline: Deadline) -> Deadline:
        success = store.last_success(self._db, deadline.workflow_id, deadline.schedule_id)
        again, report = judge_success(deadline, success, self._now, paused=self._paused(deadline))
        if report:
            self._reported.append(again)
        return again

    def _paused(self, deadline: Deadline) -> bool:
        found = catalog.find_workflow(self._db, deadline.workflow_id)
        schedule = catalog.find_schedule(self._db, deadline.schedule_id) if deadline.schedule_id else None
        off = found is None or not found[0].enabled or (schedule is not None and not schedule.enabled)
        return off or planner_store.paused(self._db)

    def _events(self, missed: Iterable[Deadline]) -> Iterable[Event]:
        """An event for each; one for all of a schedule that passed while no scheduler could notice."""
        unnoticed: dict[str, list[Deadline]] = defaultdict(list)
        for deadline in missed:
            is_late = deadline.state is DeadlineState.MISSED and deadline.kind in LATE_KINDS
            if is_late and deadline.schedule_id and deadline.due < self._now - LATE:
                unnoticed[deadline.schedule_id].append(deadline)
            else:
                yield self._event(deadline, deadline.reason)
        for of_schedule in unnoticed.values():
            last = max(of_schedule, key=lambda deadline: deadline.due)
            alone = len(of_schedule) == 1 and last.count == 1
            yield self._event(last, last.reason if alone else several(of_schedule))

    def _event(self, deadline: Deadline, reason: str) -> Event:
        at_risk = deadline.state is DeadlineState.AT_RISK
        return Event(
            self._now,
            "deadline.at_risk" if at_risk else _EVENTS[deadline.kind],
            deadline.workflow_id,
            deadline.run_id,
            deadline.task_id or None,
            schedule_id=deadline.schedule_id,
            reason=reason,
        )
