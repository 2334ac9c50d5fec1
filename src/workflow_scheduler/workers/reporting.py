"""Tells the database what became of attempts, in order, until it has stored that.

Nothing is lost with this process: the records of attempts are on disk, and the next one finds them there.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import NotLaunched, Outcome, Report, Started, name_of
from workflow_scheduler.executors.wire import kind_of, report_json
from workflow_scheduler.storage.worker_desk import Unstorable, WorkerDesk
from workflow_scheduler.system.crash_points import crash_point

from .contact import CLOSING, Contact

__all__ = ["AGAIN", "Reporting"]

AGAIN = 1.0
"""Seconds until the database is asked again, after it did not answer."""
GATHERED = 0.02
"""Seconds for which it waits with what only began: most commands of many have ended by then, and the end says it all."""
_AT_ONCE = 100
_log = logging.getLogger(__name__)


class Reporting:
    """`stored` is called with each attempt that is no longer this worker's: the database has its outcome, or knows that it was not
    started."""

    def __init__(self, desk: WorkerDesk, contact: Contact, stored: Callable[[AttemptKey], None]) -> None:
        self._desk, self._contact, self._stored = desk, contact, stored
        self._queue: deque[Report] = deque()
        self._news = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporting", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._news.set()
        self._thread.join(CLOSING)

    def tell(self, report: Report) -> None:
        self._queue.append(report)
        self._news.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._news.clear()
            if not self._queue:
                self._news.wait()
                self._gather()
            elif not self._tell(list(itertools.islice(self._queue, _AT_ONCE))):
                self._closed.wait(AGAIN)

    def _gather(self) -> None:
        until = time.monotonic() + GATHERED
        while not self._closed.is_set() and (left := until - time.monotonic()) > 0:
            self._news.clear()
            if not all(isinstance(report, Started) for report in list(self._queue)):
                return
            self._news.wait(left)

    def _tell(self, reports: list[Report]) -> bool:
        """Store the first of the queue. False if that is not possible now."""
        with self._contact.asking():
            crash_point("worker.before_report")
            ended = {report.key for report in reports if isinstance(report, Outcome)}
            new = [report for report in reports if not (isinstance(report, Started) and report.key in ended)]
            self._store(new)
            crash_point("worker.reported")
            for report in reports:
                self._queue.popleft()
                if isinstance(report, Outcome | NotLaunched):
                    self._stored(report.key)
            return True
        return False

    def _store(self, reports: list[Report]) -> None:
        """All at once. One that the database never takes holds up no other, and is told without its details."""
        try:
            self._say(reports)
        except Unstorable as error:
            if len(reports) > 1:
                for report in reports:
                    self._store([report])
                return
            (report,) = reports
            told = getattr(report, "reason", "")
            _log.error("The database does not take a report of %s (%s): %.2000s", name_of(report.key), error, told)
            if (bare := _bare(report, str(error))) is not None:
                with contextlib.suppress(Unstorable):
                    self._say([bare])

    def _say(self, reports: list[Report]) -> None:
        self._desk.report([(report.key, kind_of(report), report_json(report)) for report in reports])


def _bare(report: Report, why: str) -> Report | None:
    """What any database takes of it; None for what only tells how far the command is."""
    words = f"the database does not take more of what its machine reported ({why}); see worker.log there"
    if isinstance(report, NotLaunched):
        return NotLaunched(report.key, words)
    if not isinstance(report, Outcome):
        return None
    at = (report.exit_code, report.started_at, report.finished_at)
    return Outcome(report.key, report.state, f"{report.state}; {words}", *at)
