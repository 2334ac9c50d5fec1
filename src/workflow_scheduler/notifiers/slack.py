"""Slack: an incoming webhook. Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Blocks"."""

from __future__ import annotations

from typing import Any

from workflow_scheduler.domain.channels import SlackChannel
from workflow_scheduler.domain.message import Details, Message

from .posting import post_json
from .wording import body, causes, colour, facts, fitting, link, report_blocks, subject

__all__ = ["payload", "send"]

_HEADER, _FIELD, _TEXT, _FIELDS = 150, 2000, 3000, 10
"""The most characters of a header, a field and a text, and the most fields of a section."""


def send(channel: SlackChannel, message: Message) -> None:
    post_json(channel, message.key, payload(message))


def payload(message: Message) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": subject(message)[:_HEADER], "emoji": False}}
    ]
    if message.test:
        blocks.append(_section(_escaped(body(message))))
    elif message.report is not None:
        blocks.append(_section(f"*{_escaped(message.report.span)}*"))
        for heading, lines in report_blocks(message.report):
            blocks.append(_section("\n".join([*([f"*{heading}*"] if heading else []), _table(lines)])))
        if message.link:
            blocks.append(_section(_escaped(link(message))))
    elif message.count == 1:
        details = next(iter(message.details), Details())
        rows = facts(message.alerts[0], details, message)[:_FIELDS]
        texts = [f"*{name}*\n{_escaped(value)}"[:_FIELD] for name, value in rows]
        blocks.append({"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]})
        if details.differences:
            blocks.append(_section("\n".join(f"• {_escaped(line)}" for line in details.differences)))
        if details.lines:
            blocks.append(_section(_code(details.lines)))
    else:
        blocks.append(_section("\n".join(f"*{count} ×* {_escaped(reason)}" for reason, count in causes(message))))
        if message.link:
            blocks.append(_section(_escaped(link(message))))
    return {"text": _escaped(subject(message)), "attachments": [{"color": f"#{colour(message):06x}", "blocks": blocks}]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_TEXT]}}


def _code(lines: tuple[str, ...]) -> str:
    """The end of the lines, where the reason is."""
    text = _escaped("\n".join(lines)).replace("```", "'''")
    return f"```{text[-(_TEXT - 6) :]}```"


def _table(lines: list[str]) -> str:
    """The first of the lines, where the worst is."""
    escaped = (_escaped(line).replace("```", "'''") for line in lines)
    return "```{}```".format("\n".join(fitting(escaped, _TEXT - 100)))


def _escaped(text: str) -> str:
    """The three characters that steer Slack's markup: no message can mention a channel or hide a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
