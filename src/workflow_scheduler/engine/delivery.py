"""Sends what waits in the outbox: one message of a channel at a time, so that a slow channel delays no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.channels import SECRET_FIELDS, Channel, CommandChannel
from workflow_scheduler.domain.message import Message, from_plain
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.notifiers.sending import send
from workflow_scheduler.secrets.sources import SecretUnavailable, resolved
from workflow_scheduler.storage import deliveries as store
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.deliveries import Delivery
from workflow_scheduler.system.crash_points import crash_point

__all__ = ["Outbox", "send_now", "with_secrets"]

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=2)
GIVEN_UP_AFTER = timedelta(hours=24)
GRACE = timedelta(seconds=15)
"""A message that somebody took for sending is anyone's again this long after its channel's time limit."""
MOST_AT_ONCE = 16
LONGEST_ERROR = 500
_log = logging.getLogger(__name__)


class Outbox:
    """`complete`: adds what is found out when a message is sent. `wake`: called when a channel is free again."""

    def __init__(
        self,
        database: Database,
        home: Path,
        plan: Callable[[], NotifyPlan],
        complete: Callable[[Message], Message],
        clock: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._home = home
        self._plan = plan
        self._complete = complete
        self._clock = clock
        self._wake = wake
        self._busy: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._failing: dict[str, Channel] = {}
        self._started = False
        self._next_at: datetime | None = None

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Begin to send what is due. Returns when the next message is."""
        if not hinted and (self._next_at is None or self._next_at > now):
            return self._next_at
        if not self._started:
            self._started = True
            if self._database.is_sqlite:  # which no other scheduler uses
                self._database.write(lambda db: store.release_claims(db, now))
        with self._lock:
            busy = sorted(self._busy)
        due, next_at = self._database.read(
            lambda db: (store.due_deliveries(db, now, MOST_AT_ONCE, busy), store.next_delivery(db, busy))
        )
        begun = set(busy)
        for delivery in due:
            if delivery.channel not in begun and len(begun) < MOST_AT_ONCE:
                begun.add(delivery.channel)
                self._begin(delivery, now)
        self._next_at = next_at if next_at is None or next_at > now else None  # else it is being sent
        return self._next_at

    @property
    def failing(self) -> bool:
        """Whether the last try of a channel was in vain, as it is now: one that is gone or was corrected is no trouble."""
        channels = self._plan().channels
        return any(channels.get(name) == channel for name, channel in list(self._failing.items()))

    def close(self, patience: float = 5.0) -> None:
        """Wait a little for what is being sent; the next scheduler sends the rest."""
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(patience / len(threads))

    def _begin(self, delivery: Delivery, now: datetime) -> None:
        channel = self._plan().channels.get(delivery.channel)
        limit = timedelta(seconds=getattr(channel, "timeout", 60.0)) + GRACE
        if not self._database.write(lambda db: store.claim(db, delivery, now, now + limit)):
            return
        crash_point("delivery.claimed")
        thread = threading.Thread(
            target=self._send, args=(delivery, channel, delivery.first_try_at or now), name="delivery", daemon=True
        )
        with self._lock:
            self._busy[delivery.channel] = thread
        thread.start()

    def _send(self, delivery: Delivery, channel: Channel | None, since: datetime) -> None:
        try:
            try:
                if channel is None:
                    raise _no_channel(delivery, self._plan())
                message = self._complete(from_plain(delivery.id, delivery.created_at, delivery.message))
                send_now(channel, message, self._home)
                crash_point("delivery.sent")
            except DeliveryFailed as error:
                if channel is not None:
                    self._failing[delivery.channel] = channel
                self._settle_failed(delivery, error, since)
            else:
                self._database.write(lambda db: store.settle_delivery(db, delivery.id, "sent", self._clock(), ""))
                crash_point("delivery.settled")
                self._failing.pop(delivery.channel, None)
        except Exception:
            _log.exception("The message %s to %s could not be settled", delivery.id, delivery.channel)
        finally:
            with self._lock:
                del self._busy[delivery.channel]
            self._wake()

    def _settle_failed(self, delivery: Delivery, error: DeliveryFailed, since: datetime) -> None:
        now = self._clock()
        pause = min(FIRST_PAUSE * 2 ** min(delivery.tries, 20), LONGEST_PAUSE)
        again = error.retry and now + pause - since <= GIVEN_UP_AFTER
        words = str(error)[:LONGEST_ERROR]
        level, then = (
            (logging.WARNING, f"tried again in {pause.total_seconds():g} s") if again else (logging.ERROR, "given up")
        )
        _log.log(level, "A message to %s could not be delivered (%s): %s", delivery.channel, then, words)
        state, due_at = ("queued", now + pause) if again else ("failed", None)
        self._database.write(lambda db: store.settle_delivery(db, delivery.id, state, now, words, due_at))


def _no_channel(delivery: Delivery, plan: NotifyPlan) -> DeliveryFailed:
    if plan.problem:
        return DeliveryFailed(
            f"The channel {delivery.channel} is not known while notify.yaml has mistakes; correct it."
        )
    # At first, the file may just be being written.
    return DeliveryFailed(f"There is no channel {delivery.channel!r} any more.", retry=delivery.tries == 0)


def send_now(channel: Channel, message: Message, home: Path) -> None:
    """Deliver the message. DeliveryFailed says why it was not."""
    try:
        send(with_secrets(channel, home), message)
    except SecretUnavailable as error:
        raise DeliveryFailed(str(error)) from None
    except DeliveryFailed:
        raise
    except Exception as error:  # a mistake of ours must not end what delivers
        _log.exception("A message could not be sent")
        raise DeliveryFailed(f"It could not be sent ({type(error).__name__}); see scheduler.log.") from None


def with_secrets(channel: Channel, home: Path) -> Channel:
    """The channel as it is used here: its references replaced by what they stand for. SecretUnavailable if one cannot be read."""
    found: dict[str, Any] = {}
    for part in fields(channel):
        value = getattr(channel, part.name)
        if part.name not in SECRET_FIELDS:
            continue
        if isinstance(value, tuple):
            found[part.name] = tuple(resolved(word, home) for word in value)
        else:
            found[part.name] = resolved(value, home)
    if isinstance(channel, CommandChannel):
        found["folder"] = str(home)
    return replace(channel, **found)
