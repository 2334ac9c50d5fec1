"""The keyboard reaches everything, and each time says its zone and can be had in another."""

from __future__ import annotations

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

THREE = "\n---\n".join(f"id: {name}\ntasks: [{{command: echo}}]" for name in ("alpha", "beta", "gamma"))


def test_keys(page, home) -> None:
    home("workflow", "apply", "-", text=THREE)
    focused = page.locator("*:focus")
    title = page.get_by_role("heading", level=1)
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.locator("tr[data-row]")).to_have_count(3)

    page.keyboard.press("/")
    expect(page.get_by_label("Search workflows")).to_be_focused()
    page.keyboard.type("a")  # a letter that is a key elsewhere is only a letter here
    page.keyboard.press("Backspace")
    page.keyboard.type("j")
    expect(page.get_by_text("No workflow matches.")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.locator("tr[data-row]")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Search workflows")).not_to_be_focused()

    for key, name in (("j", "alpha"), ("j", "beta"), ("j", "gamma"), ("j", "gamma"), ("k", "beta")):
        page.keyboard.press(key)
        expect(focused).to_have_text(name)
    page.keyboard.press("Enter")
    expect(title).to_have_text("beta")
    expect(page.get_by_role("button", name="Run now")).to_be_enabled()
    page.keyboard.press("r")
    expect(page.get_by_role("dialog", name="Run beta now?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert home.json("runs", "list") == []
    page.keyboard.press("r")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    assert [run["workflow_id"] for run in home.json("runs", "list")] == ["beta"]

    page.keyboard.press("?")
    help_of_keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_of_keys).to_contain_text("next, previous row")
    page.keyboard.press("Escape")
    expect(help_of_keys).to_have_count(0)

    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.locator("tr[data-row]")).to_have_count(3)
    page.keyboard.press("k")
    expect(focused).to_have_text("gamma")
    page.keyboard.press("r")
    expect(page.get_by_role("dialog", name="Run gamma now?")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".head .state")).to_have_text("succeeded")
    assert [run["workflow_id"] for run in home.json("runs", "list")] == ["gamma", "beta"]


def test_a_dialog_keeps_the_focus_and_gives_it_back(page, home) -> None:
    home("workflow", "create", "w")
    page.goto(f"{home.address}/#/workflows/w")
    add = page.get_by_role("button", name="Add task")
    add.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Command")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        outside = "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
        assert not page.evaluate(outside)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(add).to_be_focused()

    page.get_by_role("button", name="More actions").press("Enter")
    expect(page.get_by_role("menuitem", name="Edit details")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Copy")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More actions")).to_be_focused()


def test_zones_relative_times_and_the_theme(sign_in, home) -> None:
    # In December three zones are three different hours: 12:00 in Berlin, 11:00 UTC, 06:00 in New York.
    text = "id: yearly\ntasks: [{command: echo}]\nschedules: [{id: noon, cron: 0 12 24 12 *, timezone: Europe/Berlin}]"
    home("workflow", "apply", "-", text=text)
    page = sign_in(timezone_id="America/New_York", color_scheme="light")
    page.goto(f"{home.address}/#/schedules")
    fire = page.locator("tr[data-row] time")
    expect(fire).to_have_text(re.compile(r"06:00 (EST|GMT-5)$"))
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(fire).to_have_text(re.compile(r"12:00 (CET|GMT\+1)$"))
    page.get_by_role("button", name="UTC").click()
    expect(fire).to_have_text(re.compile(r"11:00 UTC$"))
    expect(fire).to_have_attribute("title", re.compile(r"^in .* · \d{4}-12-24T11:00:00"))

    relative = page.get_by_role("button", name="Relative times")
    relative.click()
    expect(relative).to_have_attribute("aria-pressed", "true")
    expect(fire).to_have_text(re.compile(r"^in "))
    expect(fire).to_have_attribute("title", re.compile(r"11:00 UTC"))

    theme = page.get_by_role("button", name=re.compile("Theme"))
    theme.click()
    theme.click()
    expect(theme).to_have_attribute("title", "Theme: dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.reload()
    expect(theme).to_have_attribute("title", "Theme: dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark
    expect(fire).to_have_text(re.compile(r"^in "))
    expect(page.get_by_role("button", name="UTC")).to_have_attribute("aria-pressed", "true")
    relative.click()

    # Every time on every page says its zone.
    run = home.json("run", "yearly")["id"]
    for place in ("", "workflows", "workflows/yearly", "runs", f"runs/{run}", "schedules", "health"):
        page.goto(f"{home.address}/#/{place}")
        expect(page.locator("main time").first).to_have_text(re.compile(r" UTC$"))
        for timestamp in page.locator("main time").all_inner_texts():
            assert timestamp.endswith(" UTC"), (place, timestamp)
