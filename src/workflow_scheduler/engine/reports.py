"""Puts reports into the outbox when their time has come. Those that a scheduler missed are one, as soon as one runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from workflow_scheduler.domain.message import Message, to_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.outline import Outline
from workflow_scheduler.domain.report_time import ReportTime
from workflow_scheduler.storage import deliveries, report_times
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.deliveries import Delivery
from workflow_scheduler.system.crash_points import crash_point

__all__ = ["ReportSender"]

_TICK = timedelta(microseconds=1)


class ReportSender:
    """`compose`: the report from one time to another. `zone`: of the times in `notify.yaml`. For one thread."""

    def __init__(
        self,
        database: Database,
        plan: Callable[[], NotifyPlan],
        zone: tzinfo,
        compose: Callable[[datetime, datetime], Outline],
    ) -> None:
        self._database = database
        self._plan = plan
        self._zone = zone
        self._compose = compose
        self._read_with: tuple[ReportTime, ...] | None = None
        self._next_at: datetime | None = None

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Compose what is due. Returns when the next report is."""
        plan = self._plan()
        if plan.problem and not plan.reports:
            return None  # what is wanted is not known until the file can be read
        if plan.reports != self._read_with:
            self._read_with, self._next_at = plan.reports, now
            keys = [report.key for report in plan.reports]
            known = self._database.read(report_times.any_known)
            if keys or known:
                self._database.write(lambda db: report_times.keep_only(db, keys, now))
        if self._next_at is None or now < self._next_at:
            return self._next_at
        for report in plan.reports:
            self._send(report, now)
        self._next_at = min((report.next_due(now, self._zone) for report in plan.reports), default=None)
        return self._next_at

    def _send(self, report: ReportTime, now: datetime) -> None:
        due = report.last_due(now, self._zone)
        sent = self._database.read(lambda db: report_times.sent_until(db, report.key))
        if sent is None or sent >= due:
            return
        outline = self._compose(report.last_due(due - _TICK, self._zone), now)
        message = to_plain(Message("", now, (), 0, {}, {}, report=outline))

        def put(db: Connection) -> None:
            if report_times.move_on(db, report.key, sent, due):  # else another scheduler was first
                for channel in report.to:
                    key = secrets.token_hex(8)
                    deliveries.add_delivery(db, Delivery(key, channel, "queued", now, now, 0, None, None, "", message))
            crash_point("reports.before_commit")

        self._database.write(put)
        crash_point("reports.after_commit")
