"""The HTML of a mail: no images, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from workflow_scheduler.domain.message import Details, Message
from workflow_scheduler.domain.outline import Outline

from .wording import body, causes, colour, facts, headline, link, safe, subject

__all__ = ["html_body"]

_CELL = "padding:4px 16px 4px 0;vertical-align:top;text-align:left"
_LABEL = f"{_CELL};color:#5b6570;font-weight:normal;white-space:nowrap"
_LINES = "background:#f3f5f7;color:#1d2329;padding:12px;white-space:pre-wrap;font:13px/1.45 Consolas,Menlo,monospace"


def html_body(message: Message) -> str:
    """The message as a document of its own."""
    inside = "".join(_parts(message))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>'
        '<body style="margin:0;padding:16px;font:15px/1.5 Segoe UI,Helvetica,Arial,sans-serif">'
        f'<div style="max-width:680px;border-left:4px solid #{colour(message):06x};padding-left:16px">{inside}</div>'
        "</body></html>"
    )


def _parts(message: Message) -> Iterator[str]:
    yield f'<h1 style="font-size:18px;margin:0 0 12px">{escape(subject(message))}</h1>'
    if message.test:
        yield f"<p>{escape(body(message))}</p>"
        return
    if message.report is not None:
        yield from _report(message.report)
        if message.link:
            yield f"<p>{_linked('Link', link(message))}</p>"
        return
    if message.count == 1:
        details = next(iter(message.details), Details())
        yield _table([(name, _linked(name, value)) for name, value in facts(message.alerts[0], details, message)])
    else:
        yield _table([(f"{count} ×", escape(reason)) for reason, count in causes(message)])
        if message.link:
            yield f"<p>{_linked('Link', link(message))}</p>"
    for alert, details in zip(message.alerts, message.details, strict=False):
        if (details.lines or details.differences) and message.count > 1:
            yield f'<h2 style="font-size:15px;margin:16px 0 4px">{escape(headline(alert))}</h2>'
        if details.differences:
            lines = "".join(f"<li>{escape(safe(line))}</li>" for line in details.differences)
            yield f"<p>Different from the last good run:</p><ul>{lines}</ul>"
        if details.lines:
            lines = escape("\n".join(map(safe, details.lines)))
            yield f'<p>Last lines of {escape(details.stream)}:</p><pre style="{_LINES}">{lines}</pre>'


def _report(report: Outline) -> Iterator[str]:
    yield f"<p>{escape(report.span)}</p>"
    for section in report.sections:
        yield f'<h2 style="font-size:15px;margin:20px 0 4px">{escape(section.title)}</h2>'
        heads = "".join(f'<th style="{_LABEL}">{escape(column)}</th>' for column in section.columns)
        rows = "".join(
            "<tr>{}</tr>".format("".join(f'<td style="{_CELL}">{escape(safe(cell))}</td>' for cell in row))
            for row in section.rows
        )
        yield f'<table style="border-collapse:collapse;font-size:14px"><tr>{heads}</tr>{rows}</table>'
        if section.more:
            yield f"<p>and {section.more} more</p>"
    yield _table([(name, escape(safe(text))) for name, text in report.lines])


def _linked(name: str, value: str) -> str:
    return f'<a href="{escape(value)}">{escape(value)}</a>' if name == "Link" else escape(value)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th style="{_LABEL}">{escape(name)}</th><td style="{_CELL}">{value}</td></tr>' for name, value in rows
    )
    return f'<table style="border-collapse:collapse;font-size:15px">{cells}</table>'
