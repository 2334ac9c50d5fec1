"""Wires the objects together. Besides the engine's loop, the only place that reads the clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.operations.access.recording import recorded
from workflow_scheduler.operations.home.presence import check_home
from workflow_scheduler.operations.home.running import other_database
from workflow_scheduler.processes.os_account import os_account
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.settings import Settings, find_home, read_settings, unknown_variables
from workflow_scheduler.storage.database import Database
from workflow_scheduler.system.long_paths import check_path_length
from workflow_scheduler.workers.membership import is_worker

from .own_zone import with_own_zone

if TYPE_CHECKING:
    from workflow_scheduler.domain.account import AuditEntry
    from workflow_scheduler.domain.notify_plan import NotifyPlan
    from workflow_scheduler.domain.outline import Outline
    from workflow_scheduler.operations.notifications.plan_file import PlanFile
    from workflow_scheduler.operations.reports.rows import Report

__all__ = ["App", "open_app", "open_database"]


class App:
    """An open home: its settings, its database, and the operations on it.

    `notes`: messages about a new home. `changes`: the same database with auditing of each change; `doing` is the command
    and its target.

    """

    def __init__(self, settings: Settings, doing: Callable[[], tuple[str, str]] = lambda: ("", "")) -> None:
        self.settings = settings
        self.home = settings.home
        self.notes = ""
        self.database = Database(settings.db_url, settings.home)
        self.changes = recorded(self.database, lambda: self._entry(*doing()))

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def user() -> str:
        """The user of this command line, by their operating system account."""
        return f"local:{os_account()}"[:100]

    def _entry(self, action: str, target: str) -> AuditEntry:
        from workflow_scheduler.domain.account import AuditEntry  # noqa: PLC0415  who only looks does without

        return AuditEntry(self.now(), self.user(), "", action, target)

    def report(self, since: datetime, now: datetime) -> Report:
        """What became of every due time since then."""
        from workflow_scheduler.operations.reports.report import compose  # noqa: PLC0415  only reports need it

        kept = self.settings.backups_kept
        return compose(
            self.database,
            self.home,
            since,
            now,
            free_bytes=self.free_bytes,
            backups_kept=kept,
            timezone=self.settings.timezone,
        )

    def outline(self, since: datetime, now: datetime) -> Outline:
        """The same, as terminals and messages show it."""
        from workflow_scheduler.operations.reports.outline import outline  # noqa: PLC0415  as above

        return outline(self.report(since, now), self.settings.timezone)

    def free_bytes(self) -> int:
        """Free bytes on the home's disk."""
        return shutil.disk_usage(self.home).free

    def lack_of_room(self, advice: str = "free some space, for example with 'scheduler prune'") -> str:
        """A sentence about why no task is started; empty if there is enough space."""
        free = self.free_bytes() // 1_000_000
        if free >= self.settings.min_free_mb:
            return ""
        return (
            f"Only {free} MB are free on the disk of {self.home}, and with less than {self.settings.min_free_mb} MB "
            f"(MIN_FREE_MB) no task is started; {advice}."
        )

    def unknown_settings(self) -> list[str]:
        """A sentence for each variable of `.env` that nothing uses."""
        return unknown_variables(self.home, self._variables_of_secrets)

    def _variables_of_secrets(self) -> Collection[str]:
        from workflow_scheduler.operations.access.secrets import secret_variables  # noqa: PLC0415  rarely needed

        try:
            return secret_variables(self.database)
        except SchedulerError:  # which others report
            return ()

    def notify_plan(self) -> NotifyPlan:
        """Who is told of what, as `notify.yaml` and `.env` say now."""
        return self.plan_file()()

    def plan_file(self) -> PlanFile:
        """The same for who goes on looking at it."""
        from workflow_scheduler.operations.notifications.env_channels import env_channels  # noqa: PLC0415  rarely needed
        from workflow_scheduler.operations.notifications.plan_file import PlanFile  # noqa: PLC0415

        settings = self.settings
        extra = env_channels(
            settings.notify,
            server=settings.smtp_server,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.smtp_from,
        )
        return PlanFile(self.home, extra)

    def close(self) -> None:
        self.database.close()


def open_app(
    home: str | None,
    *,
    database: bool = True,
    create: bool = False,
    doing: Callable[[], tuple[str, str]] = lambda: ("", ""),
) -> App:
    """Open the home and, unless `database` is False, its database, migrated to the current schema.

    A missing database is created only with `create`; otherwise NotFound.
    """
    app = App(read_settings(find_home(home)), doing)
    if database:
        open_database(app, create=create)
    return app


def open_database(app: App, *, create: bool) -> None:
    """Unless the scheduler uses another database: an empty one would be created in its place. Refused in a worker's home, where
    folders of attempts are deleted after a day."""
    if is_worker(app.home):
        raise Refused(
            f"{app.home} is the home of a worker; workflows and runs are in the scheduler's home: choose it with --home or "
            "SCHEDULER_HOME."
        )
    if words := other_database(app.home, app.database):
        raise Unreachable(words)
    if not create:
        check_home(app.home, app.database)
    is_new = app.database.path is None or not app.database.path.exists()
    if is_new and not (app.home / HOME_ID).exists():
        check_path_length(app.home)
        app.settings, app.notes = with_own_zone(app.settings)
    app.database.open()
