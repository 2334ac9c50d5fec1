"""Explains why something did not run, waits, failed or will not run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.explanation import Explanation, GateCode, Remedy, RemedyCode, VerdictCode
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.domain.schedule import DueFire, Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.lookup import existing_workflow, no_such
from workflow_scheduler.operations.runs.find import find_run_id, last_run_id
from workflow_scheduler.operations.runs.moments import written_time
from workflow_scheduler.storage import catalog, queries_runs
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.queries_explanations import last_saved

from .changes import new_name_of
from .coming import explain_coming, next_of
from .fires import explain_fire, explain_pending, trigger_gates
from .past import last_bad, recorded_at
from .question import Question, Situation
from .rules import Rules, rules_of
from .runs import explain_run
from .tasks import Found
from .trail import Trail

__all__ = ["explain"]


def explain(database: Database, question: Question, situation: Situation) -> Explanation:
    """NotFound for what never existed, InvalidInput for a question that cannot be read."""
    run_id = _run_of(database, question)
    return database.read(lambda db: _Case(db, question, situation).answer(run_id))


def _run_of(database: Database, question: Question) -> str | None:
    if question.run is None and question.task is None:
        return None
    if question.run in (None, "last"):
        return last_run_id(database, question.workflow_id)
    return find_run_id(database, question.run or "")


@dataclass(frozen=True, slots=True)
class _Case:
    """One question, asked of one connection."""

    db: Connection
    question: Question
    situation: Situation

    def answer(self, run_id: str | None) -> Explanation:
        question = self.question
        if run_id is not None:
            return self._of_run(run_id)
        found = catalog.find_workflow(self.db, question.workflow_id)
        if found is None:
            return self._without_workflow()
        workflow, version = found
        schedules = [
            schedule
            for schedule in catalog.list_schedules(self.db, workflow.id)
            if question.schedule in (None, schedule.id)
        ]
        if question.schedule is not None and not schedules:
            return self._without_schedule(workflow, question.schedule)
        if not schedules:
            return self._unscheduled(workflow, version)
        rules: list[Rules] = []
        unreadable: list[tuple[Schedule, str]] = []
        for schedule in schedules:
            try:
                rules.append(rules_of(self.db, schedule))
            except InvalidInput as error:
                unreadable.append((schedule, str(error)))
        if not rules:
            return self._unreadable(workflow, version, *unreadable[0])
        if question.at is not None:
            return self._at(workflow, version, rules, question.at)
        if not workflow.tasks:
            return self._without_tasks(self._trail(None, workflow.id), workflow)
        if question.next:
            return self._next(workflow, version, rules)
        return self._last(workflow, version, rules)

    def _trail(self, rules: Rules | None, workflow_id: str, due: datetime | None = None) -> Trail:
        if rules is None:
            return Trail(workflow_id, self.situation.timezone, None, due)
        return Trail(workflow_id, rules.schedule.timezone, rules.schedule.id, due)

    def _started(self, workflow: Workflow, version: int, rules: Rules, due: datetime | None = None) -> Trail:
        """The trail behind the first gate."""
        trail = self._trail(rules, workflow.id, due)
        trail.passed(GateCode.EXISTS, f"{workflow.id}, version {version}; schedule {rules.schedule.id}")
        return trail

    def _told(self, trail: Trail, found: Found) -> Explanation:
        return trail.explanation(*found)

    def _of_run(self, run_id: str) -> Explanation:
        run = run_store.find_run(self.db, run_id)
        if run is None or run.workflow_id != self.question.workflow_id:
            raise NotFound(
                f"Run {run_id!r} is not of {self.question.workflow_id}", hint="see them with 'scheduler runs list'"
            )
        due = run.due or run.nominal
        trail = Trail(run.workflow_id, run.timezone or self.situation.timezone, run.schedule_id, due)
        trail.passed(GateCode.EXISTS, f"{run.workflow_id}, version {run.version}")
        return self._told(trail, explain_run(self.db, self.situation, trail, run, self.question.task))

    def _without_workflow(self) -> Explanation:
        name, now = self.question.workflow_id, self.situation.now
        trail = self._trail(None, name)
        if (change := new_name_of(self.db, name, now)) is not None:
            new = change.detail.split()[-1] if change.detail else ""
            trail.due = change.at
            trail.stopped(GateCode.EXISTS, f"renamed to {new}", change.at, change.actor)
            return trail.explanation(VerdictCode.RENAMED, f"it became {new}", [Remedy(RemedyCode.SHOW_WORKFLOW, new)])
        if last_saved(self.db, name) is None:
            existing_workflow(self.db, name)  # which says what there is
        trail.stopped(GateCode.EXISTS, "deleted; its versions and runs are kept")
        return trail.explanation(VerdictCode.DELETED, remedies=[Remedy(RemedyCode.LIST_RUNS, name)])

    def _without_schedule(self, workflow: Workflow, schedule_id: str) -> Explanation:
        """A schedule that was deleted is known by its fires."""
        elsewhere = catalog.find_schedule(self.db, schedule_id)
        fires = fire_store.list_fires(self.db, schedule_id, 1) if elsewhere is None else []
        if not fires:
            raise no_such(f"schedule of {workflow.id}", schedule_id) if elsewhere else no_such("schedule", schedule_id)
        trail = Trail(workflow.id, self.situation.timezone, schedule_id)
        if self.question.at is not None:
            at = written_time(self.question.at, trail.timezone)
            if (recorded := recorded_at(self.db, schedule_id, at, None)) is not None:
                trail.due = at
                trail.passed(GateCode.EXISTS, f"schedule {schedule_id}, which has been deleted since")
                return self._told(trail, explain_fire(self.db, self.situation, trail, *recorded, None))
        trail.what = f"Schedule {schedule_id}"
        last = fires[-1].until or fires[-1].nominal
        trail.stopped(GateCode.EXISTS, f"schedule {schedule_id} was deleted; its last fire was at {trail.clock(last)}")
        return trail.explanation(VerdictCode.DELETED, remedies=[Remedy(RemedyCode.ADD_SCHEDULE, workflow.id)])

    def _unscheduled(self, workflow: Workflow, version: int) -> Explanation:
        """Its last run, if that is no success; otherwise that nothing starts it."""
        runs = queries_runs.last_runs(self.db, workflow.id, 1)
        if runs and runs[0].state is not RunState.SUCCEEDED and not (self.question.at or self.question.next):
            return self._of_run(runs[0].id)
        trail = self._trail(None, workflow.id)
        if not workflow.tasks:
            return self._without_tasks(trail, workflow)
        trail.passed(GateCode.EXISTS, f"{workflow.id}, version {version}")
        trail.stopped(GateCode.TRIGGER, "no schedule")
        remedies = [Remedy(RemedyCode.ADD_SCHEDULE, workflow.id), Remedy(RemedyCode.RUN_NOW, workflow.id)]
        return trail.explanation(VerdictCode.NO_SCHEDULE, remedies=remedies)

    def _without_tasks(self, trail: Trail, workflow: Workflow) -> Explanation:
        trail.stopped(GateCode.EXISTS, f"{workflow.id} has no tasks")
        return trail.explanation(VerdictCode.NO_TASKS, remedies=[Remedy(RemedyCode.ADD_TASK, workflow.id)])

    def _unreadable(self, workflow: Workflow, version: int, schedule: Schedule, problem: str) -> Explanation:
        trail = Trail(workflow.id, self.situation.timezone, schedule.id)
        trail.what = f"Schedule {schedule.id}"
        trail.passed(GateCode.EXISTS, f"{workflow.id}, version {version}")
        trail.stopped(GateCode.TRIGGER, problem)
        return trail.explanation(VerdictCode.UNREADABLE, problem, [Remedy(RemedyCode.SHOW_SCHEDULE, schedule.id)])

    def _at(self, workflow: Workflow, version: int, schedules: Sequence[Rules], written: str) -> Explanation:
        """The time is in the zone of each schedule: a record comes first, then a match, then the schedule whose fires are nearest."""
        times = [(rules, written_time(written, rules.schedule.timezone)) for rules in schedules]
        for rules, at in times:
            if (recorded := recorded_at(self.db, rules.schedule.id, at, rules)) is not None:
                fire, nominal = recorded
                trail = self._started(workflow, version, rules, fire.due or nominal)
                return self._told(trail, explain_fire(self.db, self.situation, trail, fire, nominal, rules))
        for rules, at in times:
            if (near := rules.near(at)) is not None:
                return self._unrecorded(workflow, version, rules, near)
        rules, at = min(times, key=lambda timed: _distance(*timed))
        trail = self._started(workflow, version, rules, at)
        why = rules.mismatch(at)
        trail.stopped(GateCode.TRIGGER, why)
        return trail.explanation(VerdictCode.NOT_DUE, why, [Remedy(RemedyCode.SHOW_SCHEDULE, rules.schedule.id)])

    def _unrecorded(self, workflow: Workflow, version: int, rules: Rules, fire: DueFire) -> Explanation:
        """A time that the rules match, without a record."""
        trail = self._started(workflow, version, rules, fire.due)
        remedies = [Remedy(RemedyCode.SHOW_SCHEDULE, rules.schedule.id)]
        if why := rules.outside(fire.nominal):
            trail.stopped(GateCode.TRIGGER, why)
            return trail.explanation(VerdictCode.NOT_DUE, why, remedies)
        if fire.due > self.situation.now:
            trigger_gates(trail, rules, fire.nominal, stops="" if fire.runs else fire.why)
            return trail.explanation(VerdictCode.FUTURE if fire.runs else VerdictCode.WILL_SKIP, fire.why, remedies)
        cursor = rules.schedule.planner.cursor
        if cursor is not None and fire.due > cursor:
            return self._told(trail, explain_pending(self.db, self.situation, trail, workflow, rules, fire.nominal))
        why = "the schedule was added or changed later, or its record has been deleted"
        trail.unrecorded(GateCode.DISPOSITION, why)
        return trail.explanation(VerdictCode.NOT_RECORDED, why, remedies)

    def _next(self, workflow: Workflow, version: int, schedules: Sequence[Rules]) -> Explanation:
        rules = next_of(schedules, self.situation)
        trail = self._started(workflow, version, rules)
        return self._told(trail, explain_coming(self.db, self.situation, trail, workflow, rules))

    def _last(self, workflow: Workflow, version: int, schedules: Sequence[Rules]) -> Explanation:
        bad, count = last_bad(self.db, self.situation, schedules)
        if bad is None:
            return self._without_bad(workflow, version, schedules, count)
        trail = self._started(workflow, version, bad.rules, bad.due)
        if bad.fire is None:
            found = explain_pending(self.db, self.situation, trail, workflow, bad.rules, bad.nominal)
        else:
            found = explain_fire(self.db, self.situation, trail, bad.fire, bad.nominal, bad.rules)
        return self._told(trail, found)

    def _without_bad(self, workflow: Workflow, version: int, schedules: Sequence[Rules], count: int) -> Explanation:
        """All succeeded, or nothing was due yet: then what comes next."""
        rules = next_of(schedules, self.situation)
        trail = self._started(workflow, version, rules)
        found = explain_coming(self.db, self.situation, trail, workflow, rules)
        ended = count and found.code is VerdictCode.NO_NEXT
        if found.code is not VerdictCode.WILL_RUN and not ended:
            return self._told(trail, found)
        following = f"the next is at {trail.clock(trail.due)}" if trail.due else "it is never due again"
        if not count:
            return trail.explanation(VerdictCode.NEVER_DUE, following, found.remedies)
        return trail.explanation(VerdictCode.ALL_SUCCEEDED, following, found.remedies)


def _distance(rules: Rules, at: datetime) -> float:
    return min((abs((fire - at).total_seconds()) for fire in rules.nearest(at) if fire), default=float("inf"))
