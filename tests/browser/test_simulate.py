"""The page Simulate: the form, the chart and its bars by keyboard, and the lists below it."""

from __future__ import annotations

import json

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

YAML = {
    "import": ([{"id": "fetch", "command": "x"}, {"id": "check", "command": "x"}], "0 2 * * *"),
    "load": ([{"id": "crunch", "command": "x"}], "10 2 * * *"),
}


@pytest.fixture
def night(home):
    for name, (tasks, cron) in YAML.items():
        schedules = [{"id": f"{name}-s", "cron": cron, "timezone": "UTC"}]
        (home.home / "w.json").write_text(json.dumps({"id": name, "tasks": tasks, "schedules": schedules}))
        home("workflow", "apply", "w.json")
    return home


def ask(page, home) -> None:
    page.goto(f"{home.address}/#/schedules/simulate")
    page.get_by_label("From").fill("2027-03-01 22:00")
    page.get_by_label("For", exact=True).fill("8h")
    page.get_by_label("Runs at once").fill("1")
    page.get_by_label("Assumptions").fill("fetch=44m\ncheck=failed")
    page.get_by_role("button", name="Simulate").click()


def test_a_night_is_drawn_and_explained(night, sign_in) -> None:
    page = sign_in()
    page.goto(f"{night.address}/#/schedules")
    page.get_by_role("link", name="Simulate").click()
    ask(page, night)
    summary = page.get_by_role("status").filter(has_text="2 runs of 2 workflows")
    expect(summary).to_contain_text("1 late; 1 failed; at most 1 run at once (MAX_THREADS 1)")
    expect(page.get_by_text("No history, 1 min assumed: 2 tasks (import.check, load.crunch)")).to_be_visible()
    late = page.get_by_role("region", name="Late (1)")
    expect(late).to_contain_text("35 min late. MAX_THREADS is 1. In progress: import.")
    bars = page.get_by_role("group", name="load").get_by_role("button")
    expect(bars).to_have_count(2)
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    expect(bars.last).to_be_focused()
    expect(page.locator(".simulation .told")).to_contain_text("load, due")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_an_answer(night, sign_in, axe, scheme: str) -> None:
    page = sign_in(color_scheme=scheme, reduced_motion="reduce")
    ask(page, night)
    page.get_by_role("region", name="Chart").wait_for()
    assert axe(page) == []


def test_a_phone_scrolls_no_answer_sideways(night, sign_in) -> None:
    page = sign_in(viewport={"width": 360, "height": 800})
    ask(page, night)
    page.get_by_role("region", name="Late (1)").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_mistakes_are_said_at_their_place(night, sign_in, faults) -> None:
    page = sign_in()
    page.goto(f"{night.address}/#/schedules/simulate")
    page.get_by_label("Assumptions").fill("fetch")
    expect(page.get_by_text("“fetch” is not TASK=VALUE")).to_be_visible()
    faults.accept(r"status of 422 .*/api/v1/simulations$")
    page.get_by_label("Assumptions").fill("fetsch=1h")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("alert")).to_contain_text("did you mean 'fetch'?")


def test_changed_definitions_are_tried(night, sign_in) -> None:
    page = sign_in()
    page.goto(f"{night.address}/#/schedules/simulate")
    page.get_by_text("Changed definitions").click()
    page.get_by_label("YAML, applied to the simulation only").fill("id: extra\nschedules: [{id: e, every: 7h}]\n")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("group", name="extra").get_by_role("button")).to_have_count(3)


def test_a_viewer_is_told_which_role_it_needs(night, viewer) -> None:
    page = viewer()
    page.goto(f"{night.address}/#/schedules/simulate")
    expect(page.get_by_text("Simulations need the role operator")).to_be_visible()
