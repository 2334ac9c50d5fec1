"""Any service that Apprise knows (extra `notify`)."""

from __future__ import annotations

import importlib
from typing import Any

from workflow_scheduler.domain.channels import AppriseChannel
from workflow_scheduler.domain.message import Message

from .base import DeliveryFailed
from .wording import body, severity, subject

__all__ = ["send"]

_TYPES = {"error": "failure", "warning": "warning", "ok": "success"}


def send(channel: AppriseChannel, message: Message) -> None:
    try:
        apprise: Any = importlib.import_module("apprise")
    except ImportError:
        raise DeliveryFailed(
            "Apprise is not installed; install the extra with: pip install 'workflow-scheduler[notify]'.", retry=False
        ) from None
    service = apprise.Apprise()
    if not all(service.add(url) for url in channel.urls):
        raise DeliveryFailed("An address of the channel is none that Apprise knows.", retry=False)
    kind = "info" if message.test else _TYPES[severity(message)]
    text = f"{body(message)}\nKey: {message.key}"
    if not service.notify(title=subject(message), body=text, notify_type=kind, body_format="text"):
        raise DeliveryFailed("A service did not take the message; Apprise does not say which.")
