"""`notify.yaml`: what it may say, and each mistake with its place."""

from __future__ import annotations

from datetime import time

import pytest

from workflow_scheduler.definitions.notify import load_notify
from workflow_scheduler.domain.alerts import AlertKind, Rule
from workflow_scheduler.domain.channels import CHANNEL_KINDS, MailChannel, TeamsChannel
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.domain.quiet_hours import QuietHours
from workflow_scheduler.domain.report_time import ReportTime

WHOLE = """
channels:
  ops:  {kind: mail, to: [ops@example.com], from: scheduler@example.com, server: "smtp.example.com:587", user: sched, password: store:smtp}
  chat: {kind: teams, url: store:teams-url}
rules:
  - {on: [failed, unknown, late, recovered], to: [ops]}
  - {on: [late, at_risk], labels: [critical], to: [ops, chat], repeat: 1h}
quiet: {from: "22:00", to: "06:30", except: [critical]}
report: {at: "07:00", days: weekdays, to: [ops]}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        load_notify(text, "notify.yaml")
    return str(error.value).splitlines()


def test_the_whole_of_it() -> None:
    plan = load_notify(WHOLE, "notify.yaml")
    assert plan.channels == {
        "ops": MailChannel(
            ("ops@example.com",), "smtp.example.com:587", "scheduler@example.com", "sched", "store:smtp"
        ),
        "chat": TeamsChannel("store:teams-url"),
    }
    assert plan.rules[1] == Rule((AlertKind.LATE, AlertKind.AT_RISK), ("ops", "chat"), ("critical",), 3600.0)
    assert plan.quiet == QuietHours(time(22), time(6, 30), ("critical",))
    assert plan.reports == (ReportTime(time(7), frozenset(range(5)), ("ops",)),)


def test_several_reports() -> None:
    text = "channels: {a: {kind: eventlog}}\nreport: [{at: '07:00', to: a}, {at: '12:30', days: [mon, fri], to: [a]}]"
    assert load_notify(text, "x").reports == (
        ReportTime(time(7), frozenset(range(7)), ("a",)),
        ReportTime(time(12, 30), frozenset({0, 4}), ("a",)),
    )


def test_nothing_is_no_channel() -> None:
    assert load_notify("", "notify.yaml") == NotifyPlan()


def test_texts_for_lists() -> None:
    text = "channels: {a: {kind: mail, to: me@example.com, server: localhost}}\nrules: [{on: 'failed late', to: a}]"
    plan = load_notify(text, "x")
    assert plan.rules[0].on == (AlertKind.FAILED, AlertKind.LATE)
    assert plan.channels["a"] == MailChannel(("me@example.com",), "localhost")


def test_every_kind_can_be_written() -> None:
    text = """
channels:
  mail: {kind: mail, to: [a@b.c], server: localhost}
  slack: {kind: slack, url: store:a, timeout: 5s}
  teams: {kind: teams, url: store:a}
  discord: {kind: discord, url: store:a}
  webhook: {kind: webhook, url: store:a, secret: store:b, allow_private: true}
  command: {kind: command, command: [tell, me]}
  eventlog: {kind: eventlog}
  syslog: {kind: syslog, address: "udp://log.example.com:514"}
  apprise: {kind: apprise, urls: store:a}
"""
    assert load_notify(text, "x").channels.keys() == CHANNEL_KINDS.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "notify.yaml:1:1: expected one set of names"),
        ("chanels: {}", "notify.yaml:1:1: 'chanels' is not a known name here"),
        ("channels: [a]", "notify.yaml:1:1: channels: is not a set of names"),
        ("channels: {a: {kind: mial}}", "notify.yaml:1:16: 'mial' is not a kind of channel; did you mean 'mail'?"),
        ("channels: {a: {to: x}}", "notify.yaml:1:12: The channel 'a' has no kind"),
        ("channels: {a: {kind: slack}}", "notify.yaml:1:12: 'url' is missing"),
        ("channels: {a: {kind: slack, url: store:a, retries: 3}}", "notify.yaml:1:43: 'retries' is not a known name"),
        (
            "channels: {a: {kind: mail, to: a, server: s, user: u, password: hunter2}}",
            "notify.yaml:1:55: password: A secret is a reference, not a value",
        ),
        ("channels: {a: {kind: mail, to: a, server: s, user: u}}", "notify.yaml:1:46: user: needs a password"),
        ("channels: {a: {kind: command, command: []}}", "notify.yaml:1:31: command: is empty"),
        ("channels: {'a b': {kind: eventlog}}", "notify.yaml:1:12: The channel"),
        ("rules: [{on: [failed], to: [ops]}]", "notify.yaml:1:24: There is no channel 'ops'; define it"),
        (
            "channels: {ops: {kind: eventlog}}\nrules: [{on: [waiting], to: [opps]}]",
            "notify.yaml:2:10: 'waiting' is not reported (nothing waits for longer than a retry yet)",
        ),
        ("rules: [{on: [], to: []}]", "notify.yaml:1:10: on: is empty"),
        ("channels: {a: {kind: eventlog}}\nrules: [{on: late, to: a, repeat: 1s}]", "notify.yaml:2:27: repeat"),
        ("quiet: {from: '22:00', to: '25:00'}", "notify.yaml:1:24: to: is not a time of the day"),
        ("report: {at: '07:00', to: [nowhere]}", "notify.yaml:1:23: There is no channel 'nowhere'"),
        ("report: {at: 7, to: [nowhere]}", "notify.yaml:1:10: at: "),
        ("report: {at: '07:00', to: []}", "notify.yaml:1:23: to: is empty"),
        ("report: {at: '07:00', days: never, to: []}", "notify.yaml:1:23: days: 'never' is not a day"),
        ("report: {at: '07:00', days: [], to: []}", "notify.yaml:1:23: days: is empty"),
        ("report: {to: []}", "notify.yaml:1:1: 'at' is missing"),
        ("report: now", "notify.yaml:1:1: 'now' is not a set of names"),
        ("quiet: {from: '22:00', to: '22:00'}", "notify.yaml:1:1: quiet: `from` and `to` are the same"),
    ],
)
def test_each_mistake_has_its_place(text: str, expected: str) -> None:
    assert mistakes(text)[0].startswith(expected), mistakes(text)


def test_no_secret_is_shown_by_a_mistake() -> None:
    text = "channels: {a: {kind: mail, to: a, server: s, user: u, password: hunter2}}"
    assert "hunter2" not in "\n".join(mistakes(text))


def test_all_mistakes_at_once() -> None:
    text = "channels: {a: {kind: mial}, b: {kind: slack}}\nrules: [{on: [x], to: [c]}]\nquiet: {from: a, to: b}"
    assert len(mistakes(text)) == 6


@pytest.mark.parametrize(
    "fields",
    [
        "kind: webhook, url: 'https://x', secret: [CANARY]",
        "kind: webhook, url: [CANARY]",
        "kind: slack, url: {CANARY: 1}",
        "kind: mail, to: a@b.c, server: x, user: u, password: {CANARY: 1}",
        "kind: apprise, urls: [[CANARY]]",
        "kind: apprise, urls: {CANARY: 1}",
    ],
)
def test_what_may_be_a_secret_is_never_shown(fields: str) -> None:
    (mistake,) = mistakes(f"channels: {{a: {{{fields}}}}}")
    assert "CANARY" not in mistake
    assert "cannot be read; write a text" in mistake


def test_a_rule_that_is_none() -> None:
    (mistake,) = mistakes("channels: {a: {kind: eventlog}}\nrules: [x]")
    assert mistake == "notify.yaml:2:9: 'x' is not a set of names and values; write `name: value`."


def test_quiet_hours_are_of_the_zone_of_the_home() -> None:
    (mistake,) = mistakes("channels: {a: {kind: eventlog}}\nquiet: {from: '22:00+02:00', to: '06:30'}")
    assert "from: is not a time of the day" in mistake
