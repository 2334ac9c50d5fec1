"""Microsoft Teams: an Adaptive Card to the webhook of a workflow.

Source: learn.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams"; adaptivecards.io, schema 1.5.
"""

from __future__ import annotations

import re
from typing import Any

from workflow_scheduler.domain.channels import TeamsChannel
from workflow_scheduler.domain.message import Details, Message

from .posting import post_json
from .wording import body, causes, facts, fitting, link, report_blocks, severity, subject

__all__ = ["payload", "send"]

_COLOURS = {"error": "Attention", "warning": "Warning", "ok": "Good"}
_MOST = 8_000
"""Characters of lines; a message may have 28 KB."""
_MARKUP = re.compile(r"([\\`*_\[\]#~<>])")


def send(channel: TeamsChannel, message: Message) -> None:
    post_json(channel, message.key, payload(message))


def payload(message: Message) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {
            **_block(_plain(subject(message)[:300])),
            "size": "Medium",
            "weight": "Bolder",
            "color": "Default" if message.test else _COLOURS[severity(message)],
        }
    ]
    details = next(iter(message.details), Details())
    if message.test:
        parts.append(_block(_plain(body(message).strip())))
    elif message.report is not None:
        parts.append({**_block(_plain(message.report.span)), "isSubtle": True})
        left = _MOST
        for heading, lines in report_blocks(message.report):
            if heading:
                parts.append({**_block(_plain(heading)), "weight": "Bolder"})
            shown = list(fitting(map(_plain, lines), left))
            left -= sum(map(len, shown))
            parts.append({**_block("\n\n".join(shown)), "fontType": "Monospace"})
    elif message.count == 1:
        parts.append(_facts([(name, _plain(value)) for name, value in facts(message.alerts[0], details, message)]))
        parts += [_block(_plain(line)) for line in details.differences]
        if details.lines:
            text = "\n".join(details.lines)[-_MOST:]
            parts.append({**_block(_plain(text).replace("\n", "\n\n")), "fontType": "Monospace"})
    else:
        parts.append(_facts([(f"{count} ×", _plain(reason)) for reason, count in causes(message)]))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": parts,
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": link(message)}]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _block(text: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True}


def _facts(rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"type": "FactSet", "facts": [{"title": name, "value": value[:2000]} for name, value in rows]}


def _plain(text: str) -> str:
    """The card reads Markdown: what stands there must not be a link or a heading."""
    return _MARKUP.sub(r"\\\1", text)
