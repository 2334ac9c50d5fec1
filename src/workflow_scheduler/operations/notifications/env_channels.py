"""The channels that NOTIFY in `.env` makes, without any file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from workflow_scheduler.domain.channels import (
    Channel,
    DiscordChannel,
    MailChannel,
    SlackChannel,
    TeamsChannel,
    WebhookChannel,
)
from workflow_scheduler.domain.notify_plan import ENV_CHANNEL

__all__ = ["NO_ONE", "env_channels"]

NO_ONE = ("none",)
"""What NOTIFY says where no one wants to be told, or to be asked."""
_WebChannel = SlackChannel | DiscordChannel | TeamsChannel | WebhookChannel
_SERVICES: Mapping[str, type[_WebChannel]] = {
    "hooks.slack.com": SlackChannel,
    "discord.com": DiscordChannel,
    "discordapp.com": DiscordChannel,
    "logic.azure.com": TeamsChannel,
    "powerplatform.com": TeamsChannel,
    "webhook.office.com": TeamsChannel,
}


def env_channels(
    addresses: Sequence[str], *, server: str, user: str, password: str, sender: str
) -> Mapping[str, Channel]:
    """`addresses`: as NOTIFY has them; the rest as in SMTP_…."""
    if tuple(addresses) == NO_ONE:
        return {}
    mails = tuple(unquote(urlsplit(address).path) for address in addresses if address.lower().startswith("mailto:"))
    channels: list[Channel] = []
    if mails:
        reference = "env:SMTP_PASSWORD" if password else ""
        channels.append(MailChannel(mails, server, sender, user if password else "", reference))
    for address in addresses:
        if not address.lower().startswith("mailto:"):
            channels.append(_kind_of(address)(address))
    names = [ENV_CHANNEL, *(f"{ENV_CHANNEL}_{number}" for number in range(2, len(channels) + 1))]
    return dict(zip(names, channels, strict=False))


def _kind_of(address: str) -> type[_WebChannel]:
    host = urlsplit(address).hostname or ""
    return next((kind for name, kind in _SERVICES.items() if host == name or host.endswith(f".{name}")), WebhookChannel)
