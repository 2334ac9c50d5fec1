"""Checks a home for problems, with advice for each finding."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.engine.lock import holder
from workflow_scheduler.operations.calendars.show import calendar_problems
from workflow_scheduler.operations.condition import condition_of
from workflow_scheduler.operations.schedules.planning import planner_state
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.operations.schedules.values import lost_paths, unfit
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.operations.workflows.defaults_file import DEFAULTS, read_defaults
from workflow_scheduler.processes.surroundings import Interpreters
from workflow_scheduler.storage import catalog, health, queries_workflows
from workflow_scheduler.storage.database import Connection, Database

from .doctor_home import Finding, closed_to_this_user, count, examine_home, not_usable
from .doctor_notifications import examine_messages, examine_plan, examine_rules
from .doctor_scripts import Scripts
from .doctor_secrets import examine_secrets
from .presence import is_home, why_no_home
from .running import other_database, running_scheduler

__all__ = ["Finding", "examine_home", "examine_opened"]

CLOCK_MAY_DIFFER = timedelta(seconds=5)


def examine_opened(
    database: Database,
    home: Path,
    now: datetime,
    *,
    timezone: str,
    lack_of_room: str,
    free_bytes: int,
    installed_path: str | None,
    interpreters: Interpreters | None = None,
    notify_plan: Callable[[], NotifyPlan] = NotifyPlan,
) -> Iterator[Finding]:
    """The checks that need the settings. `installed_path`: the PATH of the home's installed service;
    `interpreters`: the configured interpreters of scripts. `notify_plan`: what is said about notifications."""
    scripts = Scripts(home, installed_path, interpreters or Interpreters())
    yield Finding("settings", "ok", f"time zone {timezone}")
    room = lack_of_room or f"{free_bytes // 1_000_000:,} MB free"
    yield Finding("disk", "problem" if lack_of_room else "ok", room)
    yield from _defaults(home)
    yield from examine_plan(home, notify_plan)
    yield scripts.interpreters_found()
    yield from _examine_database(database, home, now, scripts, notify_plan)


def _examine_database(
    database: Database, home: Path, now: datetime, scripts: Scripts, notify_plan: Callable[[], NotifyPlan]
) -> Iterator[Finding]:
    """Check the database, and what can only be known from it."""
    if words := other_database(home, database):
        yield Finding("database", "problem", words, "until then no run is planned, started or recorded")
        return
    if words := why_no_home(home, database):
        sentence, _, advice = words.partition("; " if "; " in words else ". ")
        yield Finding("database", "problem" if is_home(home) else "ok", sentence, advice.rstrip("."))
        return
    files = [Path(f"{database.path}{end}") for end in ("", "-wal", "-shm")] if database.path else []
    if closed := closed_to_this_user(files):
        yield not_usable("database", home, closed, closed)
        return
    try:
        database.open()
        database.check()
        mode = database.read(health.journal_mode)
    except SchedulerError as error:
        yield Finding("database", "problem", str(error), "correct that, then run 'scheduler doctor' again")
        return
    if mode not in ("", "wal"):
        advice = "move the database to a local disk: here, readers and the scheduler block each other"
        yield Finding("database", "warning", f"{database.shown_url} is sound, but not in WAL mode ({mode})", advice)
    else:
        yield Finding("database", "ok", f"{database.shown_url} is sound")
    yield _clock(database, now)
    yield _scheduler(database, home, now)
    yield _planner(database)
    yield _missed(database, home, now)
    yield _schedules(database)
    yield from _parameters(database, home)
    yield _calendars(database, now)
    yield from scripts.examine(database)
    yield from examine_secrets(database, home)
    yield from examine_rules(database, notify_plan())
    yield from examine_messages(database)


def _defaults(home: Path) -> Iterator[Finding]:
    """Whether the defaults can be read, if there are any."""
    path = home / DEFAULTS
    if not os.path.exists(path):  # noqa: PTH110  `Path.exists` raises for a home that is closed to this user
        return
    if problem := read_defaults(path).problem:
        yield Finding("defaults", "problem", problem, "correct it: until then no command is started")
    else:
        yield Finding("defaults", "ok", f"{path} applies to every task")


def _clock(database: Database, now: datetime) -> Finding:
    beat, theirs = database.read(health.last_heartbeat), database.read(health.server_time)
    if beat is not None and beat > now + CLOCK_MAY_DIFFER:
        words = f"{now:%Y-%m-%d %H:%M:%S}Z, but the last heartbeat is from {beat:%Y-%m-%d %H:%M:%S}Z"
        return Finding(
            "clock", "problem", words, "set this machine's clock: no schedule fires until it reaches that time"
        )
    if theirs is not None and abs(theirs - now) > CLOCK_MAY_DIFFER:
        words = f"differs from PostgreSQL's by {abs(theirs - now).total_seconds():.0f} s"
        return Finding("clock", "warning", words, "keep both machines' clocks right (NTP)")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _scheduler(database: Database, home: Path, now: datetime) -> Finding:
    found = running_scheduler(home, database)
    if found is None:
        return Finding("scheduler", "warning", "not running: no schedule fires", "scheduler start")
    condition = condition_of(database, found, now)
    if condition.silent_since is not None:
        advice = "stop it with 'scheduler stop' (running scripts continue), then run 'scheduler start'"
        return Finding("scheduler", "problem", condition.problem(), advice)
    if condition.ending is not None:
        return Finding("scheduler", "warning", condition.problem(), "cancel the stop with 'scheduler start'")
    if condition.heartbeat is None:
        return Finding("scheduler", "warning", f"no heartbeat recorded (pid {found.pid})", "check again in a minute")
    return Finding("scheduler", "ok", f"running (pid {found.pid})")


def _planner(database: Database) -> Finding:
    planner = planner_state(database)
    if not planner.paused:
        return Finding("planner", "ok", "not paused")
    words = f"paused since {iso(planner.paused_at)} by {planner.paused_by}: no schedule fires"
    return Finding("planner", "warning", words, "scheduler planner resume")


def _missed(database: Database, home: Path, now: datetime) -> Finding:
    late = database.read(lambda db: health.overdue(db, now - LATE))
    if not late:
        return Finding("missed fires", "ok", "none")
    words = f"{count(late, 'schedule')} overdue, such as {late[0]}"
    if planner_state(database).paused:
        advice = "scheduler planner resume: fires due during the pause are recorded as skipped_paused"
    elif holder(home) is None:
        advice = "start the scheduler: each schedule's catch-up decides what runs"
    else:
        advice = "the scheduler should handle them; if they stay overdue, check scheduler.log"
    return Finding("missed fires", "warning", words, advice)


def _parameters(database: Database, home: Path) -> Iterator[Finding]:
    """Whether schedules fit the parameters of their workflows, if any workflow has some."""

    def work(db: Connection) -> tuple[bool, list[str]]:
        checked, wrong = False, []
        for workflow_id, newest in catalog.newest_of(db, queries_workflows.workflow_ids(db)).items():
            schedules = catalog.list_schedules(db, workflow_id) if newest.params else []
            if schedules and (found := catalog.find_workflow(db, workflow_id)):
                checked = True
                wrong += [
                    f"{name}: {words}"
                    for name, words in (*unfit(found[0], schedules), *lost_paths(found[0], schedules, home))
                ]
        return checked, wrong

    checked, wrong = database.read(work)
    if wrong:
        words = f"{count(wrong, 'schedule')} wrong: {' '.join(wrong[:3])}"
        yield Finding(
            "parameters", "problem", words, "give them other values with 'scheduler schedule edit ID -p NAME=VALUE'"
        )
    elif checked:
        yield Finding("parameters", "ok", "the values of all schedules fit")


def _schedules(database: Database) -> Finding:
    unreadable = [schedule.id for schedule in database.read(catalog.list_schedules) if problem_with(schedule)]
    if not unreadable:
        return Finding("schedules", "ok", "all valid")
    words = f"{count(unreadable, 'schedule')} unreadable: {', '.join(unreadable[:5])}"
    advice = f"scheduler schedule show {unreadable[0]} shows why: set another trigger, or delete it"
    return Finding("schedules", "problem", words, advice)


def _calendars(database: Database, now: datetime) -> Finding:
    problems = calendar_problems(database, now)
    if not problems:
        return Finding("calendars", "ok", "none lacks data for the coming 60 days")
    return Finding("calendars", "warning", " ".join(problems), "scheduler calendar apply FILE computes its days")
