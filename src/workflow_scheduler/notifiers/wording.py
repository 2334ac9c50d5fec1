"""A message in words: its subject, its facts, its text, and its JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.alerts import KIND_WORDS, Alert, AlertKind
from workflow_scheduler.domain.message import Details, Message
from workflow_scheduler.domain.outline import Outline, to_plain

__all__ = [
    "as_json",
    "body",
    "causes",
    "colour",
    "facts",
    "fitting",
    "headline",
    "link",
    "report_blocks",
    "safe",
    "severity",
    "subject",
]

_K = AlertKind
_WORDS = {
    _K.FAILED: "failed",
    _K.RECOVERED: "recovered",
    _K.LATE: "is late",
    _K.LONG: "takes longer than usual",
    _K.SHORT: "took less time than usual",
    _K.UNUSUAL: "wrote an unusual output file",
    _K.AT_RISK: "may miss its deadline",
    _K.UNKNOWN: "has an unknown result",
    _K.SKIPPED: "did not run",
    _K.ATTEMPT_FAILED: "had a failed attempt",
    _K.SCHEDULER_DOWN: "Scheduler does not work",
    _K.SCHEDULER_RESTARTED: "Scheduler restarted",
    _K.DISK_LOW: "Disk nearly full",
    _K.PLANNER_PAUSED: "All schedules paused",
    _K.WORKER_OFFLINE: "silent",
}
_LEVELS = {
    **dict.fromkeys((_K.FAILED, _K.UNKNOWN, _K.LATE, _K.DISK_LOW, _K.SCHEDULER_DOWN, _K.WORKER_OFFLINE), "error"),
    _K.RECOVERED: "ok",
}
_COLOURS = {"error": 0xC0392B, "warning": 0xB7791F, "ok": 0x2E7D4F}
_WIDEST = 30
"""Characters to which a cell of a report is filled up."""
_SHOWN = 5
"""Alerts of a digest that are listed under a cause."""


def severity(message: Message) -> str:
    """`error`, `warning` or `ok`: the worst of its alerts; `ok` for a test."""
    if message.report is not None:
        return message.report.severity
    levels = {_LEVELS.get(AlertKind(kind), "warning") for kind in message.kinds}
    return next(level for level in ("error", "warning", "ok") if level in levels or level == "ok")


def colour(message: Message) -> int:
    return _COLOURS[severity(message)]


def headline(alert: Alert) -> str:
    """`nightly failed`: the same whenever it happens, so that mails of one matter stay together."""
    if alert.workflow_id:
        return f"{safe(alert.workflow_id)} {_WORDS[alert.kind]}"
    if alert.task_id:  # a worker
        return f"Machine {safe(alert.task_id)} {'is back' if alert.kind is _K.RECOVERED else _WORDS[alert.kind]}"
    return "Scheduler works again" if alert.kind is _K.RECOVERED else _WORDS[alert.kind]


def subject(message: Message) -> str:
    if message.test:
        return "Test message of the Workflow Scheduler"
    if message.report is not None:
        return f"Report: {message.report.sentence.removesuffix('.')}"
    if message.count == 1:
        again = " (still)" if message.alerts[0].again else ""
        return f"{headline(message.alerts[0])}{again}"
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in message.kinds.items())
    return f"{message.count} alerts: {kinds}"


def causes(message: Message) -> list[tuple[str, int]]:
    """The reasons of a digest, the commonest first, and what is left over."""
    found = sorted(message.causes.items(), key=lambda cause: -cause[1])
    rest = message.count - sum(count for _, count in found)
    listed = [(safe(reason) or "no reason on record", count) for reason, count in found]
    return [*listed, ("other reasons", rest)] if rest > 0 else listed


def facts(alert: Alert, details: Details, message: Message) -> list[tuple[str, str]]:
    """What, since when, why and what comes next, each with its name."""
    when = _time(alert.since, message.timezone)
    if alert.since != alert.at:
        when += f", last at {_time(alert.at, message.timezone)}"
    if alert.count > 1:
        when += f" ({alert.count} times)"
    found = [
        ("Reason", safe(alert.reason)),
        ("Activity", safe(details.running)),
        ("Before", safe(details.memory)),
        ("Since", when),
        ("Run", safe(alert.run_id or "")),
        ("Task" if alert.workflow_id else "Machine", safe(alert.task_id or details.task_id)),
        ("Schedule", safe(alert.schedule_id or "")),
        ("Next", details.next_step),
        ("Link", link(message)),
    ]
    return [(name, value) for name, value in found if value]


def link(message: Message) -> str:
    """The page about it; empty without a web interface."""
    if not message.link:
        return ""
    if message.report is not None:
        return f"{message.link}#/report"
    run_id = message.alerts[0].run_id if message.count == 1 else None
    return f"{message.link}#/runs/{run_id}" if run_id else message.link


def body(message: Message) -> str:
    """The text of a message."""
    if message.test:
        return "This is a test: messages of the Workflow Scheduler arrive here.\n"
    if message.report is not None:
        return "\n".join([*_report(message.report), *(["", link(message)] if message.link else [])]) + "\n"
    return "\n".join(_single(message) if message.count == 1 else _digest(message)) + "\n"


def _single(message: Message) -> Iterator[str]:
    alert, details = message.alerts[0], next(iter(message.details), Details())
    yield headline(alert)
    yield ""
    for name, value in facts(alert, details, message):
        yield f"{name + ':':<10}{value}"
    yield from _extras(details)


def _extras(details: Details) -> Iterator[str]:
    if details.differences:
        yield from ("", "Different from the last good run:")
        yield from (f"  {safe(line)}" for line in details.differences)
    if details.lines:
        yield from ("", f"Last lines of {details.stream}:")
        yield from (f"  {safe(line)}" for line in details.lines)


def report_blocks(report: Outline) -> Iterator[tuple[str, list[str]]]:
    """The tables of a report, each with its heading and a line for each row, and its last lines, without a heading."""
    for section in report.sections:
        widths = [max(len(safe(row[at])) for row in section.rows) for at in range(len(section.columns) - 1)]
        lines = []
        for row in section.rows:
            cells = [f"{safe(cell):<{min(width, _WIDEST)}}" for cell, width in zip(row, widths, strict=False)]
            lines.append("  ".join([*cells, safe(row[-1])]))
        yield section.title, [*lines, f"and {section.more} more"] if section.more else lines
    yield "", [f"{name:<9} {safe(text)}" for name, text in report.lines]


def fitting(lines: Iterable[str], most: int) -> Iterator[str]:
    """The first of the lines, as far as `most` characters have room for them with the breaks between them."""
    for line in lines:
        most -= len(line) + 2
        if most < 0:
            yield "…"
            return
        yield line


def _report(report: Outline) -> Iterator[str]:
    yield f"{report.span}: {report.sentence}"
    for heading, lines in report_blocks(report):
        yield from ("", heading) if heading else ("",)
        yield from (f"  {line}" for line in lines) if heading else lines


def _digest(message: Message) -> Iterator[str]:
    yield f"{subject(message)}."
    for reason, count in causes(message):
        yield from ("", f"{count} × {reason}")
        alike = [alert for alert in message.alerts if safe(alert.reason).startswith(reason)]
        for alert in alike[:_SHOWN]:
            run = f", run {safe(alert.run_id)}" if alert.run_id else ""
            yield f"  {headline(alert)}, {_time(alert.at, message.timezone)}{run}"
        if count > len(alike[:_SHOWN]):
            yield f"  and {count - len(alike[:_SHOWN])} more"
    for alert, details in zip_longest(message.alerts[: len(message.details)], message.details):
        if details.lines or details.differences:
            yield from ("", f"{headline(alert)}:")
            yield from _extras(details)
    if message.link:
        yield from ("", link(message))


def _time(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).isoformat(" ", "seconds")


def safe(text: str) -> str:
    """Without characters that steer a terminal, a mail client or the direction of a line."""
    return "".join(
        char if char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " "
        for char in text
    )


def as_json(message: Message) -> dict[str, Any]:
    """For programs. The names and their meaning stay."""
    details = [*message.details, *[Details()] * len(message.alerts)]
    return {
        "key": message.key,
        "test": message.test,
        "at": message.at.isoformat(),
        "subject": subject(message),
        "severity": severity(message),
        "count": message.count,
        "kinds": dict(message.kinds),
        "causes": [{"reason": reason, "count": count} for reason, count in causes(message)],
        "text": body(message),
        "link": link(message) or None,
        "report": None if message.report is None else to_plain(message.report),
        "alerts": [_alert_json(alert, found) for alert, found in zip(message.alerts, details, strict=False)],
    }


def _alert_json(alert: Alert, details: Details) -> dict[str, Any]:
    return {
        "kind": alert.kind.value,
        "meaning": KIND_WORDS[alert.kind],
        "at": alert.at.isoformat(),
        "since": alert.since.isoformat(),
        "workflow_id": alert.workflow_id or None,
        "run_id": alert.run_id,
        "task_id": alert.task_id or details.task_id or None,
        "attempt": alert.attempt,
        "schedule_id": alert.schedule_id,
        "reason": alert.reason,
        "count": alert.count,
        "again": alert.again,
        "next_step": details.next_step or None,
        "memory": details.memory or None,
        "lines": list(details.lines),
        "differences": list(details.differences),
    }
