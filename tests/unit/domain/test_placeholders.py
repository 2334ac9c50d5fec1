"""What looks like a placeholder is one, everything else is text; dates are those of the zone, to the end of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.placeholders import (
    DATES_AT_START,
    Moment,
    fill,
    fill_items,
    is_weekday,
    known_in,
    mistakes_in,
    needs_filling,
    sample_of,
)

BERLIN = Moment(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))  # there the 29th, 00:30
VALUES: dict[str, str | list[str]] = {"region": "north east", "n": "7", "files": ["a b", "c"], "run_id": "r1"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{region}", "north east"),
        ("--n={n}!", "--n=7!"),
        ("{{region}}", "{region}"),
        ("{{date-1d:%Y}}", "{date-1d:%Y}"),
        ("{date}", "2026-03-29"),
        ("{date-1d}", "2026-03-28"),
        ("{date+1w:%Y%m%d}", "20260405"),
        ("{date-1m:%Y-%m-%d}", "2026-02-28"),
        ("{date-1y:%d.%m.%Y}", "29.03.2025"),
        ("{date+2h:%H:%M%z}", "03:30+0200"),  # past the change of the clock
        ('{"n":{n}}', '{"n":7}'),
        ('{"a": 1}', '{"a": 1}'),
        ("${region} ${HOME}", "${region} ${HOME}"),
        ("{print $1}", "{print $1}"),
        ("{} {0} {a,b} {a:b}", "{} {0} {a,b} {a:b}"),
        ("{{print $1}}", "{{print $1}}"),
        ("{{x}", "{{x}"),
        ("{unknown}", "{unknown}"),
        ("{region:%Y}", "{region:%Y}"),
        ("{files}", "{files}"),
        ("{date-9999y}", "{date-9999y}"),
    ],
)
def test_one_pass_replaces_what_looks_like_a_placeholder(text: str, filled: str) -> None:
    assert fill(text, VALUES, BERLIN) == filled


@pytest.mark.parametrize(
    ("text", "needs"),
    [("plain", False), ('{"a": {"b": 1}}', False), ("${HOME}", False), ("{n}", True), ("{{n}}", True)],
)
def test_only_what_has_placeholders_needs_filling(text: str, needs: bool) -> None:
    assert needs_filling(text) is needs


def test_a_value_is_never_read_again() -> None:
    assert fill("{region}", {"region": "{date} {{n}} {region}"}, BERLIN) == "{date} {{n}} {region}"


def test_one_placeholder_stays_one_argument_and_a_list_with_dots_is_several() -> None:
    assert fill_items(["-r", "{region}", "{files...}", "x{n}"], VALUES, BERLIN) == [
        "-r",
        "north east",
        "a b",
        "c",
        "x7",
    ]
    assert fill_items(["{files...}"], {"files": []}, BERLIN) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{regoin}", "did you mean {region}?"),
        ("{print}", "double its braces: {{print}}"),
        ("{tasks.sum.total}", "is unknown"),
        ("{item}", "is unknown"),
        ("{business_date-1d}", "counts open days and has no unit; write {business_date-1}"),
        ("{business_date-241}", "is too far away; write at most 240 open days"),
        ("{business_date+9999}", "is too far away; write at most 240 open days"),
        ("{date-1}", "has no known unit"),
        ("{date-1q}", "has no known unit"),
        ("{date:%Q}", "unknown directive %Q"),
        ("{date:%s}", "unknown directive %s"),
        ("{date-9999y}", "outside the calendar"),
        ("{region:%Y}", "has the form of a date"),
        ("{region...}", "is not a list"),
        ("{files}", 'write "{files...}" as a whole item of args'),
        ("a{files...}", 'write "{files...}" as a whole item of args'),
    ],
)
def test_what_cannot_be_replaced_is_said(text: str, words: str) -> None:
    (sentence,) = mistakes_in(text, ["run_id", "region", "files"], ["files"], item=True)
    assert words in sentence
    assert sentence.endswith((".", "?"))


def test_text_and_known_names_are_no_mistakes() -> None:
    for text in (
        "plain",
        "{region} {date-1d:%Y%m%d}",
        "${HOME}",
        '{"a": {"b": 1}}',
        "{}",
        "{files...}",
        "{{nonsense}}",
    ):
        assert list(mistakes_in(text, ["region", "files"], ["files"], item=True)) == []


def test_a_known_name_is_found_where_none_is_replaced() -> None:
    assert known_in("awk '{print}' {date}", []) == "{date}"
    assert known_in("echo {region}", ["region"]) == "{region}"
    assert known_in("awk '{print}' ${date}", ["region"]) == ""


def test_a_sample_has_dates_and_something_for_each_value() -> None:
    assert sample_of("{date:%Y}/{region}/{{x}}", BERLIN) == "2026/x/{x}"


@given(st.text(alphabet="{}ab:.-+%$ 1dY", max_size=40))
def test_any_text_can_be_filled_and_checked(text: str) -> None:
    fill(text, {"a": "{b}"}, BERLIN)
    list(mistakes_in(text, ["a"], item=True))


@pytest.mark.parametrize(
    ("day", "text", "expected"),
    [
        ("2026-11-27", "{business_date}", "2026-11-27"),  # a Friday
        ("2026-11-27", "{business_date-1}", "2026-11-26"),
        ("2026-11-27", "{business_date+1}", "2026-11-30"),
        ("2026-11-28", "{business_date}", "2026-11-27"),
        ("2026-11-28", "{business_date-1}", "2026-11-27"),
        ("2026-11-28", "{business_date-2}", "2026-11-26"),
        ("2026-11-29", "{business_date+1:%d.%m.}", "30.11."),
        ("2026-11-30", "{business_date-3}", "2026-11-25"),
        ("2026-12-28", "{business_date-1}", "2026-12-24"),
        ("2026-12-25", "{business_date}", "2026-12-24"),
    ],
)
def test_business_dates_count_open_days(day: str, text: str, expected: str) -> None:
    closed = {date(2026, 12, 25)}
    moment = Moment(
        datetime.fromisoformat(f"{day}T12:00+00:00"), ZoneInfo("UTC"), lambda day: is_weekday(day) and day not in closed
    )
    assert fill(text, {}, moment) == expected


def test_a_business_date_past_what_the_calendar_knows_is_refused() -> None:
    moment = Moment(datetime(2026, 11, 27, 12, tzinfo=UTC), ZoneInfo("UTC"), {date(2026, 11, 27): True}.get)
    assert fill("{business_date}", {}, moment) == "2026-11-27"
    with pytest.raises(InvalidInput, match="whether 2026-11-26 is open"):
        fill("{business_date-1}", {}, moment)


def test_a_business_date_is_none_of_a_task() -> None:
    (sentence,) = mistakes_in("{business_date-1}", [], dates=DATES_AT_START)
    assert "make it the default of a parameter" in sentence


def test_advice_names_each_placeholder_once_and_only_those_that_may_stand_there() -> None:
    (sentence,) = mistakes_in("{item}", ["region"], dates=DATES_AT_START)
    assert "; known are {date}, {region}. For" in sentence
    (sentence,) = mistakes_in("{item}", ())
    assert "; known are {date}, {business_date}. For" in sentence
    (sentence,) = mistakes_in("{businessdate}", ["region"], dates=DATES_AT_START)
    assert "business_date" not in sentence
