"""The year of a calendar with its reasons, and the form of a schedule that observes it."""

from __future__ import annotations

import datetime
import json
import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def office(home):
    """A calendar whose every day to come is known, with one that is closed for a reason of its own."""
    year = datetime.date.today().year + 1  # noqa: DTZ011
    closed = datetime.date(year, 3, 1)
    while closed.weekday() != 2:
        closed += datetime.timedelta(1)
    home.closed = closed
    (home.home / "office.json").write_text(
        json.dumps(
            {
                "kind": "calendar",
                "id": "office",
                "closed": [{"from": str(closed), "to": str(closed), "why": "Inventory"}],
            }
        )
    )
    home("calendar", "apply", str(home.home / "office.json"))
    (home.home / "w.json").write_text(json.dumps({"id": "w", "tasks": [{"id": "a", "command": "echo"}]}))
    home("workflow", "apply", str(home.home / "w.json"))
    return home


def test_a_year_and_its_reasons(office, sign_in) -> None:
    page = sign_in()
    page.goto(f"{office.address}/#/schedules/open-days?calendar=office&year={office.closed.year}")
    march = page.get_by_role("table", name=f"March {office.closed.year}")
    march.wait_for()
    cell = march.get_by_role("cell", name=f"{office.closed.day} closed: Inventory", exact=True)
    expect(cell).to_have_class("closed")
    expect(page.get_by_role("list", name="Closed days")).to_contain_text("Inventory")
    page.get_by_role("button", name="Later").click()
    page.get_by_text(f"office {office.closed.year + 1}").wait_for()


def test_the_form_moves_a_fire_and_says_why(office, sign_in) -> None:
    page = sign_in()
    page.goto(f"{office.address}/#/workflows/w/schedules")
    page.get_by_role("button", name="Add schedule").first.click()
    page.get_by_role("dialog").get_by_text("Cron", exact=True).click()
    page.get_by_role("button", name="Use a cron expression").click()
    page.get_by_label("Cron expression").fill(f"0 6 {office.closed.day} {office.closed.month} *")
    page.get_by_label("Calendar", exact=True).fill("office")
    page.get_by_label("On closed days").select_option("previous")
    preview = page.locator(".preview")
    expect(preview).to_contain_text("is Inventory; moved to Tue")
    page.get_by_role("button", name="Add schedule").last.click()
    page.get_by_text("closed days: previous open day").wait_for()
    page.get_by_role("button", name="Skip the next run of schedule_1").click()
    page.get_by_text("The next run of schedule_1 is skipped.").wait_for()


def test_a_calendar_is_made_edited_and_deleted(home, sign_in) -> None:
    year = datetime.date.today().year + 1  # noqa: DTZ011
    page = sign_in()
    page.goto(f"{home.address}/#/schedules/open-days?calendar=plant&year={year}")
    page.get_by_role("button", name="New calendar").click()
    dialog = page.get_by_role("dialog")
    definition = dialog.get_by_label("Definition")
    definition.fill("kind: calendar\nid: plant\nclosd: []\n")
    dialog.get_by_role("button", name="Create calendar").click()
    expect(dialog.get_by_role("alert")).to_contain_text("did you mean 'closed'")
    definition.fill(f"kind: calendar\nid: plant\nclosed: [{{from: {year}-08-09, to: {year}-08-10, why: Inventory}}]\n")
    dialog.get_by_role("button", name="Create calendar").click()
    closed = page.get_by_label("Closed days")
    expect(closed).to_contain_text(f"{year}-08-10 Inventory")
    page.get_by_role("button", name="Edit plant").click()
    expect(definition).to_have_value(re.compile("why: Inventory"))
    # Somebody else is faster: nothing of either is lost without a word.
    (home.home / "c.yaml").write_text(f"kind: calendar\nid: plant\nclosed: [{year}-08-11]\n")
    home("calendar", "apply", "c.yaml")
    definition.fill(f"kind: calendar\nid: plant\nclosed: [{year}-08-12]\n")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Someone else changed this")
    assert [
        day["why"]
        for day in home.json("calendar", "show", "plant", "--year", str(year))["days"]
        if day["date"] == f"{year}-08-11"
    ] == ["closed"]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Delete plant").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("No calendars yet").wait_for()
