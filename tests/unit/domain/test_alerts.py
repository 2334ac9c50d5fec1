"""Who is told of what, decided on events alone: a table of cases, and a week of nights with known faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.alerts import (
    KIND_WORDS,
    KINDS_OF_EVENTS,
    TOLD_OF,
    AlertKind,
    Incident,
    Rule,
    channels_for,
    decide,
    next_repeat,
    repeats_due,
    subject_of,
)
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.notify_rules import kind_named, parse_rule, rule_sentence

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(*kinds: str) -> list[str]:
    """What is told because of these events of one workflow, an hour apart."""
    open_, found = {}, []
    for number, kind in enumerate(kinds):
        event = Event(NOW + number * HOUR, kind, "w", f"r{number}", reason=f"because of {number}")
        if (alert := decide(event, "w", open_)) is not None:
            found.append(alert.kind.value)
    return found


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["run.succeeded"], []),
        (["run.failed"], ["failed"]),
        (["run.failed", "run.failed", "run.failed"], ["failed"]),
        (["run.failed", "run.succeeded", "run.succeeded"], ["failed", "recovered"]),
        (["run.failed", "run.failed", "run.succeeded", "run.failed"], ["failed", "recovered", "failed"]),
        (["run.failed", "run.cancelled", "run.succeeded"], ["failed", "recovered"]),
        (["run.failed", "run.unknown", "run.succeeded"], ["failed", "unknown", "recovered"]),
        (["attempt.failed", "task.waiting", "attempt.succeeded", "run.succeeded"], ["attempt_failed"]),
        (["deadline.late", "deadline.late", "run.succeeded"], ["late", "recovered"]),
        (["deadline.no_success", "run.succeeded"], ["late", "recovered"]),
        (["deadline.at_risk", "run.succeeded"], ["at_risk"]),
        (["deadline.at_risk", "deadline.late", "run.failed"], ["at_risk", "late", "failed"]),
        (["fire.skipped", "fire.skipped"], ["skipped", "skipped"]),
        (["deadline.long", "deadline.short"], ["long", "short"]),
        (["planner.paused", "planner.paused", "planner.resumed", "planner.paused"], ["planner_paused"] * 2),
        (["worker.offline", "worker.offline", "worker.online", "worker.online"], ["worker_offline", "recovered"]),
        (
            ["scheduler.restarted", "disk.low", "scheduler.restarted"],
            ["scheduler_restarted", "disk_low", "scheduler_restarted"],
        ),
        (["schedule.changed", "backfill.finished", "task.failed", "run.queued"], []),
    ],
)
def test_only_changes_of_state_are_told(kinds: list[str], expected: list[str]) -> None:
    assert told(*kinds) == expected


def test_each_machine_has_a_silence_of_its_own() -> None:
    open_: dict = {}
    found = []
    for name, kind in (("x", "offline"), ("y", "offline"), ("x", "online")):
        event = Event(NOW, f"worker.{kind}", "", task_id=name, reason=f"{name} is {kind}")
        found.append(decide(event, subject_of(event, None), open_))
    assert [alert and (alert.kind.value, alert.task_id, alert.reason) for alert in found] == [
        ("worker_offline", "x", "x is offline"),
        ("worker_offline", "y", "y is offline"),
        ("recovered", "x", "x is online"),
    ]
    assert [subject for subject, _ in open_] == ["~y"]


def test_recovery_says_since_when_and_how_often() -> None:
    open_: dict = {}
    decide(Event(NOW, "run.failed", "w", "r1", reason="exit code 3"), "w", open_)
    decide(Event(NOW + HOUR, "run.failed", "w", "r2", reason="exit code 4"), "w", open_)
    alert = decide(Event(NOW + 2 * HOUR, "run.succeeded", "w", "r3"), "w", open_)
    assert alert is not None
    assert (alert.since, alert.count, alert.run_id) == (NOW, 2, "r3")
    assert alert.reason == "It succeeded after it failed 2 times: exit code 4"
    assert open_ == {}


def test_a_backfill_has_a_state_of_its_own() -> None:
    open_: dict = {}
    tonight, past = Event(NOW, "run.failed", "w", "r1"), Event(NOW, "run.succeeded", "w", "r2")
    assert decide(tonight, subject_of(tonight, None), open_) is not None
    assert decide(past, subject_of(past, "b1"), open_) is None
    assert len(open_) == 1


def test_every_kind_has_its_sentence_and_its_source() -> None:
    assert set(KIND_WORDS) == set(AlertKind)
    by_the_watchman = AlertKind.SCHEDULER_DOWN
    assert {*KINDS_OF_EVENTS.values(), AlertKind.RECOVERED, by_the_watchman} == set(AlertKind)
    assert "run.succeeded" in TOLD_OF


@pytest.mark.parametrize(
    ("rule", "kind", "labels", "matches"),
    [
        (Rule((AlertKind.FAILED,), ("a",)), AlertKind.FAILED, [], True),
        (Rule((AlertKind.FAILED,), ("a",)), AlertKind.LATE, [], False),
        (Rule((AlertKind.FAILED,), ("a",), labels=("critical",)), AlertKind.FAILED, ["critical", "x"], True),
        (Rule((AlertKind.FAILED,), ("a",), labels=("critical",)), AlertKind.FAILED, ["x"], False),
        (Rule((AlertKind.FAILED,), ("a",), workflow_id="other"), AlertKind.FAILED, [], False),
    ],
)
def test_rules(rule: Rule, kind: AlertKind, labels: list[str], matches: bool) -> None:
    assert bool(channels_for(kind, "w", labels, [rule])) is matches


def test_a_channel_is_told_once_whatever_the_rules_say() -> None:
    rules = [Rule((AlertKind.FAILED,), ("a", "b")), Rule((AlertKind.FAILED,), ("b", "a"), labels=("x",))]
    assert channels_for(AlertKind.FAILED, "w", ["x"], rules) == ["a", "b"]


INCIDENT = Incident("w", AlertKind.FAILED, "w", "r", NOW, NOW, 1, "", repeated_at=NOW)
EACH_HOUR = Rule((AlertKind.FAILED,), ("a",), repeat=3600)


def test_repeats_until_somebody_acknowledges() -> None:
    assert repeats_due(INCIDENT, [], [EACH_HOUR], NOW + 59 * timedelta(minutes=1)) == []
    assert repeats_due(INCIDENT, [], [EACH_HOUR], NOW + HOUR) == ["a"]
    once_told = replace(INCIDENT, repeated_at=NOW + 3.5 * HOUR)
    assert next_repeat(once_told, [], [EACH_HOUR]) == NOW + 4 * HOUR
    acked = replace(INCIDENT, acked_at=NOW, acked_by="local:me")
    assert repeats_due(acked, [], [EACH_HOUR], NOW + 9 * HOUR) == []
    assert next_repeat(acked, [], [EACH_HOUR]) is None
    assert next_repeat(INCIDENT, [], [Rule((AlertKind.FAILED,), ("a",))]) is None


def test_rules_in_one_line() -> None:
    rule = parse_rule("late+failed:ops+chat:1h", "w")
    assert rule == Rule((AlertKind.LATE, AlertKind.FAILED), ("ops", "chat"), repeat=3600.0, workflow_id="w")
    assert parse_rule("ops").on[0] is AlertKind.FAILED
    assert rule_sentence(rule) == "late, failed → ops, chat, again each 1h"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "cannot be read"),
        ("a:b:1h:c", "cannot be read"),
        ("waiting:ops", "'waiting' is not reported (nothing waits for longer than a retry yet)"),
        ("failde:ops", "'failde' is not reported; choose from: failed"),
        ("failed:o ps", "channel"),
        ("failed:ops:1s", "once a minute"),
    ],
)
def test_wrong_rules_say_what_is_wrong(written: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_rule(written)
    assert words in str(error.value)


def test_names_without_a_source_are_refused() -> None:
    with pytest.raises(InvalidInput, match="yet"):
        kind_named("waiting")
