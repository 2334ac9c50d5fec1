"""Spans of time as characters: the axis in the zone, one column at least, and what is drawn over what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflow_scheduler.cli.gantt import Axis, Bar, Kind, axis_lines, legend, row_cells

BEGIN = datetime(2026, 11, 23, 22, tzinfo=UTC)


def axis(hours: float, columns: int, timezone: str = "UTC", begin: datetime = BEGIN, *, unicode: bool = False) -> Axis:
    return Axis(begin, begin + timedelta(hours=hours), columns, timezone, unicode)


def bar(start: float, end: float, kind: Kind = Kind.RUNNING) -> Bar:
    return Bar(BEGIN + timedelta(hours=start), BEGIN + timedelta(hours=end), kind)


def drawn(axis: Axis, *bars: Bar) -> str:
    return "".join(part.text for part in row_cells(axis, bars))


def test_ticks_are_round_times_of_the_zone() -> None:
    labels, line = axis_lines(axis(4, 40, "Asia/Kolkata"))
    assert labels == "     04:00     05:00     06:00     07:00"
    assert line == "-----+---------+---------+---------+----"


def test_midnight_is_the_day() -> None:
    labels, line = axis_lines(axis(4, 40))
    assert labels == "22:00     23:00     Tue 24    01:00"
    assert line == "+---------+---------+---------+--------+"


def test_an_hour_that_a_clock_repeats_is_twice_as_long() -> None:
    night = datetime(2026, 10, 24, 23, tzinfo=UTC)
    labels, _ = axis_lines(axis(4, 40, "Europe/Berlin", night))
    assert labels == "01:00     02:00               03:00"


def test_a_bar_takes_one_column_at_least_and_ends_before_the_next_one() -> None:
    assert drawn(axis(10, 10), bar(1, 1), bar(3, 5), bar(5, 6, Kind.WAITING)) == " # ##.    "
    assert drawn(axis(10, 10), bar(0, 20)) == "#" * 10
    assert drawn(axis(10, 10), bar(11, 12)) == " " * 10


def test_failures_are_drawn_over_runs_and_runs_over_waits() -> None:
    assert (
        drawn(axis(4, 4), bar(0, 3, Kind.WAITING), bar(1, 3), bar(2, 3, Kind.FAILED), bar(2, 4, Kind.SKIPPED)) == ".#x>"
    )


def test_the_legend_names_what_is_there() -> None:
    assert legend(axis(1, 1, unicode=True), [Kind.FAILED, Kind.RUNNING]) == "█ running  ✗ failed"
