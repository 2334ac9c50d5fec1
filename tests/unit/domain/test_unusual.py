"""Which sizes are unusual, by a written table, and that growth and patterns never alarm."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.unusual import History, day_of, judge, size_words

MB = 1e6
STEADY = [48 * MB + drift * 1e5 for drift in (3, 0, -2, 5, 1, -4, 2, 0, -1, 4, -3, 2)]
WILD = [size * MB for size in (10, 40, 20, 80, 15, 60, 30, 25, 50, 12, 70, 35)]
ENDS = [480 * MB, 510 * MB, 495 * MB]

TABLE = [
    # history of the weekday, month ends, size, last day of a month, alarm
    (STEADY, [], 48 * MB, False, False),
    (STEADY, [], 12e3, False, True),  # collapse
    (STEADY, [], 0, False, True),  # an empty file counts as one byte
    (STEADY, [], 480 * MB, False, True),  # explosion
    (STEADY, [], 25 * MB, False, False),  # less than a factor of two
    (STEADY, [], 23 * MB, False, True),
    (STEADY, [], 97 * MB, False, True),
    (STEADY, [], 95 * MB, False, False),
    (STEADY[:7], [], 12e3, False, False),  # too few samples
    (STEADY[:8], [], 12e3, False, True),
    ([], [], 12e3, False, False),
    (WILD, [], 300 * MB, False, False),  # 6 * 1.4826 * MAD is a factor of some sixty
    (WILD, [], 1e3, False, True),
    (STEADY, ENDS, 490 * MB, True, False),  # like other month ends
    (STEADY, ENDS, 490 * MB, False, True),  # not on the last day
    (STEADY, ENDS[:1], 490 * MB, True, True),  # one month end is none
    (STEADY, ENDS, 900 * MB, True, True),  # more than 1.5 times as large
    (STEADY, ENDS, 12e3, True, True),
    (STEADY, [*[48 * MB] * 6, *ENDS], 490 * MB, True, True),  # only the last six count
    ([0.0] * 8, [], 0, False, False),
    ([0.0] * 8, [], 1, False, False),
    ([0.0] * 8, [], 3, False, True),
    ([*[100.0] * 12, *[1e9] * 20], [], 1e9, False, True),  # only the newest twelve count
]


@pytest.mark.parametrize(("weekday", "ends", "size", "last", "alarm"), TABLE)
def test_sizes(weekday: list[float], ends: list[float], size: float, last: bool, alarm: bool) -> None:
    found = judge(size, History(weekday, ends), last_of_month=last)
    assert (found is not None) == alarm


@pytest.mark.parametrize(
    ("samples", "size", "bounds", "rule"),
    [
        (1, 49.0, {"min_ratio": 0.5}, "min_ratio 0.5"),
        (1, 51.0, {"min_ratio": 0.5}, None),
        (0, 1.0, {"min_ratio": 0.5}, None),
        (1, 301.0, {"max_ratio": 3.0}, "max_ratio 3"),
        (1, 299.0, {"max_ratio": 3.0}, None),
        (12, 1000.0, {"min_ratio": 0.5}, ""),  # the other direction is learned
        (12, 299.0, {"max_ratio": 3.0}, None),  # instead of what is learned
        (12, 1.0, {"max_ratio": 3.0}, ""),
    ],
)
def test_fixed_ratios(samples: int, size: float, bounds: dict[str, float], rule: str | None) -> None:
    found = judge(size, History([100.0] * samples), **bounds)
    assert (found.rule if found else None) == rule


def test_the_figures_of_a_finding() -> None:
    found = judge(12e3, History(STEADY))
    assert found is not None
    assert (found.value, found.samples) == (12e3, 12)
    assert found.median == pytest.approx(48.05 * MB)
    assert found.ratio == pytest.approx(12e3 / 48.05e6)


@given(st.floats(1.0, 1e12), st.lists(st.floats(-0.02, 0.02), min_size=200, max_size=200))
def test_growth_of_three_percent_a_day_never_alarms(first: float, noise: list[float]) -> None:
    sizes = [first * 1.03**day * math.exp(noise[day]) for day in range(200)]
    for day in range(200):
        weekday = sizes[day % 7 : day : 7][::-1]
        assert judge(sizes[day], History(weekday)) is None, day


@given(st.lists(st.floats(1e3, 1e9), min_size=7, max_size=7), st.floats(0.9, 1.1))
def test_a_pattern_of_weekdays_never_alarms(pattern: list[float], drift: float) -> None:
    sizes = [pattern[day % 7] * (drift if day % 2 else 1.0) for day in range(120)]
    assert not [day for day in range(120) if judge(sizes[day], History(sizes[day % 7 : day : 7][::-1]))]


@given(st.lists(st.floats(0, 1e15), max_size=20), st.floats(0, 1e15), st.floats(1.01, 1e6))
def test_the_unit_does_not_matter(sizes: list[float], size: float, unit: float) -> None:
    sizes, size = [1 + past for past in sizes], 1 + size
    one = judge(size, History(sizes))
    other = judge(size * unit, History([past * unit for past in sizes]))
    if one is None or other is None:  # at the very edge, rounding may decide
        logs = sorted(math.log(past) for past in sizes[:12])
        assert one is other or logs
    else:
        assert one.ratio == pytest.approx(other.ratio)


@given(st.lists(st.floats(0, 1e15), max_size=20), st.floats(0, 1e15))
def test_within_a_factor_of_two_nothing_is_unusual(sizes: list[float], factor: float) -> None:
    from statistics import median

    sample = [max(1.0, past) for past in sizes[:12]]
    if sample:
        middle = math.exp(median(map(math.log, sample)))
        assert judge(middle * 1.99, History(sizes)) is None
        assert judge(max(1.0, middle / 1.99), History(sizes)) is None


def test_the_day_is_that_of_the_zone() -> None:
    moment = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # a Monday, and in Berlin already Tuesday
    assert day_of(moment, "UTC") == (0, True)
    assert day_of(moment, "Europe/Berlin") == (1, False)
    assert day_of(datetime(2028, 2, 29, tzinfo=UTC), "UTC") == (1, True)
    assert day_of(datetime(2028, 2, 28, tzinfo=UTC) + timedelta(hours=1), "UTC")[1] is False


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (12_345, "12.3 KB"), (48e6, "48 MB"), (5e15, "5e+03 TB")],
)
def test_words(size: float, words: str) -> None:
    assert size_words(size) == words
