"""Discord: a webhook. Source: discord.com/developers, "Execute Webhook" and "Embed Limits"."""

from __future__ import annotations

from typing import Any

from workflow_scheduler.domain.channels import DiscordChannel
from workflow_scheduler.domain.message import Details, Message

from .posting import post_json
from .wording import body, causes, colour, facts, fitting, link, report_blocks, subject

__all__ = ["payload", "send"]

_TITLE, _TEXT, _VALUE, _FIELDS, _ALL = 256, 4096, 512, 25, 6000
"""The most characters of a title, a description and a value (half of what is allowed), the most fields, and all characters."""
_WIDE = ("Reason", "Activity", "Before")
_FENCED = "```\n{}\n```"


def send(channel: DiscordChannel, message: Message) -> None:
    post_json(channel, message.key, payload(message))


def payload(message: Message) -> dict[str, Any]:
    embed: dict[str, Any] = {
        "title": subject(message)[:_TITLE],
        "color": colour(message),
        "timestamp": message.at.isoformat(),
    }
    if message.test:
        embed["description"] = body(message)[:_TEXT]
    elif message.report is not None:
        blocks = (_code_block(heading, lines) for heading, lines in report_blocks(message.report))
        embed["description"] = "\n".join(fitting(blocks, _TEXT))
    elif message.count == 1:
        details = next(iter(message.details), Details())
        rows = facts(message.alerts[0], details, message)[:_FIELDS]
        embed["fields"] = [{"name": name, "value": value[:_VALUE], "inline": name not in _WIDE} for name, value in rows]
        used = sum(len(field["name"]) + len(field["value"]) for field in embed["fields"]) + len(embed["title"])
        room = min(_TEXT, _ALL - used)
        differences = list(fitting(details.differences, room // 3))
        room -= sum(len(line) + 1 for line in differences) + len(_FENCED.format(""))
        text = "\n".join(details.lines).replace("```", "'''")
        lines = _FENCED.format(text[-room:]) if text and room > 0 else ""
        embed["description"] = "\n".join([*differences, lines])
    else:
        embed["description"] = "\n".join(f"{count} × {reason}" for reason, count in causes(message))[:_TEXT]
    if message.link:
        embed["url"] = link(message)
    # Nothing that a script wrote may call people.
    return {"username": "Workflow Scheduler", "embeds": [embed], "allowed_mentions": {"parse": []}}


def _code_block(heading: str, lines: list[str]) -> str:
    text = "\n".join(lines).replace("```", "'''")
    return f"**{heading}**\n{_FENCED.format(text)}" if heading else _FENCED.format(text)
