"""Wires the objects together. Besides the engine's loop, the only place that reads the clock."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.engine.lock import Holder, HomeLock
from workflow_scheduler.engine.unlocked import refuse_second
from workflow_scheduler.log_file import LOG_NAME, open_log
from workflow_scheduler.operations.access.audit import recorded
from workflow_scheduler.operations.access.secret import home_secret
from workflow_scheduler.operations.home.presence import check_home
from workflow_scheduler.operations.home.scheduler_process import other_database, running_scheduler
from workflow_scheduler.processes.identity import own_identity
from workflow_scheduler.processes.os_account import os_account
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.processes.session_end import machine_stops, told_of_the_end
from workflow_scheduler.settings import Settings, find_home, read_settings, unknown_variables
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.own_file import file_number
from workflow_scheduler.system.event_log import open_event_log, started, stopped
from workflow_scheduler.system.long_paths import check_path_length
from workflow_scheduler.web.bind import address_of, check_exposure, check_place, listen
from workflow_scheduler.web.supervisor import WebProcess

from .own_zone import with_own_zone

if TYPE_CHECKING:
    from workflow_scheduler.engine.loop import Engine

__all__ = ["App", "engine_here", "open_app", "serve", "serve_page"]

PAGE_PATIENCE = 10.0
"""Seconds to wait for the web interface before the scheduler reports that it is running."""


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
        self.changes = recorded(self.database, lambda: AuditEntry(self.now(), self.user(), "", *doing()))

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def user() -> str:
        """The user of this command line, by their operating system account."""
        return f"local:{os_account()}"[:100]

    def free_bytes(self) -> int:
        """Free bytes on the home's disk."""
        return shutil.disk_usage(self.home).free

    def lack_of_room(self) -> str:
        """A sentence about why no task is started; empty if there is enough space."""
        free = self.free_bytes() // 1_000_000
        if free >= self.settings.min_free_mb:
            return ""
        return (
            f"Only {free} MB are free on the disk of {self.home}, and with less than {self.settings.min_free_mb} MB "
            "(MIN_FREE_MB) no task is started; free some space, for example with 'scheduler prune'."
        )

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
        _open_database(app, create=create)
    return app


def _open_database(app: App, *, create: bool) -> None:
    """Unless the scheduler uses another database: an empty one would be created in its place."""
    if words := other_database(app.home, app.database):
        raise Unreachable(words)
    if not create:
        check_home(app.home, app.database)
    is_new = app.database.path is None or not app.database.path.exists()
    if is_new and not (app.home / HOME_ID).exists():
        check_path_length(app.home)
        app.settings, app.notes = with_own_zone(app.settings)
    app.database.open()


def serve(
    app: App, announce: Callable[[Mapping[str, Any]], None], *, web: bool = True, background: bool = False
) -> None:
    """Run this home's scheduler with its web interface until it is told to stop. Refused if another process does.

    `announce` gets the state of the web interface: its `address` or its `problem`. `background`: whether
    `scheduler start` created this process and can create another like it.
    """
    from .wiring import make_engine  # noqa: PLC0415  not for who only looks

    with_page = web and app.settings.web
    if with_page:
        check_exposure(app.settings)
    log = open_log(app.home, app.settings.timezone)
    lock = HomeLock(app.home)
    lock.acquire()
    try:
        refuse_second(app.database, app.home)
        app.database.check()
        app.database.reserve_log()
        engine = make_engine(app, "scheduler", log, lock.secure)
        started_at = app.now().isoformat()
        about = Holder(
            os.getpid(),
            engine.id,
            started_at,
            own_identity(),
            background,
            file_number(app.database.path) if app.database.path else None,
        )
        lock.write(about)

        def page_said(facts: dict[str, Any]) -> None:
            nonlocal about
            about = replace(about, page=facts)
            lock.write(about)

        command = [sys.executable, "-m", "workflow_scheduler", "--home", str(app.home), "web", "--serve"]
        page = WebProcess(command, app.home, page_said)
        signal.signal(signal.SIGTERM, lambda *_: engine.request_stop("shutdown" if machine_stops() else "leave"))
        for name in ("SIGINT", "SIGBREAK"):
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, lambda *_: engine.request_stop("leave"))
        # Loaded objects stay; full garbage collections over them would delay starts now and then.
        gc.collect()
        gc.freeze()
        for sentence in unknown_variables(app.home):
            log.warning("%s", sentence)
        log.info("scheduler started: pid %d, engine %d, home %s", os.getpid(), engine.id, app.home)
        tell = open_event_log()
        tell(started(app.home, os.getpid()))

        def say_ready() -> None:
            if with_page:
                page.wait_said(PAGE_PATIENCE)
            announce(about.page or {})

        if with_page:
            page.start()
        threading.Timer(0, say_ready).start()
        with told_of_the_end(engine.request_stop):
            try:
                engine.run()
            finally:
                page.close()
                engine.close()
                log.info("scheduler stopped: pid %d, engine %d", os.getpid(), engine.id)
                tell(stopped(app.home, os.getpid()))
    finally:
        lock.release()


def serve_page(app: App, say: Callable[[dict[str, Any]], None]) -> None:
    """Serve the web interface of this home's scheduler until that is gone. `say` reports its address or problem."""
    try:
        check_exposure(app.settings)
        check_place(app.home)
        listener = listen(app.settings)
    except SchedulerError as error:
        say({"problem": str(error), "final": not isinstance(error, Unreachable)})
        raise
    say({"address": address_of(app.settings, listener)})
    # Reported before the slow imports: early requests wait in the socket's queue.
    from workflow_scheduler.operations.access.accounts import Accounts  # noqa: PLC0415
    from workflow_scheduler.web.context import Context  # noqa: PLC0415
    from workflow_scheduler.web.server import serve_page as serve_until_the_end  # noqa: PLC0415

    open_log(app.home, app.settings.timezone, bounded=True)
    _open_database(app, create=True)
    desk = Context(
        settings=app.settings,
        database=app.database,
        accounts=Accounts(app.database),
        secret=home_secret(app.home),
        now=app.now,
        lack_of_room=app.lack_of_room,
        free_bytes=app.free_bytes,
        scheduler=lambda: running_scheduler(app.home, app.database),
        log=app.home / LOG_NAME,
    )
    serve_until_the_end(desk, listener)


@contextlib.contextmanager
def engine_here(app: App, *, starts: bool = True) -> Iterator[Engine]:
    """An engine in a thread of this process for the runs reserved for it and orphaned runs; no
    scheduler is needed.

    Refused if it should start commands (`starts`) and the disk is nearly full.
    """
    from .wiring import make_engine  # noqa: PLC0415  not for who only looks

    if starts and (words := app.lack_of_room()):
        raise Refused(words)
    engine = make_engine(app, "here", open_log(app.home, app.settings.timezone))
    thread = threading.Thread(target=engine.run, name="engine")
    thread.start()
    try:
        yield engine
    finally:
        engine.request_stop("leave")
        thread.join()
        engine.close()
