"""Notifications: channels, messages and acknowledgements. No answer contains an address or a secret."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow_scheduler.domain.alerts import AlertKind

from .base import Answer, Moment, Request, Text

__all__ = [
    "Acknowledgement",
    "IncidentList",
    "MessageDetail",
    "MessageList",
    "MessageState",
    "NotificationsAnswer",
    "Retried",
    "Tested",
]

MessageState = Literal["queued", "held", "sent", "failed"]


class MessageAnswer(Answer):
    id: str = Field(description="also the key by which a receiver knows a repeated message")
    channel: str
    state: MessageState
    subject: str
    count: int = Field(description="alerts in it")
    kinds: dict[str, int]
    created_at: Moment
    due_at: Moment | None = Field(description="of the next try; null: there is none")
    sent_at: Moment | None
    tries: int
    error: str = Field(description="of the last try")


class MessageDetail(MessageAnswer):
    text: str


class MessageList(Answer):
    items: list[MessageAnswer]


class ChannelAnswer(Answer):
    name: str
    kind: str = Field(examples=["mail", "slack"])
    rules: list[str]
    last: MessageAnswer | None


class NotificationsAnswer(Answer):
    channels: list[ChannelAnswer]
    rules: list[str]
    quiet: str = Field(description="quiet hours, in the time zone of the home")
    problem: str = Field(description="mistakes in notify.yaml; what it said before applies")
    failed: int = Field(description="messages that could not be delivered")
    waiting: int
    wanted: bool = Field(description="false if NOTIFY=none says that no one wants to be told")


class Tested(Answer):
    channel: str
    key: str


class Retried(Answer):
    retried: int


class Acknowledgement(Request):
    note: Text = Field("", max_length=1000, description="what others should know")


class IncidentAnswer(Answer):
    kind: AlertKind
    workflow_id: str
    run_id: str | None
    since: Moment
    last_at: Moment
    count: int
    reason: str
    acked_at: Moment | None
    acked_by: str
    note: str


class IncidentList(Answer):
    items: list[IncidentAnswer]
