"""Checks whether people are told of failures: `notify.yaml`, the secrets of channels, and messages that were given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.notify_rules import rules_of
from workflow_scheduler.engine.delivery import with_secrets
from workflow_scheduler.secrets.base import SecretUnavailable
from workflow_scheduler.storage import deliveries, incidents, pings
from workflow_scheduler.storage.database import Database

from .doctor_home import Finding

__all__ = ["examine_messages", "examine_plan", "examine_rules"]

_ABOUT = "notifications"
_MOST = 10


def examine_plan(home: Path, notify_plan: Callable[[], NotifyPlan]) -> Iterator[Finding]:
    """What can be known without the database."""
    plan = notify_plan()
    if plan.problem:
        advice = "correct it: until then, what it said before applies"
        yield Finding(_ABOUT, "problem", plan.problem.splitlines()[0], advice)
        return
    unreadable = list(_unreadable(plan, home))
    if unreadable:
        advice = "scheduler notify test CHANNEL shows whether it works"
        yield Finding(_ABOUT, "warning", "; ".join(unreadable[:3]), advice)
    elif plan.channels:
        yield Finding(_ABOUT, "ok", f"channels: {', '.join(list(plan.channels)[:10])}")
    else:
        advice = "to be told: NOTIFY=mailto:you@example.com and SMTP_SERVER=host:587 in .env, or a notify.yaml"
        yield Finding(_ABOUT, "ok", "no channel: failures are only shown", advice)


def _unreadable(plan: NotifyPlan, home: Path) -> Iterator[str]:
    for name, channel in plan.channels.items():
        try:
            with_secrets(channel, home)
        except SecretUnavailable as error:
            yield f"{name}: {error}"


def examine_rules(database: Database, plan: NotifyPlan) -> Iterator[Finding]:
    """Channels that workflows name and that there are not: nothing is sent to them."""
    written = {} if plan.problem else database.read(incidents.written_rules)
    unknown = [
        f"{workflow_id} names {channel!r}"
        for workflow_id, rules in written.items()
        for channel in sorted(
            {name for rule in rules_of(rules, workflow_id) for name in rule.to} - plan.channels.keys()
        )
    ]
    if unknown:
        more = f", and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        words = f"no such channel: {'; '.join(unknown[:3])}{more}"
        yield Finding(_ABOUT, "warning", words, "define it in notify.yaml, or correct the workflow's `notify`")


def examine_messages(database: Database) -> Iterator[Finding]:
    """Messages that were not delivered, and signs that monitors did not take."""
    failed = database.read(deliveries.count_by_state).get("failed", 0)
    if failed:
        words = "1 message could not be delivered" if failed == 1 else f"{failed} messages could not be delivered"
        advice = "scheduler notify list --state failed says why; scheduler notify retry --all sends again"
        yield Finding("messages", "problem", words, advice)
    for subject, error in database.read(lambda db: pings.not_given(db, _MOST)):
        yield Finding(
            "pings", "problem", f"the ping of {subject} was given up: {error}", "correct its address, or the monitor"
        )
