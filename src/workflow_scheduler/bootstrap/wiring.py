"""Wires an engine together. Kept apart because only commands that run something need APScheduler's slow import."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.facts import facts
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.retention import Keep
from workflow_scheduler.engine.alert_thread import AlertThread, Part
from workflow_scheduler.engine.alerts import AlertReader
from workflow_scheduler.engine.delivery import Outbox
from workflow_scheduler.engine.dependencies import Dependencies, EngineOptions
from workflow_scheduler.engine.failures import FailureReader
from workflow_scheduler.engine.loop import Engine, read_clock
from workflow_scheduler.engine.maintenance import Maintenance
from workflow_scheduler.engine.pinging import Pinger
from workflow_scheduler.engine.pulse import Pulse, Work
from workflow_scheduler.engine.reports import ReportSender
from workflow_scheduler.engine.run_log import RunLog
from workflow_scheduler.engine.settling import Pass
from workflow_scheduler.engine.watch_ping import WatchPing
from workflow_scheduler.executors.base import Executor, ReportTo
from workflow_scheduler.executors.environment import hide, machine_environment
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.executors.placed import PlacedExecutor
from workflow_scheduler.executors.records import LocalRecords
from workflow_scheduler.executors.session import fingerprints
from workflow_scheduler.operations.access.secret import derived, home_secret
from workflow_scheduler.operations.access.secrets import secret_variables
from workflow_scheduler.operations.notifications.details import Completion
from workflow_scheduler.operations.notifications.plan_file import variables_named
from workflow_scheduler.operations.runs.failures import lines_of
from workflow_scheduler.operations.workflows.defaults_file import DefaultsFile
from workflow_scheduler.processes.awake import Awake
from workflow_scheduler.processes.identity import alive, own_identity
from workflow_scheduler.processes.interpreters import check_interpreters
from workflow_scheduler.processes.place import HOME_ID, own_place
from workflow_scheduler.processes.surroundings import surroundings_here
from workflow_scheduler.system.event_log import notices, open_event_log

if TYPE_CHECKING:
    from . import App

__all__ = ["Tellers", "make_engine", "make_tellers"]


@dataclass(frozen=True, slots=True)
class Tellers:
    """What tells people and monitors outside, beside the engine that it is wired to."""

    alerts: AlertThread
    watch: WatchPing
    pulse: Pulse

    def start(self) -> None:
        self.alerts.start()
        self.watch.start()

    def close(self) -> None:
        self.watch.close()
        self.alerts.close()


def make_tellers(app: App, link: Callable[[], str]) -> Tellers:
    """`link`: the address of the web interface."""
    pulse = Pulse()
    zone, plan = ZoneInfo(app.settings.timezone), app.plan_file()
    complete = Completion(app.database, app.home, app.settings.timezone, link)
    reader = AlertReader(app.database, plan, zone)

    def parts(wake: Callable[[], None]) -> list[Part]:
        outbox = Outbox(app.database, app.home, plan, complete, read_clock, wake)
        private = app.settings.ping_private
        pinger = Pinger(app.database, app.home, read_clock, wake, allow_private=private)
        failures = FailureReader(app.database, lambda key: lines_of(app.home, key), wake)
        return [reader, ReportSender(app.database, plan, zone, app.outline), outbox, pinger, failures]

    alerts = AlertThread(parts, read_clock, lambda: pulse.worked(Work.DELIVERY))
    return Tellers(alerts, WatchPing(app.settings.watch_url, app.home, pulse), pulse)


def make_engine(
    app: App,
    role: str,
    log: logging.Logger,
    secure: Callable[[], bool] = lambda: True,
    tellers: Tellers | None = None,
) -> Engine:
    settings = app.settings
    hide(settings.secret_names | secret_variables(app.database) | variables_named(app.home))
    check_interpreters(surroundings_here(machine_environment(), str(app.home), settings.interpreters))
    zone = ZoneInfo(settings.timezone)
    journal, tell = RunLog(log, lambda key: attempt_folder(app.home, key)), open_event_log()

    def write_down(done: Pass) -> None:
        journal.write(done.ledger.events, done.outcomes)
        for notice in notices(app.home, done.ledger.events):
            tell(notice)

    key = derived(home_secret(app.home), "facts").encode()
    keep = Keep(settings.retention_days, settings.retention_runs, settings.backups_kept)
    parts = Dependencies(
        database=app.database,
        executor=lambda report: PlacedExecutor(
            LocalExecutor(app.home, report, settings.interpreters, key), _workers(app), report
        ),
        records=LocalRecords(app.home),
        values=lambda run, task_id, number: facts(run, task_id, number, zone),
        journal=write_down,
        defaults=DefaultsFile(app.home),
        alive=alive,
        free=app.free_bytes,
        upkeep=Maintenance(app.database, app.home, keep).run,
        awake=Awake(),
        wake=_wake(app) if role == "scheduler" else None,
        secure=secure,
        passed=tellers.alerts.wake if tellers else lambda: None,
        pulse=tellers.pulse if tellers else Pulse(),
    )
    try:
        place = own_place(app.home)
    except OSError as error:
        raise Unreachable(
            f"Cannot use {app.home / HOME_ID} ({error.strerror}); make the home writable, or choose another with --home."
        ) from None
    options = EngineOptions(
        role,
        settings.max_threads,
        settings.max_processes,
        {
            **own_identity(),
            "home": str(app.home),
            "place": place,
            "account": app.user(),
            "environment": fingerprints(machine_environment(), place["home_id"]),
        },
        settings.min_free_mb * 1_000_000,
    )
    return Engine(parts, options)


def _workers(app: App) -> Callable[[ReportTo], Executor] | None:
    """What runs attempts on other machines, where the database can have workers."""
    if app.database.is_sqlite:
        return None

    def connect(report: ReportTo) -> Executor:
        from workflow_scheduler.executors.worker import WorkerExecutor  # noqa: PLC0415  most homes have no workers

        return WorkerExecutor(app.database.apart(), app.home, report)

    return connect


def _wake(app: App) -> Callable[[datetime | None], None] | None:
    if sys.platform != "win32":
        return None
    from workflow_scheduler.service.description import describe  # noqa: PLC0415  Windows only
    from workflow_scheduler.service.wake_task import WakeTask, account_here  # noqa: PLC0415

    return WakeTask(describe(app.home), account_here())
