"""Business days against published lists of holidays, written here as values: none is computed."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflow_scheduler.calendars.expansion import expand
from workflow_scheduler.calendars.holiday_sets import further_categories
from workflow_scheduler.definitions.calendars import read_calendar
from workflow_scheduler.domain.calendar import CalendarDay
from workflow_scheduler.domain.errors import InvalidInput, Refused

FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)
BAVARIA = {"country": "DE", "region": "BY"}
# Feiertagsgesetz of Bavaria; 15 August only in its mostly Catholic municipalities.
BAVARIAN = """
2026 01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26
2027 01-01 01-06 03-26 03-29 05-01 05-06 05-17 05-27 10-03 11-01 12-25 12-26
2028 01-01 01-06 04-14 04-17 05-01 05-25 06-05 06-15 10-03 11-01 12-25 12-26
2029 01-01 01-06 03-30 04-02 05-01 05-10 05-21 05-31 10-03 11-01 12-25 12-26
2030 01-01 01-06 04-19 04-22 05-01 05-30 06-10 06-20 10-03 11-01 12-25 12-26"""
CATHOLIC = BAVARIAN + "\n" + "\n".join(f"{year} 08-15" for year in range(2026, 2031))
# The exchange's own calendar: 1 January 2028 is a Saturday, and is not made up for on the Friday before.
NYSE = """
2026 01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25
2027 01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24
2028 01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25
2029 01-01 01-15 02-19 03-30 05-28 06-19 07-04 09-03 11-22 12-25
2030 01-01 01-21 02-18 04-19 05-27 06-19 07-04 09-02 11-28 12-25"""
# gov.uk, England and Wales, with its substitute days.
ENGLISH = """
2026 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
2027 01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28
2028 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26
2029 01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26
2030 01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"""
# Cabinet Office of Japan, with substitute holidays and the citizens' holiday of 2026.
JAPANESE = """
2026 01-01 01-12 02-11 02-23 03-20 04-29 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 11-23
2027 01-01 01-11 02-11 02-23 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 10-11 11-03 11-23
2028 01-10 02-11 02-23 03-20 05-03 05-04 05-05 07-17 08-11 09-18 09-22 10-09 11-03 11-23
2029 01-01 01-08 02-12 02-23 03-20 04-30 05-03 05-04 07-16 09-17 09-24 10-08 11-23
2030 01-01 01-14 02-11 03-20 04-29 05-03 05-06 07-15 08-12 09-16 09-23 10-14 11-04"""
# Federal law 662/1949 with its changes, and 20 November since 2024; Carnival is no public holiday.
BRAZILIAN = "\n".join(
    f"{year} 01-01 {friday} 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25"
    for year, friday in ((2026, "04-03"), (2027, "03-26"), (2028, "04-14"), (2029, "03-30"), (2030, "04-19"))
)


def published(text: str) -> set[date]:
    """Those that are no weekend."""
    days = {
        date.fromisoformat(f"{year}-{day}")
        for line in text.strip().splitlines()
        for year, *found in [line.split()]
        for day in found
    }
    return {day for day in days if day.weekday() < 5}


def rows(tmp_path: Path, first: date = FIRST, last: date = LAST, **definition: Any) -> list[CalendarDay]:
    return expand(read_calendar({"id": "c", **definition}), first, last, tmp_path)


@pytest.mark.parametrize(
    ("holidays", "closed"),
    [
        (BAVARIA, BAVARIAN),
        ({**BAVARIA, "categories": ["public", "catholic"]}, CATHOLIC),
        ({"market": "XNYS"}, NYSE),
        ({"country": "GB", "region": "ENG"}, ENGLISH),
        ({"country": "JP"}, JAPANESE),
        ({"country": "BR"}, BRAZILIAN),
    ],
    ids=["DE-BY", "DE-BY catholic", "NYSE", "GB", "JP", "BR"],
)
def test_business_days_are_those_of_the_published_lists(tmp_path: Path, holidays: Any, closed: str) -> None:
    found = rows(tmp_path, holidays=holidays)
    assert [row.day for row in found] == [FIRST + at * timedelta(1) for at in range(len(found))]
    assert found[-1].day == LAST
    assert {row.day for row in found if not row.open and row.day.weekday() < 5} == published(closed)
    assert not any(row.open for row in found if row.day.weekday() >= 5)


def test_several_lists_of_holidays_add_up(tmp_path: Path) -> None:
    found = rows(tmp_path, holidays=[{"country": "BR"}, {"market": "XNYS"}])
    closed = {row.day for row in found if not row.open and row.day.weekday() < 5}
    assert closed == published(BRAZILIAN) | published(NYSE)


def test_what_is_listed_later_wins(tmp_path: Path) -> None:
    first = date(2026, 12, 23)
    found = rows(
        tmp_path,
        first,
        date(2026, 12, 27),
        holidays=BAVARIA,
        closed=["2026-12-24", {"from": "2026-12-25", "to": "2026-12-25", "why": "Inventory"}],
        open=["2026-12-26"],
    )
    assert [(row.open, row.why, row.source) for row in found] == [
        (True, "", ""),
        (False, "closed", "closed"),
        (False, "Inventory", "closed"),
        (True, "", "open"),
        (False, "a weekend day", "weekend"),
    ]


def test_another_weekend(tmp_path: Path) -> None:
    found = rows(tmp_path, date(2026, 11, 23), date(2026, 11, 29), weekend=["fri", "saturday"])
    assert [row.day.day for row in found if not row.open] == [27, 28]


def test_further_categories_are_named() -> None:
    asked = {"country": "DE", "region": "BY", "categories": [], "market": None}
    assert "catholic" in further_categories(asked, 2026)
    assert "catholic" not in further_categories({**asked, "categories": ["public", "catholic"]}, 2026)
    assert "catholic" not in further_categories({**asked, "region": "BE"}, 2026)


@pytest.mark.parametrize(
    ("holidays", "words"),
    [
        ({"country": "XX"}, "no holidays of a country 'XX'; write its ISO code"),
        ({"country": "DE", "region": "XX"}, "no region 'XX'; there are: .*BY"),
        ({"market": "NOWHERE"}, "no market 'NOWHERE'; there are: .*XECB"),
        ({"country": "DE", "categories": ["nonsense"]}, "The holidays of DE have a mistake: .*nonsense[.]$"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_exist(tmp_path: Path, holidays: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        rows(tmp_path, holidays=holidays)


def test_without_the_extra_a_calendar_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(Refused, match=r"needs the extra 'calendars'.*workflow-scheduler\[calendars\]"):
        rows(tmp_path, holidays=BAVARIA)
    with pytest.raises(Refused, match="A calendar with ICS files needs"):
        rows(tmp_path, ics=["a.ics"])
    assert rows(tmp_path, date(2026, 11, 28), date(2026, 11, 28))[0].why == "a weekend day"
