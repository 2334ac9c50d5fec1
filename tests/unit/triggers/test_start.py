"""A start is told, checked and kept like any other trigger, and has no time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow_scheduler.definitions.documents import load, to_plain
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers.fire_times import build, preview
from workflow_scheduler.triggers.spec import describe, parse_spec, problem_of
from workflow_scheduler.triggers.warnings import warnings_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"), [("boot", "When the machine has booted"), ("scheduler", "When the scheduler starts")]
)
def test_it_is_told_and_has_no_time(value: str, words: str) -> None:
    spec = parse_spec({"at_start": value}, "Europe/Berlin")
    assert spec == {"at_start": value}
    assert describe(spec, "Europe/Berlin") == words
    assert problem_of(spec, "UTC") == ""
    assert preview(spec, "UTC", NOW, 5) == []
    assert warnings_of(spec, "UTC", NOW) == []
    assert build(spec, "UTC").span(NOW, NOW.replace(year=2030)) is None


@pytest.mark.parametrize("spec", [{"at_start": "reboot"}, {"at_start": ""}, {"at_start": True}, {"at_start": ["boot"]}])
def test_another_word_is_refused(spec) -> None:
    with pytest.raises(InvalidInput, match="write boot or scheduler"):
        parse_spec(spec, "UTC")


def test_it_is_one_trigger_of_several() -> None:
    with pytest.raises(
        InvalidInput, match="exactly one of cron, times, every, interval, at, business_day and at_start"
    ):
        parse_spec({"at_start": "boot", "every": "5m"}, "UTC")


def test_a_definition_keeps_it() -> None:
    text = "id: w\ntasks: [{id: a, command: echo}]\nschedules:\n  - {id: s, at_start: scheduler, overlap: skip}\n"
    (document,) = load(text, "w.yaml")
    assert to_plain(document)["schedules"] == [{"id": "s", "at_start": "scheduler", "overlap": "skip"}]
    with pytest.raises(InvalidInput, match=r"w\.yaml:4:.*at_start"):
        load(text.replace("scheduler,", "sometimes,"), "w.yaml")
