"""All-day events of iCalendar files are closed days."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from workflow_scheduler.calendars import ics
from workflow_scheduler.calendars.ics import closed_days
from workflow_scheduler.domain.errors import InvalidInput

FIRST, LAST = date(2026, 11, 1), date(2027, 12, 31)


def found(tmp_path: Path, *events: str) -> dict[str, str]:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", "UID:1", *event.split("\n"), "END:VEVENT"]
    file = tmp_path / "a.ics"
    file.write_bytes("\r\n".join([*lines, "END:VCALENDAR", ""]).encode())
    return {str(day): why for day, why in closed_days(file, FIRST, LAST).items()}


def test_a_day_and_several_days(tmp_path: Path) -> None:
    assert found(
        tmp_path,
        "SUMMARY:Founder's Day\nDTSTART;VALUE=DATE:20261204",
        "SUMMARY:Works holidays\nDTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20261230",
        "SUMMARY:Move\nDTSTART;VALUE=DATE:20270301\nDURATION:P2D",
    ) == {
        "2026-12-04": "Founder's Day",
        "2026-12-28": "Works holidays",
        "2026-12-29": "Works holidays",
        "2027-03-01": "Move",
        "2027-03-02": "Move",
    }


def test_meetings_and_cancelled_events_close_nothing(tmp_path: Path) -> None:
    assert not found(
        tmp_path,
        "SUMMARY:Meeting\nDTSTART:20261204T090000Z\nDTEND:20261204T100000Z",
        "SUMMARY:Off\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20261204",
    )


def test_recurring_days_without_their_exceptions(tmp_path: Path) -> None:
    event = (
        "SUMMARY:Inventory\nDTSTART;VALUE=DATE:20240131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20270301T000000Z\n"
        "EXDATE;VALUE=DATE:20261231"
    )
    assert sorted(found(tmp_path, event)) == ["2026-11-30", "2027-01-31", "2027-02-28"]


def test_a_span_that_began_before(tmp_path: Path) -> None:
    event = "SUMMARY:Off\nDTSTART;VALUE=DATE:20261030\nDTEND;VALUE=DATE:20261103"
    assert sorted(found(tmp_path, event)) == ["2026-11-01", "2026-11-02"]


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"root:x:0", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"]
)
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.ics"
    file.write_bytes(data)
    with pytest.raises(InvalidInput, match=r"a\.ics is not an iCalendar file: .*[^.]\.$"):
        closed_days(file, FIRST, LAST)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match=r"Cannot read .*correct the name"):
        closed_days(tmp_path / "b.ics", FIRST, LAST)
    with pytest.raises(InvalidInput, match=r"Cannot read .*is a folder"):
        closed_days(tmp_path, FIRST, LAST)
    monkeypatch.setattr(ics, "MAX_BYTES", 10)
    with pytest.raises(InvalidInput, match="split it"):
        found(tmp_path, "SUMMARY:Off\nDTSTART;VALUE=DATE:20261030")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ics")
    with pytest.raises(InvalidInput, match="is a named pipe"):
        closed_days(tmp_path / "a.ics", FIRST, LAST)


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY;BYSECOND=1"])
def test_a_rule_for_every_second_does_not_hang(tmp_path: Path, rule: str) -> None:
    event = f"SUMMARY:Off\nDTSTART;VALUE=DATE:19700101\nRRULE:{rule}"
    with pytest.raises(InvalidInput, match="an all-day event recurs by days"):
        found(tmp_path, event)
