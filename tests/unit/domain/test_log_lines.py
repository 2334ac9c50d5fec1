"""Lines of output without what differs each time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.log_lines import LONGEST, first_difference, normalised


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-11-30 05:44:09,123 ERROR no route", "TIME ERROR no route"),
        ("2026-11-30T05:44:09.123456Z done", "TIME done"),
        ("2026-11-30T05:44:09+01:00 done", "TIME done"),
        ("[05:44:09] done in 3.5 s", "[TIME] done in N s"),
        ("on 30.11.2026 at 5:44 PM", "on TIME at TIME"),
        ("read 1,204,001 rows", "read N rows"),
        ("pid 4711 at 0x7ffe12ab", "pid N at HEX"),
        ("commit deadbeef12 is gone", "commit HEX is gone"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id ID"),
        ("run 20261130-054409-8sqr5sfc of w", "run ID of w"),
        ("cannot open /var/tmp/x1/orders.csv", "cannot open PATHorders.csv"),
        ("cannot open C:\\data\\in\\orders.csv", "cannot open PATHorders.csv"),
        ("cannot open ./in/orders.csv", "cannot open PATHorders.csv"),
        ("facade and accessed", "facade and accessed"),
        ("either/or", "either/or"),
        ("two   blanks\t", "two blanks"),
    ],
)
def test_what_differs_each_time_is_a_placeholder(line, shown) -> None:
    assert normalised(line) == shown


def test_the_first_line_that_says_something_else() -> None:
    assert first_difference(["started 05:44", "3 rows"], ["started 05:45", "17 rows"]) is None
    assert first_difference(["started", "no rows"], ["started", "17 rows"]) == 1
    assert first_difference(["started"], ["started", "17 rows"]) == 1
    assert first_difference([], []) is None


@given(st.text(max_size=300))
def test_the_same_again(line) -> None:
    assert normalised(line) == normalised(line)
    assert "\n" not in normalised(line)


@pytest.mark.parametrize("text", ["a/", "1", "1,", "f", "0x", "../", "C:\\", "1:", "2026-11-30", "\\\\", "a1"])
def test_a_long_line_takes_no_time(text) -> None:
    line = text * 1_000_000
    began = time.process_time()
    assert len(normalised(line)) <= 4 * LONGEST
    assert time.process_time() - began < 1
