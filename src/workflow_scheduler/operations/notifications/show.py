"""Channels, rules, messages and acknowledgements, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.alerts import Incident
from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.message import Message, from_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.notify_rules import rule_sentence
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.notifiers.wording import body, subject
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import deliveries as store
from workflow_scheduler.storage import incidents as incident_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.deliveries import Delivery

__all__ = [
    "ChannelRow",
    "DeliveryDetail",
    "DeliveryRow",
    "IncidentRow",
    "Notifications",
    "delivery_list",
    "delivery_of",
    "incidents_of_run",
    "message_counts",
    "notifications",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """`kinds`: what it is about, each with how many alerts. `due_at`: of the next try, if there is one."""

    id: str
    channel: str
    state: str
    subject: str
    count: int
    kinds: dict[str, int]
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDetail(DeliveryRow):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    name: str
    kind: str
    rules: tuple[str, ...]
    last: DeliveryRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """`problem`: why `notify.yaml` cannot be used. `quiet`: the quiet hours, in words."""

    channels: tuple[ChannelRow, ...]
    rules: tuple[str, ...]
    quiet: str
    problem: str
    failed: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """Something that lasts, and who has seen it."""

    kind: str
    workflow_id: str
    run_id: str | None
    since: datetime
    last_at: datetime
    count: int
    reason: str
    acked_at: datetime | None
    acked_by: str
    note: str


def notifications(database: Database, plan: NotifyPlan) -> Notifications:
    """What is set up, and how each channel does."""

    def work(db: Connection) -> Notifications:
        counts = store.count_by_state(db)
        quiet = plan.quiet
        exempt = f", not for {', '.join(quiet.exempt)}" if quiet and quiet.exempt else ""
        return Notifications(
            channels=tuple(
                ChannelRow(
                    name=name,
                    kind=channel.kind,
                    rules=(
                        *(rule_sentence(rule) for rule in plan.rules if name in rule.to),
                        *(report.sentence for report in plan.reports if name in report.to),
                    ),
                    last=next(map(_row, store.list_deliveries(db, 1, channel=name)), None),
                )
                for name, channel in plan.channels.items()
            ),
            rules=(*map(rule_sentence, plan.rules), *(report.sentence for report in plan.reports)),
            quiet=f"{quiet.start:%H:%M} to {quiet.end:%H:%M}{exempt}" if quiet else "",
            problem=plan.problem,
            failed=counts.get("failed", 0),
            waiting=counts.get("queued", 0) + counts.get("held", 0),
        )

    return database.read(work)


def message_counts(database: Database) -> dict[str, int]:
    """The number of messages in each state."""
    return {"queued": 0, "held": 0, "sent": 0, "failed": 0, **database.read(store.count_by_state)}


def delivery_list(
    database: Database, limit: int | None, *, state: str | None = None, channel: str | None = None
) -> list[DeliveryRow]:
    """The newest messages first."""
    return [_row(found) for found in database.read(lambda db: store.list_deliveries(db, limit, state, channel))]


def delivery_of(database: Database, delivery_id: str, complete: Callable[[Message], Message]) -> DeliveryDetail:
    """One message with its text as it would be sent now. NotFound if there is none."""
    found = database.read(lambda db: store.find_delivery(db, delivery_id))
    if found is None:
        raise NotFound(f"There is no message {delivery_id[:100]!r}.", about={"delivery": delivery_id[:100]})
    message = complete(from_plain(found.id, found.created_at, found.message))
    return widened(_row(found), DeliveryDetail, text=body(message))


def _row(found: Delivery) -> DeliveryRow:
    message = from_plain(found.id, found.created_at, found.message)
    over = found.state in ("sent", "failed")
    return DeliveryRow(
        id=found.id,
        channel=found.channel,
        state=found.state,
        subject=subject(message),
        count=message.count,
        kinds=dict(message.kinds),
        created_at=found.created_at,
        due_at=None if over else found.due_at,
        sent_at=found.sent_at,
        tries=found.tries,
        error=found.error,
    )


def incidents_of_run(database: Database, run_id: str) -> list[IncidentRow]:
    """What lasts because of this run. NotFound if there is none."""

    def work(db: Connection) -> list[IncidentRow]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        found = incident_store.incidents_of(db, run.workflow_id)
        return [incident_row(incident) for incident in found if incident.run_id == run_id]

    return database.read(work)


def incident_row(incident: Incident) -> IncidentRow:
    values: dict[str, Any] = {
        name: getattr(incident, name)
        for name in ("workflow_id", "run_id", "last_at", "count", "reason", "acked_at", "acked_by", "note")
    }
    return IncidentRow(kind=incident.kind.value, since=incident.opened_at, **values)
