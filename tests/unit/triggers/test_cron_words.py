"""What an expression is called, held against what it does: every sentence is read back and compared with the fires."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from cron_sentences import promised

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.spec import describe, parse_spec
from workflow_scheduler.triggers.warnings import warnings_of

LONG = bool(os.environ.get("SCHEDULER_LONG_TESTS"))
NOW = datetime(2026, 11, 26, tzinfo=UTC)
DAY = timedelta(days=1)
TOLD = {
    "0 0 1,15 * mon-fri": "At 00:00, either on days 1 and 15 of the month or Monday through Friday",
    "0 0 13 * fri": "At 00:00, either on day 13 of the month or on Friday",
    "0 0 */2 * mon": "At 00:00, on every 2nd day from 1 through 31 of the month, and only on Monday",
    "*/45 * * * *": "At minutes 0 and 45 of each hour",
    "*/59 * * * *": "At minutes 0 and 59 of each hour",
    "*/15 * * * *": "Every 15 minutes",
    "5/15 * * * *": "Every 15 minutes from minute 5 of each hour",
    "0 * * * *": "Every hour",
    "5 * * * *": "Every hour at minute 5",
    "0 */7 * * *": "At 00:00, 07:00, 14:00 and 21:00",
    "0 */2 * * *": "Every 2 hours",
    "0 8-18/2 * * *": "Every 2 hours from 08:00 through 18:00",
    "*/15 9-17 * * mon-fri": "Every 15 minutes from 09:00 through 17:45, Monday through Friday",
    "* 5 * * *": "Every minute from 05:00 through 05:59",
    "*/10 1,3,5,7,9 * * *": "Every 10 minutes in hours 1, 3, 5, 7 and 9",
    "0 0 * * mon#1,fri#1": "At 00:00, on the first Monday and the first Friday of the month",
    "0 0 L,15 * *": "At 00:00, on day 15 and the last day of the month",
    "0 0 * * 0,7": "At 00:00, on Sunday",
    "0 0 * * 0-7": "At 00:00",
    "0 0 * * sun,wed,sat": "At 00:00, on Wednesday, Saturday and Sunday",
    "0 5 * * 07": "At 05:00, on Sunday",
    "0 0 LW * *": "At 00:00, on the last weekday (Monday to Friday) of the month",
    "0 0 L-3 * *": "At 00:00, on the day that is 3 days before the last day of the month",
    "0 0 L-1 * *": "At 00:00, on the day before the last day of the month",
    "0 0 * * 5L": "At 00:00, on the last Friday of the month",
    "0 0 * * friL": "At 00:00, on the last Friday of the month",
    "0 0 * * fri#2,mon": "At 00:00, on Monday and on the second Friday of the month",
    "0 0 ? * monday": "At 00:00, on Monday",
    "0 0 * * fri-mon": "At 00:00, Friday through Monday",
    "0 0 1 nov-feb ?": "At 00:00, on day 1 of the month, November through February",
    "0 0 * jan,mar,july *": "At 00:00, in January, March and July",
    "50-10/5 3 * * *": "At 03:00, 03:05, 03:10, 03:50 and 03:55",
    "0 22-4/3 * * *": "At 01:00, 04:00 and 22:00",
    "7,1-58/2 * * * *": "At every 2nd minute from 1 through 57 of each hour",
    "0 0 28-3 * *": "At 00:00, on days 1 through 3 and 28 through 31 of the month",
    "0 0 1-31 * mon": "At 00:00",
    "@daily": "At 00:00",
    "30 13 * * mon-fri": "At 13:30, Monday through Friday",
}


@pytest.mark.parametrize("cron", TOLD)
def test_it_is_told(cron: str) -> None:
    assert describe(parse_spec({"cron": cron}, "UTC"), "UTC") == TOLD[cron]
    agrees(cron)


def agrees(cron: str, days: int = 800) -> None:
    """The sentence promises the days and the times of a day that the trigger has."""
    sentence = describe(parse_spec({"cron": cron}, "UTC"), "UTC")
    times, fires_on = promised(sentence)
    trigger = build({"cron": cron}, "UTC")
    seen = False
    for number in range(days):
        day = date(2027, 7, 1) + number * DAY  # with a leap day
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(microseconds=1)
        count = trigger.count(start, start + DAY)
        assert (count > 0) == fires_on(day), (cron, sentence, day)
        assert count in (0, len(times)), (cron, sentence, day)
        if count and not seen:
            seen = True
            fires = trigger.latest(start, start + DAY, 2000)
            assert {(fire.hour, fire.minute) for fire in fires} == times, (cron, sentence)


class Writer:
    """Writes expressions at random, most of which are accepted."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def expression(self) -> str:
        fields = [self.field(0, 59, "", 59), self.field(0, 23, "", 23), self.days(), self.months(), self.weekdays()]
        return " ".join(fields)

    def field(self, low: int, high: int, names: str, step: int) -> str:
        if self.dice.random() < 0.25:
            return "*"
        terms = [self.term(low, high, names.split(), step) for _ in range(self.dice.choice((1, 1, 1, 2, 3, 5)))]
        return ",".join(terms)

    def term(self, low: int, high: int, names: list[str], longest: int) -> str:
        def value() -> str:
            number = self.dice.randint(low, high)
            if names and self.dice.random() < 0.4:
                name = names[(number - low) % len(names)]
                cut = name[: self.dice.choice((3, len(name)))]
                return self.dice.choice((cut, cut.upper(), cut.title()))
            return f"{number:0{self.dice.choice((1, 1, 2, 3))}d}"

        kind = self.dice.random()
        first = "*" if kind < 0.2 else value() if kind < 0.6 else f"{value()}-{value()}"
        return f"{first}/{self.dice.randint(1, longest)}" if self.dice.random() < 0.3 or first == "*" else first

    def days(self) -> str:
        if self.dice.random() < 0.2:
            return self.dice.choice(("?", "L", "LW", "l-3", "L,15", "L-30,LW,1", "*/2", "1-31"))
        return self.field(1, 31, "", 31) if self.dice.random() < 0.6 else "*"

    def months(self) -> str:
        names = "january february march april may june july august september october november december"
        return self.field(1, 12, names, 12) if self.dice.random() < 0.4 else "*"

    def weekdays(self) -> str:
        if self.dice.random() < 0.2:
            return self.dice.choice(("?", "5L", "friL", "mon#1,fri#1", "sun#5", "1,tuel", "0#3,7#1", "0-7", "*/2"))
        names = "sunday monday tuesday wednesday thursday friday saturday sunday"
        return self.field(0, 7, names, 7) if self.dice.random() < 0.6 else "*"


def test_random_expressions_are_told_as_they_fire() -> None:
    writer = Writer(15)
    told = 0
    while told < (2000 if LONG else 150):
        cron = writer.expression()
        try:
            parse_spec({"cron": cron}, "UTC")
        except InvalidInput:
            continue
        agrees(cron, 800 if LONG else 400)
        told += 1


def test_whatever_is_accepted_is_told() -> None:
    writer = Writer(45)
    for _ in range(45_000 if LONG else 3_000):
        cron = writer.expression()
        try:
            spec = parse_spec({"cron": cron}, "Europe/Berlin")
        except InvalidInput:
            continue
        sentence = describe(spec, "Europe/Berlin")
        assert sentence.startswith(("At ", "Every ")), cron
        assert len(sentence) < 1500
        assert all(warning.endswith(".") for warning in warnings_of(spec, "Europe/Berlin", NOW))


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 0 5 * * *", "leave out the seconds '0'"),
        ("0 0 12 * * ?", "'0 12 * * ?'"),
        ("*/10 * * * * *", "interval such as 30s"),
        ("0 5 * * * 2026", "leave out the year '2026': '0 5 * * *'"),
        ("0 10 * * ? *", "leave out the year '*': '0 10 * * ?'"),
        ("0 0 12 ? * * 2026", "'0 12 ? * *'"),
        ("0 5 * * * root", "6 fields instead of five; write minute hour"),
        ("5", "has 1 field instead"),
        ("@every 5m", "every: 5m (as an option: --every 5m)"),
        ("@reboot", "at_start: boot"),
        ("@Reboot", "names no time"),
        ("TZ=Europe/Berlin 0 5 * * *", "time zone to 'Europe/Berlin'"),
        ("CRON_TZ=UTC 0 5 * * *", "leave out 'CRON_TZ=UTC'"),
        ("0 0 15W * *", "LW"),
        ("0 0 L-3W * *", "nearest weekday"),
        ("H H * * *", "Jenkins"),
        ("H/15 * * * *", "Jenkins"),
        ("h(0-29)/10 * * * *", "Jenkins"),
        ("0 0 * * L", "friL or 5L"),
        ("0 0 ?/2 * *", "question mark"),
        ("? 0 * * *", "question mark"),
        ("0 0 L/2 * *", "day-of-month"),
        ("0 0 L-31 * *", "day-of-month"),
        ("0 0 * * mon#6", "day-of-week"),
        ("0 0 * * mon-fri#1", "day-of-week"),
        ("1-5-7 * * * *", "minute"),
        ("*-5 * * * *", "minute"),
        ("1_0 * * * *", "minute"),
        ("1,,2 * * * *", "minute"),
        ("99999999999999999999999999 * * * *", "minute"),
        (f"{'0' * 300} * * * *", "minute"),
        ("0 0 1 jx *", "month"),
        ("0 0 1 ma *", "month"),
        ("-1 * * * *", "minute"),
        ("*/-1 * * * *", "minute"),
        ("²/1 * * * *", "minute"),
        ("1\N{EN DASH}5 * * * *", "minute"),
    ],
)
def test_what_other_crons_take_is_refused_with_what_to_write(cron: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_spec({"cron": cron}, "UTC")
    assert words in str(error.value)
    assert len(str(error.value)) < 400


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* 5 * * *", ["60 times on each of its days; without the '*' for the minute it is '0 5 * * *'"]),
        ("* 9-17 * * mon", ["540 times"]),
        ("* * 1 * *", ["1,440 times on each of its days; without the '*' for the minute it is '0 0 1 * *'"]),
        ("*/45 * * * *", ["0 follows 45, which are not 45 apart; for an even rhythm use an interval of 45m"]),
        ("0 */7 * * *", ["interval of 7h"]),
        ("0 0 */2 * *", ["1 follows 31", "interval of 2d"]),
        ("0 0 * * */2", ["restarts with each week"]),
        ("10/25 * * * *", ["'10/25'"]),
        ("0 0 1,15 * mon-fri", ["matches either of them"]),
        ("0 0 1-31 * mon", ["matches either of them"]),
        ("0 0 */1 * mon", ["only on days that match both"]),
        ("*/30 2 * * *", ["from 02:00 to 03:00: 2 fires on that day do not happen", "happen twice"]),
        ("0 */4 * * *", []),
        ("0 */2 * * *", ["1 fire on that day does not happen", "1 fire in the hour that occurs twice happens twice"]),
        ("0,30 2 * * *", ["1 fire on that day does not happen"]),
        ("15 2 * * *", []),
        ("*/15 * * * *", []),
        ("5/15 * * * *", []),
        ("* * * * *", []),
        ("0 8-18/2 * * *", []),
        ("0 1 * * mon-fri", []),
        ("0 0 ? * mon", []),
        ("0 0 1 */3 *", []),
        ("0 0 1 */5 *", ["each year"]),
        ("*/59 * * * *", ["59m"]),
        ("30/45 1 * * *", []),  # once in each hour
    ],
)
def test_what_was_probably_not_meant_is_said(cron: str, words: list[str]) -> None:
    said = " ".join(warnings_of(parse_spec({"cron": cron}, BERLIN), BERLIN, NOW))
    assert all(word in said for word in words), said
    assert bool(said) == bool(words), said


def test_the_clock_of_the_zone_counts() -> None:
    spec = parse_spec({"cron": "*/30 2 * * *"}, "UTC")
    assert warnings_of(spec, "UTC", NOW) == []
    said = warnings_of({"cron": "*/30 1 * * *"}, "America/New_York", datetime(2027, 6, 1, tzinfo=UTC))
    assert said == [
        "On 2027-11-07 the clocks of America/New_York go from 02:00 to 01:00: 2 fires in the hour that occurs twice happen twice."
    ]
    assert warnings_of(parse_spec({"at": "2027-03-28 02:30"}, BERLIN), BERLIN, NOW) == [
        "2027-03-28 02:30:00 in Europe/Berlin is moved: 02:30 does not exist on this day."
    ]
    assert warnings_of(parse_spec({"every": "5m"}, BERLIN), BERLIN, NOW) == []


@pytest.mark.parametrize(
    ("spec", "zone", "instant", "words"),
    [
        ({"cron": "15 2 * * *"}, BERLIN, "2027-03-28T01:00:00+00:00", "moved: 02:15 does not exist on this day"),
        ({"cron": "15 2 * * *"}, BERLIN, "2027-03-29T00:15:00+00:00", None),
        ({"cron": "0 3 * * *"}, BERLIN, "2027-03-28T01:00:00+00:00", None),
        ({"cron": "0 * * * *"}, BERLIN, "2027-03-28T01:00:00+00:00", None),
        ({"cron": "30 2 * * *"}, BERLIN, "2027-10-31T00:30:00+00:00", "02:30 occurs twice on this day: the first"),
        ({"cron": "0 * * * *"}, BERLIN, "2027-10-31T01:00:00+00:00", "02:00 occurs twice on this day: the second"),
        ({"at": "2027-03-28 02:30:00"}, BERLIN, "2027-03-28T01:00:00+00:00", "moved: 02:30 does not exist on this day"),
        ({"at": "2027-03-28T02:30:00+02:00"}, BERLIN, "2027-03-28T00:30:00+00:00", None),
    ],
)
def test_a_fire_that_a_change_of_the_clock_moves_or_doubles_is_marked(
    spec: dict[str, str], zone: str, instant: str, words: str | None
) -> None:
    fire = datetime.fromisoformat(instant)
    trigger = build(parse_spec(spec, zone), zone)
    assert trigger.next_after(fire - timedelta(seconds=1)) == fire
    shift = trigger.shift(fire)
    assert (shift.words if shift else None) == words
