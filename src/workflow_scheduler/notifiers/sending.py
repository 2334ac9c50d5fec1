"""Sends a message by the module of its channel's kind."""

from __future__ import annotations

from importlib import import_module

from workflow_scheduler.domain.channels import Channel
from workflow_scheduler.domain.message import Message

from .base import Notifier

__all__ = ["send"]


def send(channel: Channel, message: Message) -> None:
    """DeliveryFailed says why the message was not delivered. References to secrets are resolved already."""
    # Each is imported when it is used: most homes have one kind.
    notifier: Notifier = import_module(f".{channel.kind}", __package__).send
    notifier(channel, message)
