"""The calendar and the strip of the overview count what is due, whatever the rhythm; forms say what was probably not meant."""

from __future__ import annotations

import json
import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def make(home, workflow: str, schedules: list[dict]) -> None:
    file = home.home / f"{workflow}.json"
    file.write_text(json.dumps({"id": workflow, "tasks": [{"id": "a", "command": "echo"}], "schedules": schedules}))
    home("workflow", "apply", str(file))


def test_a_frequent_schedule_is_one_entry_of_a_day(home, sign_in) -> None:
    make(home, "often", [{"id": "often", "every": "10s", "timezone": "UTC"}])
    make(home, "daily", [{"id": "daily", "cron": "15 2 * * *", "timezone": "Europe/Berlin"}])
    page = sign_in()
    page.goto(f"{home.address}/#/schedules/calendar?span=day&date=2037-03-29")
    entry = page.locator(".entry", has_text="often")
    entry.wait_for()
    assert page.locator(".entry").count() == 2
    assert "8,640" in entry.inner_text()
    assert "counts" not in page.locator("main").inner_text()
    # 02:15 does not exist on that day.
    moved = page.locator(".entry", has_text="daily")
    assert "moved" in moved.inner_text()
    assert "02:15 does not exist on this day" in (moved.get_attribute("title") or "")
    page.goto(f"{home.address}/#/")
    bar = page.locator(".day svg a").last
    bar.wait_for()
    expect(bar).to_have_attribute("aria-label", re.compile(r": 36[01] due$"))


def test_the_form_of_a_schedule_warns(home, sign_in) -> None:
    make(home, "w", [])
    page = sign_in()
    page.goto(f"{home.address}/#/workflows/w/schedules")
    page.get_by_role("button", name="Add schedule").first.click()
    page.get_by_role("dialog").get_by_text("Cron", exact=True).click()
    page.get_by_role("button", name="Use a cron expression").click()
    page.get_by_label("Cron expression").fill("*/45 * * * *")
    page.locator(".preview .warning").wait_for()
    assert "0 follows 45, which are not 45 apart" in page.locator(".preview").inner_text()
    assert "At minutes 0 and 45 of each hour" in page.locator(".preview").inner_text()
