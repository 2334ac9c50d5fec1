"""A message stays bounded, and is read back as it was stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from workflow_scheduler.domain.alerts import Alert, AlertKind
from workflow_scheduler.domain.message import MOST_ALERTS, MOST_CAUSES, Message, added, from_plain, to_plain

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
EMPTY = Message("k", NOW, (), 0, {}, {})


def alert(number: int, reason: str) -> Alert:
    return Alert(AlertKind.FAILED, NOW, NOW, f"w{number}", reason, f"r{number}")


def test_ten_thousand_failures_are_one_small_message() -> None:
    message = EMPTY
    for batch in range(20):
        message = added(message, [alert(batch * 500 + at, "x" * 1000 + str(at % 50)) for at in range(500)])
    stored = to_plain(message)
    assert message.count == 10_000
    assert message.kinds == {"failed": 10_000}
    assert (len(message.alerts), len(message.causes)) == (MOST_ALERTS, 1)
    assert len(json.dumps(stored)) < 40_000


def test_the_common_cause_is_counted() -> None:
    message = added(EMPTY, [alert(at, "no route to db1" if at % 10 else f"exit code {at}") for at in range(1000)])
    assert message.causes["no route to db1"] == 900
    assert len(message.causes) == MOST_CAUSES


def test_round_trip() -> None:
    message = added(EMPTY, [alert(1, "exit code 3")])
    assert from_plain("k", NOW, json.loads(json.dumps(to_plain(message)))) == message
