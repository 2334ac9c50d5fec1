"""The clock of the scheduler's process is set while it runs, and a zone gets other rules: FAULTS 20, 21, 22 and 29."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from clock import Clock
from machine import find_zic

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the clock is put before the C library")
HOUR = 3600


@pytest.fixture
def clock(scheduler, tmp_path) -> Iterator[Clock]:
    made = Clock(tmp_path)
    scheduler.env.update(made.env)
    yield made
    made.step(0)


def begin(scheduler, *when: str) -> int:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "true")
    scheduler("start")
    scheduler("schedule", "add", "w", "--id", "s", *when)
    return scheduler.json("status")["pid"]


def fires(scheduler) -> list[dict]:
    found = scheduler.json("fires", "list", "--schedule", "s", "-n", "0")
    return [fire for fire in found if fire["disposition"] != "pending"]  # those that have one on record


@pytest.mark.needs("compiler")
def test_two_hours_forward_is_one_run_and_no_storm(scheduler, clock, until) -> None:
    begin(scheduler, "--cron", "*/10 * * * *")
    clock.step(2 * HOUR)
    until(lambda: fires(scheduler))
    until(lambda: scheduler.json("runs", "list", "--state", "succeeded"))
    found = fires(scheduler)
    assert sum(fire["disposition"] == "queued" for fire in found) == 1
    assert sum(fire["count"] for fire in found) in (12, 13)
    assert len(found) == 2
    assert "The clock changed by +7200 s" in (scheduler.home / "scheduler.log").read_text()


@pytest.mark.needs("compiler")
def test_two_hours_back_makes_no_fire_twice(scheduler, clock, until) -> None:
    begin(scheduler, "--every", "1s", "--overlap", "allow")
    until(lambda: len(fires(scheduler)) >= 3)
    clock.step(-2 * HOUR)
    until(lambda: "The clock changed by -7200 s" in (scheduler.home / "scheduler.log").read_text())
    before = fires(scheduler)
    clock.step(0)
    until(lambda: len(fires(scheduler)) >= len(before) + 3)
    moments = [fire["nominal_utc"] for fire in fires(scheduler)]
    assert len(moments) == len(set(moments))
    runs = [run["nominal_utc"] for run in scheduler.json("runs", "list", "-n", "0")]
    assert len(runs) == len(set(runs))


@pytest.mark.needs("compiler")
def test_the_year_2200_costs_a_few_rows(scheduler, clock, until) -> None:
    pid = begin(scheduler, "--every", "1s")
    until(lambda: fires(scheduler))
    before = psutil.Process(pid).memory_info().rss
    clock.step(174 * 365 * 24 * HOUR)
    until(lambda: any(fire["count"] > 5_000_000_000 for fire in fires(scheduler)))
    assert len(fires(scheduler)) < 60
    assert psutil.Process(pid).memory_info().rss - before < 50_000_000


@pytest.mark.needs("zic")
def test_a_newer_time_zone_database_moves_what_is_to_come(scheduler, tmp_path: Path, until) -> None:
    zic = find_zic()
    assert zic is not None

    def rules(offset: str) -> None:
        (tmp_path / "rules").write_text(f"Zone Test/Town {offset} - TST\n")
        subprocess.run([zic, "-d", tmp_path / "zones", tmp_path / "rules"], check=True)

    rules("1:00")
    scheduler.env["PYTHONTZPATH"] = str(tmp_path / "zones")
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "true")
    scheduler("schedule", "add", "w", "--id", "noon", "--cron", "0 12 * * *", "--timezone", "Test/Town")
    scheduler("schedule", "add", "w", "--id", "s", "--every", "1s")
    scheduler("start")
    until(lambda: fires(scheduler))

    def noon() -> str:
        return scheduler.json("schedule", "show", "noon")["next_utc"]

    assert noon().endswith("T11:00:00Z")
    scheduler("stop")
    before = fires(scheduler)
    rules("3:30")
    scheduler("start")
    until(lambda: noon().endswith("T08:30:00Z"))
    assert fires(scheduler)[: len(before)] == before
