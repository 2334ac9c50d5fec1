"""A worker of other machines' schedulers, wired together."""

from __future__ import annotations

import os
import signal
import socket
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from workflow_scheduler import __version__
from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.placement import Share
from workflow_scheduler.engine.lock import WORKER, Holder, HomeLock
from workflow_scheduler.executors.environment import hide, machine_environment
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.log_file import open_log
from workflow_scheduler.operations.access.secret import derived, home_secret
from workflow_scheduler.operations.home.doctor_home import Finding
from workflow_scheduler.processes.identity import own_identity
from workflow_scheduler.processes.interpreters import check_interpreters
from workflow_scheduler.processes.place import HOME_ID, own_place
from workflow_scheduler.processes.session_end import machine_stops, told_of_the_end
from workflow_scheduler.processes.surroundings import surroundings_here
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.listening import Listener
from workflow_scheduler.storage.worker_desk import WorkerDesk
from workflow_scheduler.workers.doctor import examine
from workflow_scheduler.workers.introduction import Introduction
from workflow_scheduler.workers.loop import Worker
from workflow_scheduler.workers.membership import read_membership
from workflow_scheduler.workers.process import asked_to_stop

from . import App

__all__ = ["LOG", "examine_here", "work"]

LOG = "worker.log"
_ADVICE = "free some space there"


def _open_desk(app: App) -> WorkerDesk:
    """The worker's way to its database. NotFound if the home is not one of a worker."""
    database = Database(read_membership(app.home).url, app.home)
    return WorkerDesk(database, str(uuid.uuid4()), "")


def work(app: App, announce: Callable[[Mapping[str, Any]], None], share: Share) -> None:
    """Be the worker of this home until told to stop. Refused if another process is, when the worker was removed, and if
    `share` is more than it has.

    `announce` gets the worker's name, labels, slots and state once the database has answered.
    """
    desk = _open_desk(app)
    log = open_log(app.home, app.settings.timezone, name=LOG)
    lock = HomeLock(app.home, WORKER)
    lock.acquire()
    try:
        lock.write(Holder(os.getpid(), started_at=app.now().isoformat(), identity=own_identity()))
        hide(app.settings.secret_names)
        check_interpreters(surroundings_here(machine_environment(), str(app.home), app.settings.interpreters))
        try:
            place = own_place(app.home)
        except OSError as error:
            raise Unreachable(
                f"Cannot use {app.home / HOME_ID} ({error.strerror}); make the home writable, or choose another with --home."
            ) from None
        key = derived(home_secret(app.home), "facts").encode()
        worker = Worker(
            replace(desk, home_id=place["home_id"]),
            lambda channel: Listener(desk.database, channel),
            lambda report, unpack: LocalExecutor(app.home, report, app.settings.interpreters, key, unpack),
            app.home,
            app.now,
            lambda: app.lack_of_room(_ADVICE),
        )
        signal.signal(signal.SIGTERM, lambda *_: worker.request_stop("shutdown" if machine_stops() else "leave"))
        for name in ("SIGINT", "SIGBREAK"):
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, lambda *_: worker.request_stop("leave"))
        identity = {**own_identity(), "home": str(app.home), "place": place}
        who = Introduction(socket.gethostname(), identity, __version__, share)
        log.info("worker started: pid %d, home %s", os.getpid(), app.home)
        try:
            with told_of_the_end(worker.request_stop):
                worker.run(who, announce, lambda: asked_to_stop(app.home))
        finally:
            log.info("worker stopped: pid %d", os.getpid())
    finally:
        desk.database.close()
        lock.release()


def examine_here(app: App) -> Iterator[Finding]:
    """Check this home's worker."""
    desk = _open_desk(app)
    try:
        yield from examine(app.home, desk, app.now, app.lack_of_room(_ADVICE))
    finally:
        desk.database.close()
