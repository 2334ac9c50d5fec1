"""A webhook of a program: the message as JSON, signed with the channel's secret."""

from __future__ import annotations

import hashlib
import hmac
import json

from workflow_scheduler.domain.channels import WebhookChannel
from workflow_scheduler.domain.message import Message

from .base import KEY_HEADER
from .posting import post
from .wording import as_json

__all__ = ["SIGNATURE_HEADER", "send", "signature"]

SIGNATURE_HEADER, TIME_HEADER = "X-Workflow-Scheduler-Signature", "X-Workflow-Scheduler-Time"


def signature(secret: str, time: str, data: bytes) -> str:
    """`sha256=…`: HMAC-SHA256 over the time header, a dot, and the body."""
    return "sha256=" + hmac.new(secret.encode(), time.encode() + b"." + data, hashlib.sha256).hexdigest()


def send(channel: WebhookChannel, message: Message) -> None:
    data = json.dumps(as_json(message), ensure_ascii=False).encode(errors="replace")
    headers = {"Content-Type": "application/json", KEY_HEADER: message.key}
    if channel.secret:
        time = str(int(message.at.timestamp()))
        headers |= {TIME_HEADER: time, SIGNATURE_HEADER: signature(channel.secret, time, data)}
    post(channel, data, headers)
