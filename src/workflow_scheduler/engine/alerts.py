"""Reads new events and decides who is told: apart from planning, in transactions of its own.

What it has decided, and how far it is, are stored together: killed anywhere, nothing is lost and nothing decided twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from workflow_scheduler.domain.alerts import (
    TOLD_OF,
    Alert,
    Incidents,
    Rule,
    channels_for,
    decide,
    next_repeat,
    repeated,
    repeats_due,
    subject_of,
)
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.notify_rules import rules_of
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import incidents as store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.crash_points import crash_point

from . import digests

__all__ = ["AlertReader"]

BATCH = 500
"""Events decided on in one transaction."""
WHILE_WRITTEN = timedelta(seconds=10)
"""An editor may empty `notify.yaml` or move it away before it writes it: that ends nothing yet."""
SAVED_EACH = timedelta(hours=1)
"""The cursor is stored this often even without a message: maintenance keeps what is beyond it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The next events, the number to go on from, and what they change."""

    events: list[tuple[int, Event]]
    last: int
    before: Incidents
    after: Incidents
    alerts: list[Alert]

    @property
    def changes(self) -> bool:
        return bool(self.alerts) or self.before != self.after


class AlertReader:
    """`plan`: what `notify.yaml` says now. `zone`: of quiet hours. For one thread."""

    def __init__(self, database: Database, plan: Callable[[], NotifyPlan], zone: tzinfo) -> None:
        self._database = database
        self._plan = plan
        self._zone = zone
        self._seen: int | None = None
        self._saved_at: datetime | None = None
        self._repeat_at: datetime | None = None
        self._read_with: NotifyPlan | None = None
        self._unread = False
        self._resting_since: datetime | None = None

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Look at everything that is new, if there may be something. Returns when somebody is to be told again.

        The first step notes from where on there may be something.
        """
        plan = self._plan()
        if not plan.channels:
            self._rest(plan, now)
            return None
        if self._seen is None:
            self._seen = self._database.write(_start)
        look, self._unread = hinted or self._unread, not hinted and plan is not self._read_with
        if plan is not self._read_with:
            self._read_with, self._repeat_at = plan, now  # rules may repeat what others did not
        while look and self._look(plan, now):
            pass
        if self._repeat_at is not None and self._repeat_at <= now:
            self._repeat_at = self._database.write(lambda db: self._repeat(db, plan, now))
        return self._repeat_at

    def _rest(self, plan: NotifyPlan, now: datetime) -> None:
        """Without a channel nothing is read: one that is added later is told of what happens from then on."""
        if plan.problem:
            return  # who is told is not known until the file can be read
        if plan is not self._read_with:
            self._read_with, self._resting_since = plan, now
        if self._resting_since is not None and not timedelta() <= now - self._resting_since < WHILE_WRITTEN:
            self._seen = self._repeat_at = self._resting_since = None
            if self._database.read(store.alert_cursor) is not None:
                self._database.write(store.drop_alert_cursor)

    def _look(self, plan: NotifyPlan, now: datetime) -> bool:
        """Whether there may be more."""
        seen = self._seen or 0
        found = self._database.read(lambda db: _read(db, seen))
        self._saved_at = self._saved_at or now
        if found.changes or (found.last > seen and not timedelta() <= now - self._saved_at < SAVED_EACH):
            found = self._database.write(lambda db: self._tell(db, plan, now))
            crash_point("alerts.after_commit")
            self._saved_at, self._repeat_at = now, now if _repeats(plan) or found.alerts else self._repeat_at
        self._seen = found.last
        return len(found.events) == BATCH

    def _tell(self, db: Connection, plan: NotifyPlan, now: datetime) -> _Found:
        cursor = store.alert_cursor(db, lock=True)
        if cursor is None:  # another process found no channel
            cursor = _start(db)
        found = _read(db, cursor)
        store.save_incidents(db, found.before, found.after)
        about = _About(db, plan, (alert.workflow_id for alert in found.alerts))
        to_tell: list[tuple[Alert, list[str]]] = [(alert, about.channels(alert)) for alert in found.alerts]
        self._put(db, plan, about, to_tell, now)
        store.set_alert_cursor(db, found.last)
        crash_point("alerts.before_commit")
        return found

    def _repeat(self, db: Connection, plan: NotifyPlan, now: datetime) -> datetime | None:
        store.alert_cursor(db, lock=True)
        before = store.find_incidents(db)
        after = dict(before)
        about = _About(db, plan, {incident.workflow_id for incident in before.values()})
        to_tell, times = [], []
        for key, incident in before.items():
            if incident.workflow_id not in about:
                continue  # it was deleted, and no success will end that
            labels, rules = about.of(incident.workflow_id)
            if channels := repeats_due(incident, labels, rules, now):
                to_tell.append((repeated(incident), channels))
                after[key] = replace(incident, repeated_at=now)
            if (at := next_repeat(after[key], labels, rules)) is not None:
                times.append(at)
        store.save_incidents(db, before, after)
        self._put(db, plan, about, to_tell, now)
        return min(times, default=None)

    def _put(
        self, db: Connection, plan: NotifyPlan, about: _About, to_tell: Iterable[tuple[Alert, list[str]]], now: datetime
    ) -> None:
        batches: dict[tuple[str, datetime | None], list[Alert]] = defaultdict(list)
        for alert, channels in to_tell:
            until = plan.quiet.until(now, self._zone, about.of(alert.workflow_id)[0]) if plan.quiet else None
            for channel in channels:
                if channel in plan.channels:
                    batches[channel, until].append(alert)
        for (channel, until), alerts in batches.items():
            digests.put(db, channel, alerts, until, now)


class _About:
    """The labels and rules of workflows, read together."""

    def __init__(self, db: Connection, plan: NotifyPlan, workflow_ids: Iterable[str]) -> None:
        self._rules = plan.rules
        self._own = store.labels_and_rules(db, sorted(set(workflow_ids) - {""}))

    def __contains__(self, workflow_id: str) -> bool:
        return workflow_id in ("", *self._own)

    def of(self, workflow_id: str) -> tuple[list[str], list[Rule]]:
        labels, written = self._own.get(workflow_id, ([], []))
        return labels, [*self._rules, *rules_of(written, workflow_id)]

    def channels(self, alert: Alert) -> list[str]:
        return channels_for(alert.kind, alert.workflow_id, *self.of(alert.workflow_id))


def _repeats(plan: NotifyPlan) -> bool:
    return any(rule.repeat for rule in plan.rules)


def _start(db: Connection) -> int:
    """Where to begin: where the last scheduler ended, or now."""
    cursor = store.alert_cursor(db)
    if cursor is None:
        cursor = event_store.newest_event(db)
        store.set_alert_cursor(db, cursor)
    return cursor


def _read(db: Connection, seq: int) -> _Found:
    newest = event_store.newest_event(db)  # first: what is written after it is read later
    events = store.events_told_of(db, seq, TOLD_OF, BATCH)
    last = events[-1][0] if len(events) == BATCH else max([seq, newest, *(number for number, _ in events)])
    subjects = _subjects(db, events)
    before = store.find_incidents(db, sorted(set(subjects.values()))) if events else {}
    after = dict(before)
    over = _over(db, events)
    decided = [decide(event, subjects[seq], after, over=seq in over) for seq, event in events]
    alerts = [alert for alert in decided if alert is not None]
    return _Found(events, last, before, after, alerts)


def _over(db: Connection, events: Iterable[tuple[int, Event]]) -> set[int]:
    """The missed deadlines, by number, that were noticed only after their run had succeeded: no scheduler was running."""
    late = {seq: event.run_id for seq, event in events if event.kind == "deadline.late" and event.run_id}
    succeeded = store.successes_of(db, sorted(set(late.values())))
    return {seq for seq, run_id in late.items() if succeeded.get(run_id, seq) < seq}


def _subjects(db: Connection, events: Iterable[tuple[int, Event]]) -> Mapping[int, str]:
    events = list(events)
    of_backfills = store.backfills_of(db, sorted({event.run_id for _, event in events if event.run_id}))
    return {seq: subject_of(event, of_backfills.get(event.run_id or "")) for seq, event in events}
