"""Rules in one line, as commands and a workflow's definition have them: `ops`, `late:ops`, `late+failed:ops+chat:1h`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .alerts import DEFAULT_KINDS, AlertKind, Rule
from .durations import parse_duration
from .errors import InvalidInput
from .identifiers import check_identifier

__all__ = ["SHORTEST_REPEAT", "kind_named", "parse_rule", "rule_sentence", "rules_of"]

SHORTEST_REPEAT = 60.0
_PLANNED = {"waiting": "nothing waits for longer than a retry yet"}


def kind_named(name: str) -> AlertKind:
    """InvalidInput for a name that nothing is reported by."""
    try:
        return AlertKind(name)
    except ValueError:
        why = f" ({_PLANNED[name]})" if name in _PLANNED else ""
        raise InvalidInput(f"{name[:60]!r} is not reported{why}; choose from: {', '.join(AlertKind)}.") from None


def parse_rule(written: str, workflow_id: str | None = None) -> Rule:
    """A channel; what is told, and to which channels; and how often it is repeated. InvalidInput says what is wrong."""
    parts = [part.strip() for part in written.split(":")]
    if len(parts) > 3 or not all(parts):
        raise InvalidInput(f"The rule {written[:60]!r} cannot be read; write CHANNEL, WHAT:CHANNEL or WHAT:CHANNEL:1h.")
    kinds = DEFAULT_KINDS if len(parts) == 1 else tuple(kind_named(name) for name in parts[0].split("+"))
    channels = tuple(parts[0 if len(parts) == 1 else 1].split("+"))
    for channel in channels:
        check_identifier("channel", channel)
    repeat = parse_duration(parts[2], "repeat") if len(parts) == 3 else None
    if repeat is not None and repeat < SHORTEST_REPEAT:
        raise InvalidInput(f"The rule {written[:60]!r} would repeat too often; repeat at most once a minute.")
    return Rule(kinds, channels, repeat=repeat, workflow_id=workflow_id)


def rules_of(written: Iterable[str], workflow_id: str) -> Iterator[Rule]:
    """The rules of a workflow; those that cannot be read, because they were stored by another version, are left out."""
    for text in written:
        try:
            yield parse_rule(text, workflow_id)
        except InvalidInput:
            continue


def rule_sentence(rule: Rule) -> str:
    """`failed, late → ops (critical) each 1h`."""
    from .durations import format_duration  # noqa: PLC0415  only lists show it

    labels = f" ({', '.join(rule.labels)})" if rule.labels else ""
    repeat = f", again each {format_duration(rule.repeat)}" if rule.repeat else ""
    return f"{', '.join(rule.on)}{labels} → {', '.join(rule.to)}{repeat}"
