"""Past nights run again from the web interface: the form, the preview, and the page of the backfill."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CODE = (
    "import os, pathlib, sys; sys.exit('-02T' in os.environ['SCHEDULED_TIME'] and not pathlib.Path('fixed').exists())"
)


@pytest.fixture
def nightly(home: Any) -> Any:
    """A workflow whose night of the 2nd fails until the file `fixed` exists."""
    command, *args = home.python(CODE)[1::2]
    definition = {
        "id": "nightly",
        "params": {"region": {"type": "choice", "options": ["north", "south"], "default": "north"}},
        "tasks": [{"id": "load", "command": command, "args": args}],
        "schedules": [{"id": "s", "cron": "0 1 * * *", "timezone": "UTC"}],
    }
    (home.home / "w.json").write_text(json.dumps(definition))
    home("workflow", "apply", str(home.home / "w.json"))
    return home


def fill(page: Any, start: str, end: str) -> Any:
    page.get_by_role("button", name="Run past times").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From").fill(start)
    dialog.get_by_label("To", exact=True).fill(end)
    return dialog


def test_from_the_form_to_the_last_night(nightly, sign_in) -> None:
    page = sign_in()
    page.goto(f"{nightly.address}/#/workflows/nightly")
    dialog = fill(page, "2026-01-01", "2026-01-03")
    dialog.get_by_label("region").select_option("south")
    dialog.get_by_role("button", name="Show what will run").click()
    expect(dialog.get_by_role("region", name="What will run")).to_contain_text("3 will run")
    dialog.get_by_role("button", name="Start 3 runs").click()
    expect(page.locator("h1")).to_have_text("Backfill of nightly")
    expect(page.locator(".head .state")).to_have_text("finished")
    expect(page.locator(".backfill-facts")).to_contain_text("3 of 3 done 2 succeeded, 1 failed")
    expect(page.locator(".backfill-facts")).to_contain_text("with region = south")
    rows = page.get_by_role("row")
    expect(rows.nth(2)).to_contain_text("failed")

    (nightly.home / "fixed").touch()
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".backfill-facts")).to_contain_text("3 of 3 done 3 succeeded")
    rows.nth(2).get_by_role("link").click()
    page.get_by_text("Retry of", exact=True).wait_for()
    page.locator(".run-facts div", has_text="Backfill").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Backfill of nightly")
    page.get_by_role("link", name="Its runs").click()
    expect(page.get_by_text("4 runs")).to_be_visible()


def test_what_cannot_be_is_said_in_the_form(nightly, sign_in, faults) -> None:
    faults.accept(r"status of 422 .*/api/v1/backfills$")
    page = sign_in()
    page.goto(f"{nightly.address}/#/workflows/nightly")
    dialog = fill(page, "2026-01-03", "2026-01-01")
    dialog.get_by_role("button", name="Show what will run").click()
    expect(dialog.get_by_role("alert")).to_contain_text("before it begins")
    dialog.get_by_label("From").fill("2025-01-01")
    dialog.get_by_role("button", name="Show what will run").click()
    expect(dialog.get_by_role("region", name="What will run")).to_contain_text("354 more")
    dialog.get_by_role("button", name="Start 366 runs").click()
    page.get_by_role("dialog", name="Start 366 runs?").get_by_role("button", name="Go back").click()
    assert nightly.json("backfill", "list") == []


def test_paused_resumed_and_cancelled(nightly, sign_in) -> None:
    nightly("backfill", "nightly", "--from", "2026-01-03", "--to", "2026-01-05", "--between", "00:00-00:01", "--yes")
    page = sign_in()
    page.goto(f"{nightly.address}/#/backfills")
    page.get_by_role("link", name="nightly").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".head .state")).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".head .state")).to_have_text("active")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel backfill").click()
    expect(page.locator(".head .state")).to_have_text("cancelled")
    expect(page.locator(".backfill-facts")).to_contain_text("3 not run")


def test_past_days_of_the_calendar_are_filled_in(nightly, sign_in) -> None:
    page = sign_in()
    page.goto(f"{nightly.address}/#/schedules/calendar")
    page.get_by_role("button", name="Run past times").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("From")).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d$"))
    expect(dialog).to_have_accessible_name("Run past times of nightly")


def test_a_viewer_sees_them_and_changes_nothing(nightly, viewer) -> None:
    nightly("backfill", "nightly", "--from", "2026-01-03", "--to", "2026-01-03", "--yes")
    page = viewer()
    page.get_by_role("heading", name="Overview").wait_for()
    page.goto(f"{nightly.address}/#/backfills")
    page.get_by_role("link", name="nightly").click()
    expect(page.locator("h1")).to_have_text("Backfill of nightly")
    expect(page.locator(".head .actions button")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(nightly, sign_in, scheme: str) -> None:
    nightly("backfill", "nightly", "--from", "2026-01-01", "--to", "2026-03-03", "--parallel", "4", "--yes")
    page = sign_in(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for place in ("backfills", f"backfills/{nightly.json('backfill', 'list')[0]['id']}"):
        page.goto(f"{nightly.address}/#/{place}")
        page.locator(".progress").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    took = page.get_by_role("row").nth(1).get_by_role("cell").nth(3)
    assert took.evaluate("cell => getComputedStyle(cell).textAlign") == "left"
