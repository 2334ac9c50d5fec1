"""`stop --for`: a stop that somebody planned is on record until the scheduler starts again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


def test_until_it_starts_again_the_status_says_by_whom_and_until_when(scheduler) -> None:
    scheduler("start")
    began = datetime.now(UTC)
    stopped = scheduler.json("stop", "--for", "2h")
    until = datetime.fromisoformat(stopped["until"])
    assert timedelta(hours=2) <= until - began < timedelta(hours=2, minutes=10)
    shape = scheduler.json("status")
    assert (shape["running"], shape["stopped"]["until"]) == (False, stopped["until"])
    assert shape["stopped"]["by"].startswith("local:")
    said = scheduler("status", code=3).stdout
    assert f"by {shape['stopped']['by']} at " in said
    assert f" until {until:%a %Y-%m-%d %H:%M}" in said
    scheduler("start")
    assert scheduler.json("status")["stopped"] is None
    scheduler("stop")
    assert scheduler.json("status")["stopped"] is None
    assert "The scheduler is not running. Start it" in scheduler("status", code=3).stdout


def test_a_stop_can_be_planned_when_the_scheduler_has_stopped_already(scheduler) -> None:
    scheduler("workflow", "create", "w")
    assert "The scheduler is not running. Until " in scheduler("stop", "--for", "30m").stdout
    assert scheduler.json("status")["stopped"]
    assert "is not running in" in scheduler("stop", code=4).stderr


@pytest.mark.parametrize("span", ["soon", "-1h", "2", "400d", "9" * 50])
def test_another_text_than_a_duration_stops_nothing(scheduler, span: str) -> None:
    scheduler("start")
    said = scheduler("stop", f"--for={span}", code=2).stderr
    assert "The duration of --for" in said
    assert scheduler.json("status")["running"]


def test_a_folder_without_a_home_stays_one(scheduler) -> None:
    scheduler("stop", "--for", "1h", code=4)
    assert list(scheduler.home.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[1]", '{"until": 3, "since": 4, "by": 5}', '{"until": "9999-12-31T23:59:59"}'])
def test_what_cannot_be_read_is_no_planned_stop(scheduler, text: str) -> None:
    scheduler("workflow", "create", "w")
    (scheduler.home / "planned-stop.json").write_text(text)
    assert scheduler.json("status")["stopped"] is None
    assert "is not running. Start it" in scheduler("status", code=3).stdout
