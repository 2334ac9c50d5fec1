"""Channels: the ways to people, each kind with its declared fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .fields import About, Kind, declare
from .quick_dataclass import dataclass

__all__ = [
    "CHANNEL_KINDS",
    "SECRET_FIELDS",
    "AppriseChannel",
    "Channel",
    "CommandChannel",
    "DiscordChannel",
    "EventLogChannel",
    "MailChannel",
    "SlackChannel",
    "SyslogChannel",
    "TeamsChannel",
    "WebhookChannel",
]

SECRET_FIELDS = frozenset({"url", "urls", "password", "token", "secret", "to"})
"""Fields that may be a reference to a secret, such as `store:smtp`."""
_URL = About(Kind.TEXT, "Address", "The address of the webhook, or a reference to a secret, such as store:chat.")
_PRIVATE = About(
    Kind.FLAG, "Private addresses", "Whether the address may be of this machine or of a private network.", off="public"
)
_TIMEOUT = About(Kind.DURATION, "Time limit", "How long one delivery may take.", lowest=1, highest=300)


@dataclass(frozen=True)
class MailChannel:
    """Mail by SMTP."""

    kind: ClassVar[str] = "mail"

    to: tuple[str, ...] = declare(About(Kind.WORDS, "To", "The addresses of those who are told."))
    server: str = declare(About(Kind.TEXT, "Server", "Host and port. With port 465, TLS from the beginning."))
    from_: str = declare(About(Kind.TEXT, "From", "The address of the sender.", unset="the user"), default="")
    user: str = declare(About(Kind.TEXT, "User", "The name to sign in with.", unset="no sign-in"), default="")
    password: str = declare(About(Kind.TEXT, "Password", "A reference to a secret, such as store:smtp."), default="")
    token: str = declare(
        About(Kind.TEXT, "Token", "In place of a password, a token for XOAUTH2: a reference to a secret."), default=""
    )
    tls: bool = declare(
        About(Kind.FLAG, "TLS", "Whether a server that offers no TLS is refused.", off="no-tls"), default=True
    )
    timeout: float = declare(_TIMEOUT, default=30.0)


@dataclass(frozen=True)
class _WebChannel:
    url: str = declare(_URL)
    allow_private: bool = declare(_PRIVATE, default=False)
    timeout: float = declare(_TIMEOUT, default=15.0)


@dataclass(frozen=True)
class SlackChannel(_WebChannel):
    """An incoming webhook of Slack."""

    kind: ClassVar[str] = "slack"


@dataclass(frozen=True)
class TeamsChannel(_WebChannel):
    """A webhook of a Teams workflow, which posts an Adaptive Card."""

    kind: ClassVar[str] = "teams"


@dataclass(frozen=True)
class DiscordChannel(_WebChannel):
    """A webhook of Discord."""

    kind: ClassVar[str] = "discord"


@dataclass(frozen=True)
class WebhookChannel(_WebChannel):
    """The message as JSON, for programs."""

    kind: ClassVar[str] = "webhook"

    secret: str = declare(
        About(Kind.TEXT, "Secret", "Signs each message (HMAC-SHA256): a reference to a secret.", unset="not signed"),
        default="",
    )


@dataclass(frozen=True)
class CommandChannel:
    """A program, which gets the message as JSON on its standard input and as NOTIFY_… in its environment."""

    kind: ClassVar[str] = "command"

    command: tuple[str, ...] = declare(About(Kind.WORDS, "Command", "The program and its arguments."))
    timeout: float = declare(_TIMEOUT, default=60.0)
    folder: str | None = None
    """Where it starts: the home."""


@dataclass(frozen=True)
class EventLogChannel:
    """The Windows event log."""

    kind: ClassVar[str] = "eventlog"


@dataclass(frozen=True)
class SyslogChannel:
    """Syslog (RFC 5424), or the journal, which reads the same socket."""

    kind: ClassVar[str] = "syslog"

    address: str = declare(
        About(Kind.TEXT, "Address", "/dev/log, or udp://host:514 or tcp://host:601."), default="/dev/log"
    )
    timeout: float = declare(_TIMEOUT, default=10.0)


@dataclass(frozen=True)
class AppriseChannel:
    """A service that Apprise knows (extra `notify`)."""

    kind: ClassVar[str] = "apprise"

    urls: tuple[str, ...] = declare(
        About(Kind.WORDS, "Addresses", "Addresses of Apprise, or references to secrets with one.")
    )


Channel = (
    MailChannel
    | SlackChannel
    | TeamsChannel
    | DiscordChannel
    | WebhookChannel
    | CommandChannel
    | EventLogChannel
    | SyslogChannel
    | AppriseChannel
)
CHANNEL_KINDS: Mapping[str, type[Channel]] = {
    kind.kind: kind
    for kind in (
        *(MailChannel, SlackChannel, TeamsChannel, DiscordChannel, WebhookChannel),
        *(CommandChannel, EventLogChannel, SyslogChannel, AppriseChannel),
    )
}
