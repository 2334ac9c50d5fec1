"""The Windows event log, with numbers that never change."""

from __future__ import annotations

import sys

from workflow_scheduler.domain.channels import EventLogChannel
from workflow_scheduler.domain.message import Message
from workflow_scheduler.system.event_log import message_notice, open_event_log

from .base import DeliveryFailed
from .wording import body, severity

__all__ = ["send"]


def send(channel: EventLogChannel, message: Message) -> None:
    if sys.platform != "win32":
        raise DeliveryFailed("Only Windows has this event log; choose a channel of kind syslog here.", retry=False)
    level = severity(message)
    open_event_log()(message_notice(level, f"{body(message)}\nKey: {message.key}"))
