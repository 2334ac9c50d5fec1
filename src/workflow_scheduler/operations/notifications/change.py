"""Tests a channel, sends a report, sends failed messages again, and notes who has seen a failure."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.channels import Channel
from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.message import Message
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.outline import Outline
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.engine.delivery import send_now
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import deliveries as store
from workflow_scheduler.storage import incidents as incident_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

from .show import IncidentRow, incident_row

__all__ = ["acknowledge", "retry_deliveries", "send_report", "send_test"]

LONGEST_NOTE = 1_000


def send_test(plan: NotifyPlan, name: str, home: Path, now: datetime) -> str:
    """Send a test message to the channel at once. Returns its key. DeliveryFailed says why it was not delivered."""
    message = Message(uuid.uuid4().hex, now, (), 0, {}, {}, test=True)
    send_now(_channel(plan, name), message, home)
    return message.key


def send_report(
    plan: NotifyPlan, names: Collection[str], report: Outline, home: Path, now: datetime, link: str
) -> list[str]:
    """Send the report to the channels at once, if all of them exist. Returns the keys of the messages. DeliveryFailed says
    why one was not delivered; those before it have it then. `link`: the address of the web interface; may be empty."""
    channels = [_channel(plan, name) for name in names]
    keys = []
    for channel in channels:
        message = Message(uuid.uuid4().hex, now, (), 0, {}, {}, link=link, report=report)
        send_now(channel, message, home)
        keys.append(message.key)
    return keys


def _channel(plan: NotifyPlan, name: str) -> Channel:
    if (channel := plan.channels.get(name)) is not None:
        return channel
    if plan.problem:
        raise InvalidInput(plan.problem)
    near = difflib.get_close_matches(name[:60], plan.channels, 1)
    known = ", ".join(plan.channels) or "none"
    meant = f"did you mean {near[0]!r}?" if near else f"there are: {known}."
    raise NotFound(f"There is no channel {name[:60]!r}; {meant}")


def retry_deliveries(database: Database, ids: Collection[str] | None, now: datetime) -> int:
    """Send messages that failed, or that wait for a further try, now: these, or all. Returns their number."""

    def work(db: Connection) -> int:
        for delivery_id in ids or ():
            found = store.find_delivery(db, delivery_id)
            if found is None:
                raise NotFound(f"There is no message {delivery_id[:100]!r}.", about={"delivery": delivery_id[:100]})
            if found.state == "sent":
                raise Refused(f"The message {delivery_id} is sent already.")
        return store.requeue(db, ids, now)

    return write_and_wake(database, work)


def acknowledge(database: Database, run_id: str, by: str, now: datetime, note: str = "") -> list[IncidentRow]:
    """Say that somebody looks after what is wrong with the workflow of this run: it is not told again until it has
    succeeded and fails again. Refused if nothing is wrong with it."""
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"The note has {len(note):,} characters; use at most {LONGEST_NOTE:,}.")

    def work(db: Connection) -> list[IncidentRow]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        failed = run.state in (RunState.FAILED, RunState.UNKNOWN)
        open_ = incident_store.incidents_of(db, run.workflow_id)
        found = [incident for incident in open_ if failed or incident.run_id == run.id]
        if not found:
            raise Refused(
                f"There is nothing to acknowledge for the run {run.id}: "
                "its workflow has succeeded since, or no channel is set up."
            )
        incident_store.acknowledge(db, [(incident.subject, incident.kind) for incident in found], now, by, note)
        after = incident_store.find_incidents(db, [incident.subject for incident in found])
        return [incident_row(after[incident.subject, incident.kind]) for incident in found]

    return write_and_wake(database, work)
