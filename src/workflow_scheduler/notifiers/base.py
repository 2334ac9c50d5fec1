"""What delivers a message, and the error when it cannot be delivered."""

from __future__ import annotations

from typing import Any, Protocol

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.message import Message

__all__ = ["KEY_HEADER", "DeliveryFailed", "Notifier"]

KEY_HEADER = "X-Workflow-Scheduler-Key"
"""The same in each try of a message."""


class DeliveryFailed(SchedulerError):
    """The message was not delivered. `retry`: whether another try may help. The sentence names no address and no secret."""

    code = "delivery_failed"

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class Notifier(Protocol):
    """Delivers to one kind of channel."""

    def __call__(self, channel: Any, message: Message) -> None:
        """Deliver within the channel's time limit. DeliveryFailed if that is not possible."""
