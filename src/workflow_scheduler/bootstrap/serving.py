"""The scheduler, its web interface, and an engine for one command, wired together."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.engine.lock import Holder, HomeLock
from workflow_scheduler.engine.unlocked import refuse_second
from workflow_scheduler.log_file import LOG_NAME, open_log
from workflow_scheduler.operations.access.secret import home_secret
from workflow_scheduler.operations.home.planned_stop import end_planned_stop
from workflow_scheduler.operations.home.running import running_scheduler
from workflow_scheduler.processes.identity import own_identity
from workflow_scheduler.processes.session_end import machine_stops, told_of_the_end
from workflow_scheduler.storage.own_file import file_number
from workflow_scheduler.system.event_log import open_event_log, started, stopped
from workflow_scheduler.web.bind import address_of, check_exposure, check_place, listen
from workflow_scheduler.web.supervisor import WebProcess

from . import App, open_database

if TYPE_CHECKING:
    from workflow_scheduler.engine.loop import Engine
    from workflow_scheduler.operations.home.watchman import Finding

__all__ = ["engine_here", "serve", "serve_page"]

PAGE_PATIENCE = 10.0
"""Seconds to wait for the web interface before the scheduler reports that it is running."""


def serve(
    app: App, announce: Callable[[Mapping[str, Any]], None], *, web: bool = True, background: bool = False
) -> None:
    """Run this home's scheduler with its web interface until it is told to stop. Refused if another process does.

    `announce` gets the state of the web interface: its `address` or its `problem`. `background`: whether
    `scheduler start` created this process and can create another like it.
    """
    from .wiring import make_engine, make_tellers  # noqa: PLC0415  not for who only looks

    with_page = web and app.settings.web
    if with_page:
        check_exposure(app.settings)
    log = open_log(app.home, app.settings.timezone)
    lock = HomeLock(app.home)
    lock.acquire()
    about = _About(lock)
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(app.home), "web", "--serve"]
    page = WebProcess(command, app.home, lambda facts: about.say(page=facts))
    try:
        refuse_second(app.database, app.home)
        app.database.check()
        if with_page:
            page.start()  # it loads what it needs beside the engine
        app.database.reserve_log()
        end_planned_stop(app.home)
        tellers = make_tellers(app, lambda: str((about.holder.page or {}).get("address") or ""))
        engine = make_engine(app, "scheduler", log, lock.secure, tellers)
        about.say(
            engine_id=engine.id,
            started_at=app.now().isoformat(),
            identity=own_identity(),
            background=background,
            database=file_number(app.database.path) if app.database.path else None,
        )
        signal.signal(signal.SIGTERM, lambda *_: engine.request_stop("shutdown" if machine_stops() else "leave"))
        for name in ("SIGINT", "SIGBREAK"):
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, lambda *_: engine.request_stop("leave"))
        # Loaded objects stay; full garbage collections over them would delay starts now and then.
        gc.collect()
        gc.freeze()
        for sentence in app.unknown_settings():
            log.warning("%s", sentence)
        log.info("scheduler started: pid %d, engine %d, home %s", os.getpid(), engine.id, app.home)
        tell = open_event_log()
        tell(started(app.home, os.getpid()))

        def say_ready() -> None:
            if with_page:
                page.wait_said(PAGE_PATIENCE)
            announce(about.holder.page or {})

        threading.Timer(0, say_ready).start()
        with told_of_the_end(engine.request_stop):
            try:
                tellers.start()
                engine.run()
            finally:
                page.close()
                tellers.close()
                engine.close()
                log.info("scheduler stopped: pid %d, engine %d", os.getpid(), engine.id)
                tell(stopped(app.home, os.getpid()))
    finally:
        page.close()
        lock.release()


class _About:
    """What the lock says about this process; the web interface's thread adds to it."""

    def __init__(self, lock: HomeLock) -> None:
        self._lock = lock
        self._one_at_a_time = threading.Lock()
        self.holder = Holder(os.getpid())

    def say(self, **changes: Any) -> None:
        with self._one_at_a_time:
            self.holder = replace(self.holder, **changes)
            self._lock.write(self.holder)


def _look(app: App) -> Finding:
    from workflow_scheduler.operations.home.watchman import look  # noqa: PLC0415  the first page does without

    return look(app.home, app.database, app.now())


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
    open_database(app, create=True)
    context = Context(
        settings=app.settings,
        database=app.database,
        accounts=Accounts(app.database),
        secret=home_secret(app.home),
        now=app.now,
        lack_of_room=app.lack_of_room,
        free_bytes=app.free_bytes,
        scheduler=lambda: running_scheduler(app.home, app.database),
        look=lambda: _look(app),
        log=app.home / LOG_NAME,
        notify_plan=app.plan_file(),
    )
    serve_until_the_end(context, listener)


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
